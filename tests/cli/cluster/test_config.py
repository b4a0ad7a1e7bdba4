"""`rpkpy cluster config`."""

import json
import stat
import sys
from pathlib import Path

import pytest

from rpkpy.redpanda.transform_properties import EXPLAINED
from tests.cli.harness import Cli
from tests.fakes.cluster_config import FakeClusterConfig
from tests.redpanda.loopback import Reply, serving

CONFIG = ("cluster", "config")
ENABLED = "data_transforms_enabled"
RESERVATION = "data_transforms_per_core_memory_reservation"


@pytest.mark.parametrize(
    ("key", "text", "as_json"),
    [
        (ENABLED, "false\n", "false\n"),
        ("log_retention_ms", "604800000\n", "604800000\n"),
        ("log_cleanup_policy", "delete\n", '"delete"\n'),
        ("superusers", "- ann\n- bob\n", '["ann","bob"]\n'),
        ("cloud_storage_secret_key", "'[secret]'\n", '"[secret]"\n'),
    ],
)
def test_get_prints_the_value_alone(cli: Cli, fake: FakeClusterConfig, key: str, text: str, as_json: str) -> None:
    fake.values = {"superusers": ["ann", "bob"], "cloud_storage_secret_key": "hush"}
    assert cli(*CONFIG, "get", key).stdout == text
    assert cli(*CONFIG, "get", key, "--format", "json").stdout == as_json


def test_get_explains_what_transforms_live_by(cli: Cli, fake: FakeClusterConfig) -> None:
    outcome = cli(*CONFIG, "get", RESERVATION, "--explain")
    assert outcome.stdout == "20971520\n"
    assert "once the brokers are restarted" in outcome.err
    assert EXPLAINED[RESERVATION].meaning in outcome.err
    assert "Room for transforms: 10" in outcome.err


def test_a_property_that_is_not_there(cli: Cli, fake: FakeClusterConfig) -> None:
    for command in (("get", "data_transform_enabled"), ("set", "data_transform_enabled", "true")):
        outcome = cli(*CONFIG, *command)
        assert (outcome.code, ENABLED in outcome.err) == (6, True), outcome.err


def test_list_filters_and_widens(cli: Cli, fake: FakeClusterConfig) -> None:
    rows = [line.split() for line in cli(*CONFIG, "list", "--filter", "^data_.*limit").stdout.splitlines()]
    assert rows == [["PROPERTY", "VALUE"], ["data_transforms_per_function_memory_limit", "2097152"]]
    wide = cli(*CONFIG, "list", "--filter", "enabled", "--format", "wide").stdout
    assert "yes      Enables WebAssembly" in wide
    assert json.loads(cli(*CONFIG, "ls", "--format", "json").stdout)["superusers"] == []
    assert cli(*CONFIG, "list", "--filter", "(").code == 2


def test_set_says_what_it_means_and_what_must_be_restarted(cli: Cli, fake: FakeClusterConfig) -> None:
    outcome = cli(*CONFIG, "set", RESERVATION, "41943040")
    assert outcome.stdout == "Successfully updated configuration. New configuration version is 2.\n"
    assert "Warning: brokers must be restarted before this counts: 0, 1." in outcome.err
    assert "Room for transforms: 20" in outcome.err
    assert fake.values == {RESERVATION: 41943040}


