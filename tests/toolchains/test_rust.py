"""Rust: which of several compilers is used, what is refused and how, and what real modules import."""

import os
from pathlib import Path

import pytest

from rpkpy.errors import BuildError, ExitCode, ToolchainError
from rpkpy.toolchains import process, rust
from rpkpy.toolchains.rust import find_compiler
from rpkpy.wasm import validate
from tests.toolchains.workbench import Build, FakeTools, edited, imports, names

RUST = rust.TOOLCHAINS[0]

# Answers as rustc does: a folder for every target it knows, whether or not a library is in it.
RUSTC = """
case "$*" in
-vV) printf 'rustc {version}\\nhost: x86_64-unknown-linux-gnu\\nrelease: {version}\\nLLVM version: 22.1.8\\n' ;;
"--print sysroot") echo {sysroot} ;;
"--print target-libdir --target wasm32-wasi"*)
  case " {targets} " in *" $4 "*) echo {sysroot}/lib/rustlib/$4/lib ;; *) exit 1 ;; esac ;;
*) exit 2 ;;
esac
"""


class FakeRust(FakeTools):
    """Fake Rust installations, each a folder of PATH with its own sysroot."""

    def install(
        self,
        folder: str = "bin",
        version: str = "1.85.0",
        *,
        targets: str = "wasm32-wasip1",
        std: str | None = "wasm32-wasip1",
        linker: bool = True,
    ) -> tuple[Path, Path]:
        """cargo and rustc of `version` that know `targets`, with a library for `std`."""
        sysroot = self.root / f"{folder}-sysroot"
        if std:
            library = sysroot / "lib/rustlib" / std / "lib"
            library.mkdir(parents=True)
            (library / "libstd-0123456789abcdef.rlib").touch()
        if linker:
            (sysroot / "lib/rustlib/x86_64-unknown-linux-gnu/bin").mkdir(parents=True)
            (sysroot / "lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld").touch()
        script = RUSTC.format(version=version, sysroot=sysroot, targets=targets)
        return self.put("cargo", f"echo cargo {version}", folder), self.put("rustc", script, folder)


@pytest.fixture
def tools(tmp_path: Path) -> FakeRust:
    return FakeRust(tmp_path / "tools")


def refusal(tools: FakeRust, **environ: str) -> ToolchainError:
    """The error of a machine with these tools."""
    with pytest.raises(ToolchainError) as caught:
        RUST.detect(tools.environ(**environ), tools.root)
    assert caught.value.exit_code == ExitCode.TOOLCHAIN
    assert caught.value.fix
    return caught.value


def test_found(tools: FakeRust, tmp_path: Path) -> None:
    cargo, rustc = tools.install()
    found = RUST.detect(tools.environ(), tmp_path)
    assert [(tool.name, tool.version, tool.command) for tool in found] == [
        ("rustc", "1.85.0 (wasm32-wasip1)", (str(rustc),)),
        ("cargo", "1.85.0", (str(cargo),)),
    ]


def test_missing(tools: FakeRust) -> None:
    error = refusal(tools)
    assert (error.message, error.cause) == ("Rust is not installed.", "There is no `cargo` on PATH.")
    assert "https://rustup.rs" in (error.fix or "")
    tools.put("cargo", "echo cargo 1.85.0")
    assert refusal(tools).cause == "There is no `rustc` on PATH."


def test_too_old(tools: FakeRust) -> None:
    _, rustc = tools.install(version="1.63.0")
    assert refusal(tools).message == f"Rust is too old: {rustc} is 1.63.0."


def test_broken(tools: FakeRust) -> None:
    tools.put("cargo", "echo cargo 1.85.0")
    rustc = tools.put("rustc", "echo 'error: no default toolchain is configured' >&2; exit 1")
    error = refusal(tools)
    assert error.message == f"{rustc} does not work."
    assert "no default toolchain" in (error.cause or "")


def test_a_folder_for_the_target_is_no_library(tools: FakeRust) -> None:
    _, rustc = tools.install(std=None)
    error = refusal(tools)
    assert error.message == f"{rustc} (1.85.0) has no standard library for wasm32-wasip1."
    assert "Debian" in (error.fix or "")
    tools.put("rustup", "exit 0")
    assert refusal(tools).fix == "Run `rustup target add wasm32-wasip1`."


