"""Single checks, in setups that the golden files do not have."""

import re
import stat
from pathlib import Path

import pytest

from rpkpy.cli.context import GlobalOptions
from rpkpy.config import load
from rpkpy.config.settings import Settings
from rpkpy.doctor.checks import installation, local, profile, project, toolchains
from rpkpy.doctor.dial import refused
from rpkpy.doctor.examination import examine
from rpkpy.doctor.model import Check, Finding, Fix, warning
from rpkpy.doctor.surroundings import Folders, Surroundings
from rpkpy.doctor.table import CHECKS
from rpkpy.engine import Engine
from rpkpy.errors import ConfigError, ProjectError
from tests.wasm.modules import identity


def surroundings(home: Path, **environ: str) -> Surroundings:
    """Those of an empty home."""

    config = home / ".config"
    options = GlobalOptions()
    options.overrides = ["brokers=127.0.0.1:1", "admin.hosts=127.0.0.1:1"]

    def settings() -> Settings:
        return load.settings(environ, home, config, options)

    return Surroundings(
        environ={"HOME": str(home), "PATH": "", **environ},
        cwd=home,
        folders=Folders(home / "data", home / "cache", home / "state", config),
        rpk_yaml=config / "rpk" / "rpk.yaml",
        load_settings=settings,
        encoding=environ.get("ENCODING", "utf-8"),
    )


def test_the_page_on_doctor_has_every_check_in_its_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands" / "doctor.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", page, re.MULTILINE)
    assert rows == [(check.id, check.what) for check in CHECKS]


def test_ids_are_unique_and_areas_stand_together() -> None:
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    areas = [check.area for check in CHECKS]
    assert areas == sorted(areas, key=["rpkpy", "project", "profile", "cluster", "local"].index)


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ({"tinygo": (0, 34, 0), "go": (1, 24, 1)}, "Go 1.19 through 1.23"),
        ({"tinygo": (0, 35), "go": (1, 23, 9)}, None),
        ({"tinygo": (0, 40, 1), "go": (1, 26, 8)}, "up to 1.25"),
        ({"tinygo": (0, 41, 0), "go": (1, 26)}, None),
        ({"go": (1, 26, 8)}, None),
        ({"rustc": (1, 91, 0), "cargo": (1, 91, 0)}, "modules that do not work"),
        ({"rustc": (1, 91, 1)}, None),
    ],
)
def test_versions_known_to_be_bad(tools: dict[str, tuple[int, ...]], words: str | None) -> None:
    found = [entry.why for entry in toolchains.KNOWN_BAD if entry.holds(tools)]
    assert (words is None) == (not found)
    assert words is None or words in found[0]


def test_libraries_and_their_bounds(tmp_path: Path) -> None:
    assert installation.libraries(surroundings(tmp_path)).status == "ok"
    assert installation._satisfies("50.0.1", "<", "51")
    assert installation._satisfies("50.0", ">=", "50.0.0")
    assert not installation._satisfies("51.0.0", "<", "51")
    assert list(installation._unmet("rpkpy", "no such extra")) == []


def test_runtimes_that_were_built(tmp_path: Path) -> None:
    from rpkpy.runtimes import recipe, store

    around = surroundings(tmp_path)
    folder = store.folder(around.folders.cache, around.environ)
    folder.mkdir(parents=True)
    names = [path.parent.name for path in recipe.guests_dir().glob("*/recipe.toml")]
    for name in names:
        store.kept(recipe.load(name), folder).write_bytes(b"\0asm\1\0\0\0")
    found = toolchains.runtimes(around)
    assert (found.status, found.diagnosis.count(": built")) == ("ok", len(names))


def test_an_ascii_terminal(tmp_path: Path) -> None:
    assert installation.terminal(surroundings(tmp_path, ENCODING="ascii")).status == "warning"
    assert installation.terminal(surroundings(tmp_path, ENCODING="UTF8")).status == "ok"


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    found = installation.folders(surroundings(tmp_path))
    assert (found.status, found.diagnosis) == ("problem", "~/cache cannot be written (RPKPY_CACHE_DIR)")