def test_set_takes_several_old_names_null_lists_and_defaults(cli: Cli, fake: FakeClusterConfig) -> None:
    fake.values = {"log_cleanup_policy": "compact"}
    many = ("log_retention_ms=null", "superusers=[ann, 'b c']", "wasm_per_function_memory_limit=4194304")
    outcome = cli(*CONFIG, "set", *many, "--format", "json")
    assert json.loads(outcome.stdout) == {"config_version": 2, "needs_restart": [0, 1]}, outcome.err
    assert fake.values["log_retention_ms"] is None
    assert fake.values["superusers"] == ["ann", "b c"]
    assert fake.values["data_transforms_per_function_memory_limit"] == 4194304
    assert cli(*CONFIG, "set", "log_retention_ms", "").code == 0
    assert "log_retention_ms" not in fake.values


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((ENABLED,), 2, "has no value"),
        ((f"{ENABLED}=true", f"{ENABLED}=false"), 2, "is set twice"),
        (("superusers", "ann"), 2, "is not a list"),
        (("superusers", "[ann"), 2, "is not a list"),
        (("superusers", "[" * 100), 2, "is not a list"),
        ((ENABLED, "perhaps"), 6, f"{ENABLED}: expected type boolean"),
        (("log_cleanup_policy", "keep"), 6, "Nothing was changed."),
    ],
)
def test_values_that_cannot_be_set(
    cli: Cli, fake: FakeClusterConfig, arguments: tuple[str, ...], code: int, says: str
) -> None:
    outcome = cli(*CONFIG, "set", *arguments)
    assert (outcome.code, says in outcome.err, fake.values) == (code, True, {}), outcome.err


def test_a_change_whose_status_cannot_be_read_is_still_told(cli: Cli) -> None:
    fake = FakeClusterConfig()
    with serving(lambda asked: Reply(503, "busy") if asked.path.endswith("/status") else fake(asked)) as server:
        flags = ("-X", f"admin.hosts={server.address}", "-X", "globals.command_timeout=1s")
        outcome = cli(*CONFIG, "set", ENABLED, "true", *flags, "--format", "json")
    assert (outcome.code, json.loads(outcome.stdout)) == (0, {"config_version": 2, "needs_restart": None})
    assert "whether brokers must be restarted is not known" in outcome.err


def test_status(cli: Cli, fake: FakeClusterConfig) -> None:
    fake.restart = True
    rows = [line.split() for line in cli(*CONFIG, "status").stdout.splitlines()]
    assert rows[1:] == [["0", "1", "true", "[]", "[]"], ["1", "1", "true", "[]", "[]"]]
    assert json.loads(cli(*CONFIG, "status", "--format", "json").stdout)[0]["needs_restart"] is True


def test_what_is_exported_imports_without_a_change(cli: Cli, fake: FakeClusterConfig) -> None:
    fake.values = {
        "superusers": ["ann", "yes", "12", "a: b"],
        "cloud_storage_secret_key": "hush",
        "log_cleanup_policy": "compact,delete",
        "log_retention_ms": None,
    }
    before = dict(fake.values)
    outcome = cli(*CONFIG, "export", "-f", "out.yaml")
    file = cli.cwd / "out.yaml"
    assert outcome.stdout == f'Wrote configuration to file "{file}".\n'
    text = file.read_text()
    assert "# one of" not in text.splitlines()[0]
    assert f"# {EXPLAINED[ENABLED].meaning}\n{ENABLED}: false\n" in text
    assert "restart required" in text and "cluster_id" not in text and "coproc" not in text
    assert "read_buffer" not in text and "hush" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    imported = cli(*CONFIG, "import", "-f", "out.yaml")
    assert (imported.code, "No changes were made" in imported.err) == (0, True), imported.err
    assert (fake.values, fake.version) == (before, 1)
    assert cli(*CONFIG, "export", "--all").stdout.count("read_buffer_memory_percentage: 45") == 1