@pytest.mark.parametrize(
    ("version", "targets", "std", "chosen"),
    [
        ("1.77.0", "wasm32-wasi", "wasm32-wasi", "wasm32-wasi"),
        ("1.78.0", "wasm32-wasi wasm32-wasip1", "wasm32-wasi", "wasm32-wasi"),
        ("1.78.0", "wasm32-wasi wasm32-wasip1", "wasm32-wasip1", "wasm32-wasip1"),
        ("1.96.0-nightly", "wasm32-wasip1", "wasm32-wasip1", "wasm32-wasip1"),
    ],
)
def test_the_target_is_the_one_that_the_compiler_has(
    tools: FakeRust, version: str, targets: str, std: str, chosen: str
) -> None:
    tools.install(version=version, targets=targets, std=std)
    compiler, passed_over = find_compiler(tools.environ())
    assert (compiler.target, compiler.version, passed_over) == (chosen, version, ())


def test_an_old_compiler_is_told_the_old_name(tools: FakeRust) -> None:
    tools.install(version="1.77.0", targets="wasm32-wasi", std=None)
    tools.put("rustup", "exit 0")
    assert refusal(tools).fix == "Run `rustup target add wasm32-wasi`."


def test_no_linker(tools: FakeRust, tmp_path: Path) -> None:
    _, rustc = tools.install(linker=False)
    assert refusal(tools).message == f"{rustc} (1.85.0) has no linker for wasm32-wasip1."
    RUST.detect(tools.environ(CARGO_TARGET_WASM32_WASIP1_LINKER="/opt/wasm-ld"), tmp_path)
    project = tmp_path / "project"
    (project / ".cargo").mkdir(parents=True)
    (project / ".cargo" / "config.toml").write_text('[target.wasm32-wasip1]\nlinker = "wasm-ld-19"\n')
    find_compiler(tools.environ(), project)
    tools.put("rust-lld", "exit 0", "elsewhere")
    RUST.detect(tools.environ(), tmp_path)


def test_a_complete_compiler_further_on_is_used(tools: FakeRust) -> None:
    _, first = tools.install("first", "1.95.0", std=None)
    cargo, rustc = tools.install("second", "1.85.0")
    tools.install("third", "1.96.0")
    compiler, passed_over = find_compiler(tools.environ())
    assert (compiler.cargo, compiler.rustc) == (cargo, rustc)
    assert [str(first) in reason.message for reason in passed_over] == [True]


def test_the_first_one_is_complained_about(tools: FakeRust) -> None:
    _, first = tools.install("first", "1.95.0", std=None)
    tools.install("second", "1.63.0")
    assert str(first) in refusal(tools).message


def test_variables_choose(tools: FakeRust) -> None:
    tools.install("first", "1.95.0")
    cargo, rustc = tools.install("second", "1.85.0")
    compiler, _ = find_compiler(tools.environ(RPKPY_CARGO=str(cargo)))
    assert (compiler.cargo, compiler.rustc) == (cargo, rustc)
    for variable in ("RPKPY_RUSTC", "RUSTC"):
        compiler, _ = find_compiler(tools.environ(**{variable: str(rustc)}))
        assert (compiler.cargo.parent.name, compiler.rustc) == ("first", rustc)
    assert "RPKPY_CARGO names no program" in refusal(tools, RPKPY_CARGO="/no/such/cargo").message


def test_what_was_chosen_by_hand_is_not_replaced(tools: FakeRust) -> None:
    tools.install("first", "1.95.0")
    cargo, rustc = tools.install("second", "1.85.0", std=None)
    assert str(rustc) in refusal(tools, RPKPY_CARGO=str(cargo), RPKPY_RUSTC=str(rustc)).message


def test_sources(tmp_path: Path) -> None:
    build = Build.of(tmp_path / "demo", "rust", "masking")
    for path in (
        "target/x/build.rs",
        "tests/it.rs",
        "src/table.csv",
        "shared/src/lib.rs",
        "shared/Cargo.toml",
        "notes.md",
    ):
        (build.root / path).parent.mkdir(parents=True, exist_ok=True)
        (build.root / path).touch()
    assert names(RUST.sources(build.root)) == [
        ".cargo/config.toml",
        "Cargo.lock",
        "Cargo.toml",
        "shared/Cargo.toml",
        "shared/src/lib.rs",
        "src/main.rs",
        "src/mask.rs",
        "src/table.csv",
    ]


