"""`rpkpy registry compatibility-level` and `rpkpy registry mode`."""

import json

from tests.cli.harness import Cli


def test_levels(registry: Cli) -> None:
    level = ("registry", "compatibility-level")
    assert registry(*level, "get").stdout == "SUBJECT   LEVEL     ERROR\n{GLOBAL}  BACKWARD\n"
    assert registry(*level, "set", "customer", "--level", "full_transitive").code == 0
    both = registry(*level, "get", "customer", "other", "--global", "--format", "json")
    assert json.loads(both.stdout) == [
        {"subject": "customer", "level": "FULL_TRANSITIVE"},
        {"subject": "other", "level": "BACKWARD"},
        {"subject": "{GLOBAL}", "level": "BACKWARD"},
    ]
    assert "NONE" in registry(*level, "set", "--level", "NONE").stdout
    assert "NONE" in registry(*level, "get", "other").stdout
    wrong = registry(*level, "set", "--level", "SOME")
    assert (wrong.code, "FORWARD_TRANSITIVE" in wrong.err) == (2, True)
    assert registry(*level, "set").code == 2


def test_modes(registry: Cli) -> None:
    mode = ("registry", "mode")
    registry("registry", "schema", "create", "customer", "--schema", "customer.avsc")
    assert registry(*mode, "get").stdout == "SUBJECT   MODE       ERROR\n{GLOBAL}  READWRITE\n"
    assert registry(*mode, "set", "customer", "--mode", "readonly").code == 0
    refused = registry("registry", "schema", "create", "customer", "--schema", "wider.avsc")
    assert (refused.code, "rpkpy registry mode get" in refused.err) == (6, True)
    reset = registry(*mode, "reset", "customer", "other", "--format", "json")
    assert reset.code == 6
    assert json.loads(reset.stdout) == [
        {"subject": "customer", "mode": "READONLY"},
        {"subject": "other", "error": "Subject 'other' does not have subject-level mode configured."},
    ]
    assert registry("registry", "schema", "create", "customer", "--schema", "wider.avsc").code == 0
    assert registry(*mode, "set", "customer", "--mode", "IMPORT").code == 6
    assert registry(*mode, "set", "customer", "--mode", "IMPORT", "--force").code == 0
    assert registry(*mode, "set", "--mode", "ON").code == 2
