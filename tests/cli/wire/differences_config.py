"""Where configuration and profiles differ from rpk's on purpose."""

from tests.cli.wire.difference import Difference, Instead

CONFIG = (
    Difference(
        name="profile-name-clash",
        rpk="`profile create` with a name that exists prints its error on standard output.",
        rpkpy="The error goes to standard error.",
        why="As every other error does.",
        runs={"cfg_profile_create_dup": Instead(stdout="", said='"p2"')},
    ),
    Difference(
        name="language-unknown",
        rpk="A language it does not know in transform.yaml is reported as a missing transform.yaml.",
        rpkpy="Names the language, and those that it knows.",
        why="The file is there; its value is wrong.",
        runs={"build_badlang": Instead(said="cobol")},
    ),
    Difference(
        name="private-files",
        rpk="Writes rpk.yaml readable for everybody (0644), passwords and tokens included.",
        rpkpy="Writes it 0600, and warns about one with secrets that others may read.",
        why="Secrets are their owner's.",
        shown_by="tests/cli/profile/test_profile.py::test_a_file_others_may_read_is_warned_about",
    ),
    Difference(
        name="profile-variable",
        rpk="`RPK_PROFILE` has no effect.",
        rpkpy="It selects the profile where `--profile` does not.",
        why="Every other setting has its variable.",
        shown_by="tests/cli/profile/test_profile.py::test_use_and_current",
    ),
    Difference(
        name="redacted-secrets",
        rpk="`profile print` shows passwords and tokens.",
        rpkpy="They are masked; `--show-secrets` shows them.",
        why="Profiles are printed into issues and logs.",
        shown_by="tests/cli/profile/test_profile.py::test_print_masks_secrets",
    ),
)
