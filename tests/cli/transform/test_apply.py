"""`rpkpy transform apply`: many projects of one folder."""

from pathlib import Path

import pytest

from tests.cli.transform.planned import OTHER, Shell
from tests.wasm import modules


def add(planned: Shell, name: str, text: str = "", module: bytes | None = None) -> Path:
    folder = planned.cli.cwd / "all" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "transform.yaml").write_text(f"name: {name}\ninput-topic: in\noutput-topic: out-{name}\n{text}")
    (folder / f"{name}.wasm").write_bytes(modules.identity() if module is None else module)
    return folder


def apply(planned: Shell, *args: str) -> tuple[int, str, str]:
    outcome = planned("apply", "-f", "all", *args)
    return outcome.code, outcome.stdout, outcome.err


def test_all_of_a_folder_and_then_what_changed(planned: Shell) -> None:
    for name in ("b", "a"):
        add(planned, name)
    code, stdout, err = apply(planned, "--no-confirm")
    assert (code, stdout) == (0, 'transform "a" deployed.\ntransform "b" deployed.\n'), err
    assert apply(planned)[:2] == (0, "No change.\n")  # nothing to confirm
    add(planned, "b", "compression: zstd\n")
    code, stdout, err = apply(planned, "--no-confirm")
    assert (code, stdout) == (0, 'transform "b" deployed.\n')
    assert "~ compression  none → zstd" in err
    assert "a: no difference" in err


def test_one_file(planned: Shell) -> None:
    add(planned, "a")
    add(planned, "b")
    assert planned("apply", "-f", "all/a/transform.yaml", "--no-confirm").code == 0
    assert set(planned.node.brokers.transforms) == {"a"}


def test_prune_deletes_what_was_applied_from_there_alone(planned: Shell) -> None:
    assert planned("deploy").code == 0  # mask: deployed, not applied
    for name in ("a", "b"):
        add(planned, name)
    assert apply(planned, "--no-confirm")[0] == 0
    for path in (planned.cli.cwd / "all" / "b").iterdir():
        path.unlink()
    assert apply(planned)[1] == "No change.\n"
    code, stdout, _ = apply(planned, "--prune", "--dry-run")
    assert (code, "b: is deleted; its project is gone\n" in stdout) == (0, True)
    assert apply(planned, "--prune")[0] == 2  # nobody to confirm
    assert set(planned.node.brokers.transforms) == {"mask", "a", "b"}
    assert apply(planned, "--prune", "--no-confirm")[:2] == (0, 'transform "b" deleted.\n')
    assert set(planned.node.brokers.transforms) == {"mask", "a"}
    assert apply(planned, "--prune")[1] == "No change.\n"


def test_nothing_is_sent_before_all_is_checked(planned: Shell) -> None:
    add(planned, "a")
    add(planned, "b", module=b"\0asm\1\0\0\0")
    code, stdout, err = apply(planned, "--no-confirm")
    assert (code, stdout) == (3, "")
    assert "Error: b: The broker would refuse" in err
    assert planned.node.asked == []


def test_an_environment_and_a_dry_run(planned: Shell) -> None:
    add(planned, "a", "environments: {prod: {input-topic: live}}\n", OTHER)
    code, stdout, _ = apply(planned, "--env", "prod", "--dry-run")
    assert (code, "input-topic    live" in stdout, planned.changes()) == (0, True, [])
    add(planned, "b")
    code, _, err = apply(planned, "--env", "prod", "--no-confirm")
    assert (code, "Error: b: transform.yaml has no environment 'prod'" in err) == (2, True)


@pytest.mark.parametrize("place", ["none", "mask.wasm", "empty"])
def test_what_is_no_place(planned: Shell, place: str) -> None:
    (planned.cli.cwd / "empty").mkdir()
    assert planned("apply", "-f", place, "--no-confirm").code == 2


def test_two_of_one_name(planned: Shell) -> None:
    add(planned, "a")
    other = add(planned, "b")
    (other / "transform.yaml").write_text("name: a\ninput-topic: in\noutput-topic: out\n")
    (other / "a.wasm").write_bytes(modules.identity())
    code, _, err = apply(planned, "--no-confirm")
    assert (code, "Two projects have the name a." in err) == (2, True)


def test_topics_are_not_changed_in_place(planned: Shell) -> None:
    add(planned, "b")
    assert apply(planned, "--no-confirm")[0] == 0
    add(planned, "a")
    add(planned, "b", "environments: {other: {input-topic: else}}\n")
    (planned.cli.cwd / "all" / "a" / "transform.yaml").write_text(
        "name: a\ninput-topic: in\noutput-topic: out\nenvironments: {other: }\n"
    )
    code, _, err = apply(planned, "--env", "other", "--no-confirm")
    assert (code, "The topics of b differ" in err) == (6, True)
    assert set(planned.node.brokers.transforms) == {"b"}  # nothing of it was sent


def test_it_is_confirmed(planned: Shell) -> None:
    add(planned, "a")
    code, stdout, shown = planned.typed("n\n", "apply", "-f", "all")
    assert (code, stdout, "Apply (1 to deploy, 0 to delete)?" in shown) == (1, "", True)
    assert planned.changes() == []
