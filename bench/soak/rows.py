"""The fault table: what is done to rpkpy and its host, and what must come of it.

Each row names the tests of the suite that hold it in their fast form; a row with a `long_form` can be run for as
long as one likes: `python -m bench.soak ROW`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from bench.soak.figures import Budget, Figures


@dataclass(frozen=True, slots=True)
class Row:
    """`key` names it; `cases` is how many the long form runs unless told otherwise; `open` says what is not done."""

    key: str
    fault: str
    demanded: str
    tests: tuple[str, ...] = ()
    long_form: str = ""
    cases: int = 0
    open: str = ""

    def run(self, budget: Budget) -> Figures:
        """Run the long form."""
        run: Callable[[Budget], Figures] = importlib.import_module(f"bench.soak.{self.long_form}").run
        return run(budget)


ROWS: tuple[Row, ...] = (
    Row(
        "1",
        "Endless loop, in start-up or in a record",
        "stopped by fuel within 4.5 s; the next record handled; 100 of 100",
        ("tests/soak/test_soak.py", "tests/engine/test_limits.py"),
        "loops",
        100,
        open="The saved run shared the two cores with other work; 100 cases on a machine at rest are not run yet.",
    ),
    Row(
        "2",
        "Memory bomb (`memory.grow` to 4 GiB)",
        "the process grows by the limit + 32 MiB at most; a typed error",
        ("tests/soak/test_soak.py", "tests/engine/test_limits.py"),
        "memory",
        1_000,
    ),
    Row(
        "3",
        "Deep recursion",
        "`stack_overflow`, the process alive, 100 of 100",
        ("tests/soak/test_soak.py", "tests/engine/cases/limits"),
        "recursion",
        1_000,
    ),
    Row(
        "4",
        "Trap, panic, `proc_exit` in start-up, in a record, after an emit",
        "named with phase and offset; nothing of the failed record is output; the host backs off and stays there",
        ("tests/soak/test_soak.py", "tests/engine/cases/failures", "tests/host"),
        "failures",
        5_000,
        open="The engine's part; the host's states and back-off are in tests/host, without a long form yet.",
    ),
    Row(
        "5",
        "Host call with any pointer and length",
        "0 crashes in 100,000 calls; answers of the ABI's alone",
        ("tests/soak/test_soak.py", "tests/engine/test_hostile_calls.py"),
        "host_calls",
        200_000,
    ),
    Row(
        "6",
        "Malformed record bytes",
        "round trip exact in 10,000 cases; an error, never a hang",
        ("tests/soak/test_soak.py", "tests/batches/test_codec.py", "tests/batches/test_payload.py"),
        "records",
        40_000,
    ),
    Row(
        "7",
        "Bad options, undeclared, empty or too long topic",
        "an error code, nothing emitted",
        ("tests/soak/test_soak.py", "tests/engine/cases/options"),
        "options",
        50_000,
    ),
    Row(
        "8",
        "The guest floods its output (1 GB), without a newline, with invalid UTF-8 and escape sequences",
        "lines cut at 1,024 bytes; memory bounded; 0 raw control characters on a terminal",
        ("tests/soak/test_soak.py", "tests/engine/test_preview1.py", "tests/engine/cases/logs", "tests/test_text.py"),
        "floods",
        1_024,
    ),
    Row(
        "9",
        "Every kind of file as a module: empty, text, component, cut at every 64 bytes, 10 MiB and a byte more",
        "a verdict within 1 s that names the cause, 0 tracebacks",
        ("tests/soak/test_soak.py", "tests/wasm/test_validate.py", "tests/cli/transform/test_validate.py"),
        "module_files",
        5_000,
    ),
    Row(
        "10",
        "Module by URL: 404, redirect, endless body, wrong length, gzip bomb",
        "10 MiB at most, a time limit, no file left behind",
        ("tests/soak/test_soak.py", "tests/cli/transform/test_deploy.py", "tests/toolchains/test_install.py"),
        "downloads",
        560,
    ),
    Row(
        "11",
        "Environment: 128 and 129 variables, long keys and values, REDPANDA_, control characters",
        "the broker's verdict at every edge",
        ("tests/project/test_rules.py", "tests/host/test_rules.py"),
        open="Edges, all of them in the suite.",
    ),
    Row(
        "12",
        "transform.yaml and rpk.yaml: byte order mark, tabs, duplicate keys, anchor bombs, unknown keys",
        "errors name file:line:column; a bomb ends within 1 s",
        ("tests/soak/test_soak.py", "tests/project/test_manifest.py", "tests/config/test_load.py"),
        "yaml_files",
        10_000,
    ),
    Row(
        "13",
        "kill -9 of the host, 200 times",
        "no record lost; duplicates within a commit interval",
        ("tests/soak/test_soak.py", "tests/host/test_durability.py", "tests/host/test_exactly_once_alone.py"),
        "kills",
        200,
    ),
    Row(
        "14",
        "Broker restart, leader move, partitions added, topic gone",
        "goes on within 10 s; no loss",
        (
            "tests/kafka/test_leaders.py",
            "tests/host/test_durability.py",
            "tests/host/test_processing.py",
            "tests/host/test_sharing.py",
        ),
        "brokers",
        90,
        open="Not met, no figures kept: in one run of three or so an output written exactly once stood still after a "
        "broker was stopped.",
    ),
    Row(
        "15",
        "Output too large, produce timeout, access denied",
        "repeated or an error, never skipped",
        ("tests/host/test_processing.py", "tests/host/test_error_policy.py", "tests/host/test_rights.py"),
        open="No long form; a timed-out write is held as a verdict alone (tests/host/test_suspicion.py).",
    ),
    Row(
        "16",
        "8 outputs, one of them blocked",
        "the others not doubled after going on",
        ("tests/host/test_processing.py",),
        open="The suite blocks one of two outputs; eight, and what follows once it is free, are not run yet.",
    ),
    Row(
        "17",
        "Poison record with fail, skip and dlq",
        "stays; counted; bytes identical, with headers",
        ("tests/host/test_processing.py", "tests/host/test_error_policy.py"),
        open="In the suite alone.",
    ),
    Row(
        "18",
        "Admin API: error statuses, HTML, cut and endless bodies, redirect loops",
        "a typed message with its way out; 3 attempts and the timeout at most",
        ("tests/redpanda/test_faults.py", "tests/redpanda/test_http.py"),
        open="In the suite; answers by chance are the row `http`.",
    ),
    Row(
        "19",
        "Two deploys of one name at once; deploy while errored; delete in back-off",
        "serialised; one of the two states",
        ("tests/host/test_processing.py", "tests/host/test_changes.py"),
        open="The suite has the deploys; no test is known to delete in back-off.",
    ),
    Row(
        "20",
        "A token expires in the middle; the clock is off by 10 minutes",
        "logged in once more, else exit code 4",
        ("tests/cli/cloud/test_renewal.py", "tests/redpanda/cloud/test_tokens.py"),
        open="In the suite alone.",
    ),
    Row(
        "21",
        "Closed stdin, no terminal, full disk, read-only home, SIGPIPE, Ctrl-C twice",
        "no hang above 1 s, the right exit code, no traceback",
        ("tests/cli/test_main.py", "tests/cli/transform/test_circumstances.py"),
        open="In the suite, which sets no limit of 1 s; not checked against each circumstance yet.",
    ),
    Row(
        "22",
        "Template: paths that leave, links, 10,000 files, Jinja escapes",
        "refused; 0 writes outside the target",
        ("tests/project/scaffold/test_foreign.py", "tests/project/scaffold/test_git.py"),
        open="In the suite alone.",
    ),
    Row(
        "23",
        "Toolchain archive with `..`, links, a wrong sum",
        "nothing unpacked before the sum matches; 0 writes outside",
        ("tests/soak/test_soak.py", "tests/toolchains/test_install.py"),
        "archives",
        20_000,
    ),
    Row(
        "24",
        "Compiler missing, crashing, printing 100 MB, hanging",
        "exit code 7 or 1 with the tool's output; killable; a time limit",
        ("tests/soak/test_soak.py", "tests/toolchains/test_process.py"),
        "compilers",
        50,
    ),
    Row(
        "25",
        "Watching: failing builds, 10,000 events, editors that rename",
        "one build a burst, no build of its own making",
        ("tests/dev/test_changes.py", "tests/dev/test_dev.py"),
        open="The suite's burst has 41 events; 10,000 are not run yet.",
    ),
    Row(
        "26",
        "Compile cache: damaged, of another version, of another owner",
        "ignored and compiled anew",
        ("tests/soak/test_soak.py", "tests/engine/test_cache.py"),
        "compile_cache",
        3_000,
    ),
    Row(
        "27",
        "Hours, 1,000 redeploys, 10,000 traps",
        "memory, threads, descriptors flat",
        ("tests/soak/test_soak.py",),
        "endurance",
        1_000,
        open="As long as 1,000 redeployments take, not for a day.",
    ),
    Row("28", "Throughput, latency, start-up", "20,000 records/s of 1 KiB; 5 ms; 100 ms", open="See bench/README.md."),
    Row(
        "reader",
        "Mutated modules, our reader against wasmtime's verdict",
        "refuses nothing that wasmtime takes; each other difference explained",
        ("tests/soak/test_soak.py", "tests/wasm/test_binary.py"),
        "differential",
        200_000,
    ),
    Row(
        "http",
        "Answers by chance to the Admin API's, the schema registry's and the cloud's clients",
        "a known exit code, something said, no traceback",
        ("tests/soak/test_soak.py",),
        "http_answers",
        5_000,
    ),
    Row(
        "arguments",
        "Command lines by chance, of every command",
        "a known exit code, something said, no traceback",
        ("tests/soak/test_soak.py",),
        "cli_arguments",
        5_000,
    ),
)  # fmt: skip
BY_KEY = {row.key: row for row in ROWS}
