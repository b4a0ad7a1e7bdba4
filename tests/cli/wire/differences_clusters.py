"""Where `topic`, `group`, `cluster` and `registry` differ from rpk's on purpose. No runs of them were recorded."""

from tests.cli.wire.difference import Difference

CLUSTERS = (
    Difference(
        name="topic-describe-storage",
        rpk="Shows what a topic has in tiered storage.",
        rpkpy="Says who can: rpk.",
        why="Only a Redpanda with tiered storage knows it, and nothing about transforms depends on it.",
        shown_by="tests/cli/topic/test_alter_config.py::test_describe_storage_says_who_can",
    ),
    Difference(
        name="consumed-json-is-not-checked",
        rpk="`topic consume --use-schema-registry` checks a record of a JSON Schema against it.",
        rpkpy="Checks that it is JSON; `topic produce` checks it against the schema.",
        why="Who reads a topic wants to see what is in it, and a schema's expressions could take for ever.",
        shown_by="tests/cli/topic/test_by_schema.py::test_values_go_there_and_back",
    ),
    Difference(
        name="trim-prefix-asks-on-standard-error",
        rpk="Prints the offsets before and after, and the question, on standard output.",
        rpkpy="Prints both on standard error, and the outcome alone on standard output.",
        why="What a script reads is the outcome.",
        shown_by="tests/cli/topic/test_trim_prefix.py::test_a_person_is_shown_what_would_go_and_asked",
    ),
    Difference(
        name="group-offset-delete",
        rpk="Deletes some of a group's commits.",
        rpkpy="Says what else there is: `group seek`, `group delete`.",
        why="The Kafka client (confluent-kafka) has no such request.",
        shown_by="tests/cli/group/test_group.py::test_offset_delete_says_what_to_do",
    ),
    Difference(
        name="a-group-that-is-not-there",
        rpk="`group describe` shows it as dead, without members.",
        rpkpy="Says that it does not exist, exit code 6.",
        why="A typing error looks like one.",
        shown_by="tests/cli/group/test_group.py::test_describe_by_expression_and_what_is_not_there",
    ),
    Difference(
        name="cluster-health-by-exit-code",
        rpk="Ends with 0 whatever the health; from 26.2 on with 10.",
        rpkpy="Ends with 1 where the cluster is not healthy.",
        why="A script can wait for it.",
        shown_by="tests/cli/cluster/test_health.py::test_one_that_is_not_is_told_by_the_exit_code",
    ),
    Difference(
        name="cluster-config-export-prints",
        rpk="`cluster config export` without `--filename` writes a file in the temporary folder.",
        rpkpy="Prints the file.",
        why="Nothing is written that no flag names.",
        shown_by="tests/cli/cluster/test_config.py::test_what_is_exported_imports_without_a_change",
    ),
    Difference(
        name="cluster-config-lint",
        rpk="Takes cluster properties out of a redpanda.yaml.",
        rpkpy="Has no such command.",
        why="It belongs to upgrades of brokers from before version 22.1.",
        shown_by="tests/cli/cluster/test_config.py::test_lint_is_not_there",
    ),
    Difference(
        name="compatibility-by-exit-code",
        rpk="`registry schema check-compatibility` ends with 0 also where the schema is not compatible.",
        rpkpy="Ends with 3.",
        why="A build can depend on it.",
        shown_by="tests/cli/registry/test_schema.py::test_compatibility_is_said_with_the_exit_code",
    ),
)