def test_compiled_modules_whole_and_cut(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "modules"
    Engine(cache_dir=folder).compile(identity())
    assert installation.module_cache(surroundings(tmp_path)).status == "ok"
    (entry,) = folder.glob("*.cwasm")
    entry.write_bytes(entry.read_bytes()[:-100])
    found = installation.module_cache(surroundings(tmp_path))
    assert (found.status, len(found.fixes)) == ("warning", 1)


def test_a_cache_that_others_may_write(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "modules"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    found = installation.module_cache(surroundings(tmp_path))
    assert "mode 0777" in found.diagnosis
    found.fixes[0].apply()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert installation.module_cache(surroundings(tmp_path)).status == "ok"


def test_a_cache_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "modules").symlink_to(tmp_path / "elsewhere")
    found = installation.module_cache(surroundings(tmp_path))
    assert (found.status, found.fixes) == ("warning", ())


def test_a_folder_in_which_others_may_replace_secrets(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "rpk" / "rpk.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("cloud_auth:\n  - name: a\n    client_secret: hush\n")
    path.chmod(0o600)
    path.parent.chmod(0o777)
    found = profile.permissions(surroundings(tmp_path))
    assert "may replace it" in found.diagnosis
    found.fixes[0].apply()
    assert profile.permissions(surroundings(tmp_path)).status == "ok"


def test_settings_that_cannot_be_read_are_one_problem(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "rpk" / "rpk.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("profiles: [\n")
    with pytest.raises(ConfigError):
        profile.file(surroundings(tmp_path))
    found = {result.id: result.status for result in examine(lambda: surroundings(tmp_path), CHECKS).checks}
    assert (found["rpk-yaml"], found["settings"], found["kafka"]) == ("problem", "problem", "not applicable")


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "transform.yaml").write_text("name: [\n")
    with pytest.raises(ProjectError):
        project.manifest(surroundings(tmp_path))
    found = {result.id: result for result in examine(lambda: surroundings(tmp_path), CHECKS).checks}
    assert found["manifest"].status == "problem"
    assert "transform.yaml:" in found["manifest"].diagnosis
    assert found["module"].diagnosis == "transform.yaml cannot be used"


def test_a_stale_build(tmp_path: Path) -> None:
    (tmp_path / "transform.yaml").write_text("name: copy\nlanguage: c\n")
    (tmp_path / "transform.c").write_text("int main(void) { return 0; }\n")
    assert project.module(surroundings(tmp_path)).diagnosis == "There is no file copy.wasm."
    from rpkpy.wasm.embed import ORIGIN_SECTION, write_section

    old = write_section(identity(), ORIGIN_SECTION, b'{"source_sha256":"old"}')
    (tmp_path / "copy.wasm").write_bytes(old)
    assert "was not built from the sources as they are now" in project.module(surroundings(tmp_path)).diagnosis
    assert project.verdict(surroundings(tmp_path)).status == "ok"


def test_processes_of_a_cluster_that_is_stopped(tmp_path: Path) -> None:
    assert local.processes(surroundings(tmp_path)).status == "not applicable"
    (tmp_path / "data" / "local").mkdir(parents=True)
    assert local.processes(surroundings(tmp_path)).diagnosis == "it is stopped"


def test_the_local_cluster_that_is_down_can_be_started(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "rpk" / "rpk.yaml"
    path.parent.mkdir(parents=True)
    for name, treatment in (("local", "rpkpy local start"), ("other", "Is the cluster running?")):
        path.write_text(f"version: 6\ncurrent_profile: {name}\nprofiles: [{{name: {name}}}]\n")
        found = {result.id: result for result in examine(lambda: surroundings(tmp_path), CHECKS).checks}
        for check in ("kafka", "admin"):
            assert found[check].status == "problem"
            assert (found[check].treatment or "").startswith(treatment)


def test_treatments_are_applied_once_and_failures_are_said(tmp_path: Path) -> None:
    done: list[str] = []

    def fails() -> None:
        raise PermissionError(13, "Permission denied", "/x")

    def look(around: Surroundings) -> Finding:
        return warning("bad", fixes=[Fix("mend", lambda: done.append("mend")), Fix("break", fails)])

    checks = [Check("one", "area", "what", look, "help")]
    untreated = examine(lambda: surroundings(tmp_path), checks).checks[0]
    assert (untreated.fixes, untreated.applied, done) == (["mend", "break"], [], [])
    treated = examine(lambda: surroundings(tmp_path), checks, treat=True).checks[0]
    assert (treated.applied, done, treated.status) == (["mend"], ["mend"], "warning")
    assert treated.failed is not None
    assert "Permission denied" in treated.failed


def test_addresses_that_take_no_connection() -> None:
    assert refused("127.0.0.1:1", 1) == "connection refused"
    assert refused("https://127.0.0.1:1/x", 1) == "connection refused"
    assert refused("no-such-host.invalid:9092", 1) is not None
    assert refused("127.0.0.1:99999", 1) is not None
    assert refused("", 1) is not None