@pytest.fixture(scope="module", params=["identity", "masking"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Build:
    build = Build.of(tmp_path_factory.mktemp("rust") / "demo", "rust", request.param)
    info = build("--locked")
    assert info.sdk == "redpanda-transform-sdk 1.1.0"
    assert info.target in ("wasm32-wasip1", "wasm32-wasi")
    return build


@pytest.mark.toolchain("rust")
class TestRealBuild:
    """With the machine's Rust, and the crates of the lock file."""

    def test_imports_are_the_brokers(self, built: Build) -> None:
        found = imports(built.module())
        assert {
            f"redpanda_transform.{name}"
            for name in ("check_abi_version_2", "read_batch_header", "read_next_record", "write_record")
        } <= found
        assert not any(name.endswith("random_get") for name in found), "a hash map came in: it makes the module larger"

    def test_a_default_broker_takes_it(self, built: Build) -> None:
        report = validate.check(built.out.read_bytes())
        assert report.ok, report
        (memory,) = built.module().memories
        assert memory.bounds.minimum <= 4, "the stack's size in .cargo/config.toml had no effect"
        assert built.out.stat().st_size < 100_000

    def test_the_code_is_formatted_and_tested(self, built: Build) -> None:
        compiler, _ = find_compiler(os.environ, built.root)
        host = process.ask([compiler.rustc, "-vV"], env=os.environ).out.partition("host: ")[2].split()[0]
        tested = process.ask(
            [compiler.cargo, "test", "--locked", "--target", host],
            env={**os.environ, "RUSTC": str(compiler.rustc), "RUSTFLAGS": "-Dwarnings"},
            cwd=built.root,
            timeout_s=300,
        )
        assert tested.code == 0, tested.err
        # rustup's stand-ins are on PATH also where it has no toolchain
        if process.find("rustfmt", os.environ) and process.ask(["rustfmt", "-V"], env=os.environ).code == 0:
            sources = [path for path in (built.root / "src").iterdir() if path.suffix == ".rs"]
            formatted = process.ask(["rustfmt", "--edition=2021", "--check", *sources], env=os.environ, cwd=built.root)
            assert (formatted.code, formatted.out) == (0, "")

    def test_names_stay_on_request(self, built: Build) -> None:
        before = built.out.read_bytes()
        built(debug=True)
        named = [section.name for section in built.module().custom_sections]
        built()
        assert "name" in named
        assert "name" not in [section.name for section in built.module().custom_sections]
        assert built.out.read_bytes() == before

    def test_flags_in_the_environment_are_told(self, built: Build) -> None:
        built.said.clear()
        built(environ={**os.environ, "RUSTFLAGS": "-Copt-level=1"})
        assert any(line.startswith("RUSTFLAGS is set") for line in built.said)
        (memory,) = built.module().memories
        assert memory.bounds.minimum > 16
        built()

    def test_a_mistake_is_shown_and_is_the_cause(self, tmp_path: Path) -> None:
        build = Build.of(tmp_path / "demo", "rust", "identity")
        edited(build.root / "src/main.rs", "writer.write(event.record)", "writer.wriet(event.record)")
        with pytest.raises(BuildError) as caught:
            build()
        assert "cargo exited with 101" in caught.value.message
        assert any("no method named `wriet`" in line for line in build.said)
        assert "could not compile" in (caught.value.cause or "")
        assert not build.out.exists()

    def test_a_profile_of_ones_own(self, tmp_path: Path) -> None:
        build = Build.of(tmp_path / "demo", "rust", "identity")
        with (build.root / "Cargo.toml").open("a") as manifest:
            manifest.write('\n[profile.small]\ninherits = "release"\nopt-level = "s"\n')
        build("--profile", "small")
        assert list(build.root.glob("target/*/small/transform.wasm"))
        assert validate.check(build.out.read_bytes()).ok

    def test_several_binaries_need_a_word(self, tmp_path: Path) -> None:
        build = Build.of(tmp_path / "demo", "rust", "identity")
        (build.root / "src/bin").mkdir()
        (build.root / "src/bin/tool.rs").write_text("fn main() {}\n")
        with pytest.raises(BuildError) as caught:
            build()
        assert caught.value.message == "The project has several binaries."
        edited(build.root / "Cargo.toml", "publish = false", 'publish = false\ndefault-run = "transform"')
        build()
        assert "redpanda_transform.read_batch_header" in imports(build.module())

    def test_a_manifest_that_cannot_be_read(self, tmp_path: Path) -> None:
        build = Build.of(tmp_path / "demo", "rust", "identity")
        (build.root / "Cargo.toml").write_text("[package\n")
        with pytest.raises(BuildError, match="cargo cannot read the project"):
            build()