def test_import_changes_what_differs_and_resets_what_is_gone(cli: Cli, fake: FakeClusterConfig) -> None:
    fake.values = {"log_retention_ms": 5, "data_transforms_read_buffer_memory_percentage": 30, ENABLED: True}
    (cli.cwd / "in.yaml").write_text(
        f"{RESERVATION}: 4.194304e7\nsuperusers: [2024-01-02, 7]\nlog_cleanup_policy: compact\n{ENABLED}: true\n"
        "cloud_storage_secret_key: new-secret\ncluster_id: other\n"
    )
    dry = cli(*CONFIG, "import", "-f", "in.yaml", "--dry")
    assert (dry.code, fake.version) == (0, 1)
    assert ["log_retention_ms", "5"] in [line.split() for line in dry.stdout.splitlines()]
    outcome = cli(*CONFIG, "import", "-f", "in.yaml")
    assert outcome.code == 0, outcome.err
    assert "new-secret" not in outcome.err + outcome.stdout + dry.stdout
    assert fake.values == {
        RESERVATION: 41943040,
        "superusers": ["2024-01-02", "7"],
        "log_cleanup_policy": "compact",
        ENABLED: True,
        "cloud_storage_secret_key": "new-secret",
        "data_transforms_read_buffer_memory_percentage": 30,
    }
    assert cli(*CONFIG, "import", "-f", "in.yaml", "--all").code == 0
    assert "data_transforms_read_buffer_memory_percentage" not in fake.values


@pytest.mark.parametrize(
    ("content", "code"), [(None, 2), ("- a\n", 2), ("a: [", 2), ("unknown_thing: 1\n", 6), (f"{ENABLED}: maybe\n", 6)]
)
def test_files_that_cannot_be_imported(cli: Cli, fake: FakeClusterConfig, content: str | None, code: int) -> None:
    if content is not None:
        (cli.cwd / "in.yaml").write_text(content)
    assert (cli(*CONFIG, "import", "-f", "in.yaml").code, fake.version) == (code, 1)
    assert cli(*CONFIG, "import").code == 2


def editor(cli: Cli, code: str) -> None:
    """Make `code` (Python; `text` is the file's) the editor."""
    script = cli.home / "editor.py"
    lines = ["import sys, pathlib", "file = pathlib.Path(sys.argv[1])", "text = file.read_text()", code]
    script.write_text("\n".join([*lines, "file.write_text(text)"]))
    cli.env["EDITOR"] = f"{sys.executable} {script}"


def test_edit(cli: Cli, fake: FakeClusterConfig) -> None:
    editor(cli, f"text = text.replace('{ENABLED}: false', '{ENABLED}: true')")
    outcome = cli(*CONFIG, "edit")
    assert (outcome.code, fake.values) == (0, {ENABLED: True}), outcome.err
    editor(cli, "pass")
    assert "No changes were made" in cli(*CONFIG, "edit").err


def test_an_edit_that_is_refused_keeps_the_text(cli: Cli, fake: FakeClusterConfig) -> None:
    editor(cli, f"text = text.replace('{ENABLED}: false', '{ENABLED}: maybe')")
    outcome = cli(*CONFIG, "edit")
    assert (outcome.code, fake.values) == (6, {})
    kept = Path(outcome.err.rpartition(" kept in ")[2].strip().rstrip("."))
    assert f"{ENABLED}: maybe" in kept.read_text()
    kept.unlink()
    kept.parent.rmdir()


@pytest.mark.parametrize("command", [("set", ENABLED, "true"), ("status",), ("export",), ("import", "-f", "in.yaml")])
def test_a_cluster_without_properties_is_told_from_a_wrong_address(cli: Cli, command: tuple[str, ...]) -> None:
    (cli.cwd / "in.yaml").write_text(f"{ENABLED}: true\n")
    with serving(lambda asked: Reply(404, {"message": "Not found", "code": 404})) as server:
        outcome = cli(*CONFIG, *command, "-X", f"admin.hosts={server.address}")
    assert (outcome.code, "rpkpy host run" in outcome.err) == (6, True), outcome.err


def test_the_page_has_every_property_that_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs" / "commands" / "cluster.md").read_text(encoding="utf-8")
    for name, about in EXPLAINED.items():
        restart = "yes" if about.restart else "no"
        assert f"| `{name}` | {about.default} | {restart} | {about.meaning} |" in page, name
