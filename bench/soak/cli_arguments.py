"""Fuzzing: command lines by chance, of every command, with its own flags and values that nobody means.

Nothing is running: whatever would reach a cluster ends with nobody listening. Commands that wait for ever by design
(servers, --follow, --watch) are left out, and so is what starts processes of minutes (`local start`).
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

from bench.soak import terminal
from bench.soak.figures import Budget, Clock, Figures
from rpkpy.cli.app import load
from rpkpy.cli.commands import ROOT, Group
from tests.cli.harness import Cli
from tests.wasm import modules

_MOST_S = 60.0
_LEFT_OUT = frozenset(
    {
        ("host", "run"),
        ("local", "start"),
        ("local", "stop"),
        ("local", "purge"),
        ("local", "logs"),
        ("transform", "dev"),
        ("toolchain", "install"),
    }
)
# -v prints a traceback on purpose.
_FLAGS_LEFT_OUT = frozenset({"--follow", "-f", "--watch", "-w", "--verbose", "-v"})
_VALUES = (
    *("", "-", "--", "x", "mask", "0", "-1", "1", "99999999999999999999", "1e9", "nan", "true", "é", "\udcff", "a\nb"),
    *("\x1b[2J", "http://127.0.0.1:1", "up.wasm", "transform.yaml", "http://[::", "mask.wasm"),
    *("../../x", "/", ".", "/dev/null", "/proc/self/mem", "no/such/file"),
    *("json", "yaml", "wide", "help", "text", "a=b", "=", "a=", "a:b", "127.0.0.1:1", "@1", "+1"),
    *("%v\\n", "%", "%{", "x" * 5000),
)  # fmt: skip
_PROJECT = "name: mask\ninput-topic: in\noutput-topics: [out]\nlanguage: c\n"


def _commands(
    group: Group = ROOT, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[str], list[str]]]:
    """Each command's path, its flags that take a value, and those that take none."""
    for name, member in group.members.items():
        here = (*path, name)
        if isinstance(member, Group):
            yield from _commands(member, here)
        elif here not in _LEFT_OUT:
            values, switches = [], []
            for parameter in load(name, member).params:
                if parameter.param_type_name == "option":
                    flags = [
                        flag for flag in (*parameter.opts, *parameter.secondary_opts) if flag not in _FLAGS_LEFT_OUT
                    ]
                    (switches if getattr(parameter, "is_flag", False) else values).extend(flags)
            yield here, values, switches


def _line(random: Random, path: tuple[str, ...], values: list[str], switches: list[str]) -> list[str]:
    words = list(path)
    for _ in range(random.randrange(5)):
        match random.randrange(20):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 if values:
                flag, value = random.choice(values), random.choice(_VALUES)
                words += [f"{flag}={value}"] if random.random() < 0.3 else [flag, value]
            case 7 | 8 | 9 | 10 if switches:
                words.append(random.choice(switches))
            case 11:
                words.append("--" + random.choice(_VALUES)[:20])
            case _:
                words.append(random.choice(_VALUES))
    if random.random() < 0.05:
        random.shuffle(words)
    return [word for word in words if "\0" not in word and word not in _FLAGS_LEFT_OUT]


def _prepare(cli: Cli) -> None:
    (cli.cwd / "transform.yaml").write_text(_PROJECT, encoding="utf-8")
    (cli.cwd / "up.wasm").write_bytes(modules.identity())
    (cli.cwd / "mask.wasm").write_bytes(modules.identity())


def run(budget: Budget) -> Figures:
    """Each case is a command line."""
    random = Random(budget.seed)  # noqa: S311
    commands = list(_commands())
    codes: Counter[int] = Counter()
    odd: list[str] = []
    clock = Clock()
    with terminal.shell() as cli:
        cli.env |= {"RPK_BROKERS": "127.0.0.1:1", "RPK_ADMIN_HOSTS": "127.0.0.1:1", "RPK_REGISTRY_HOSTS": "127.0.0.1:1"}
        cli.env |= {"RPKPY_CLOUD_URL": "http://127.0.0.1:1", "EDITOR": "true", "PATH": "/nowhere"}
        cli.env |= dict.fromkeys(("RPK_CLOUD_URL", "RPK_CLOUD_AUTH_URL", "RPK_PUBLIC_API_URL"), "http://127.0.0.1:1")
        for _ in budget.rounds():
            _prepare(cli)
            line = _line(random, *random.choice(commands))
            with clock:
                outcome = cli(*line, stdin=random.choice((b"", b"y\n", b"x\0\xff\n")))
            codes[outcome.code] += 1
            if (wrong := terminal.complaint(outcome)) is not None:
                odd.append(f"{line!r}: {wrong}")
    cases = codes.total()
    shown = ", ".join(f"{count:,} x {code}" for code, count in sorted(codes.items()))
    return Figures(
        cases,
        not odd and clock.wall_s < _MOST_S and cases > 0,
        f"{cases:,} command lines of {len(commands)} commands: exit codes {shown}; {len(odd)} tracebacks or silences; "
        f"the slowest took {clock.wall_s:.1f} s" + (f"; {odd[0]}" if odd else ""),
        {"odd": len(odd), "slowest_s": round(clock.wall_s, 2), **{f"exit_{code}": n for code, n in codes.items()}},
    )
