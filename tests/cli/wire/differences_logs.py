"""Where `transform logs` differs from rpk's on purpose."""

from tests.cli.wire.difference import Difference, Instead

LOGS = (
    Difference(
        name="logs-of-nobody",
        rpk="Hangs on a log topic with no records.",
        rpkpy="Ends with nothing printed.",
        why="There is nothing to wait for without `--follow`.",
        runs={"logs_empty_topic": Instead(exit=0)},
    ),
    Difference(
        name="logs-of-the-last-record",
        rpk="`--since` at the very last record prints nothing.",
        rpkpy="The record is printed.",
        why="It is not older than the time asked for.",
        runs={"logs_since_very_last": Instead(stdout="very last\n")},
    ),
    Difference(
        name="logs-in-any-partition",
        rpk="Reads the partition that Kafka's rule names: with 3, 6 or 12 of them half the transforms are not there.",
        rpkpy="Reads every partition.",
        why="The broker's rule is another one: it does not mask the top bit of the hash.",
        shown_by="tests/cli/transform/test_logs.py::test_records_are_found_in_whatever_partition",
    ),
)
