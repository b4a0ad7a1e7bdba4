"""The templates of `init` and `patterns`: rpkpy's own, or those that --template names; and what they ask for."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.project.scaffold import Template, Value
    from rpkpy.project.scaffold.foreign import Opened
    from rpkpy.project.scaffold.model import Scalar

TemplateOption = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="FOLDER|GIT",
        help="A template that is not rpkpy's: a folder, or URL[@TAG|COMMIT][#FOLDER].",
    ),
]


@contextmanager
def opened(context: Context, given: str | None) -> "Iterator[Opened]":
    """The templates at `given`, rpkpy's own where it is None; what a person should know of them is said."""
    from rpkpy.project import scaffold
    from rpkpy.project.scaffold import foreign, reference

    if given is None:
        yield foreign.Opened(scaffold.load_all())
        return

    def say(line: str) -> None:
        context.debug(printable(line))

    with ExitStack() as stack:
        waiting = nullcontext() if reference.parse(given) is None else context.progress("Fetching the template")
        with waiting:
            source = foreign.opened(given, cwd=context.cwd, environ=context.environ, say=say)
            found = stack.enter_context(source)
        for remark in found.remarks:
            context.warn(printable(remark))
        yield found


def values(context: Context, template: "Template", pairs: Sequence[str], file: Path | None) -> "Mapping[str, Scalar]":
    """What the template asks for: --set, then the file of --values, then the person at the terminal, then defaults."""
    from rpkpy.project.scaffold import bounded, reading
    from rpkpy.project.scaffold import values as asked

    of_file = asked.of_file(reading.read_toml(context.path(file), f"The file {file}")) if file else {}
    given = {**of_file, **asked.pairs(pairs)}

    def ask(value: "Value") -> "Scalar":
        return _answer(context, value)

    return asked.settled(template.values, given, bounded.mismatches, ask if context.interactive else None)


def say_what_is_not_run(context: Context, template: "Template") -> None:
    """Somebody else's commands are shown, not run."""
    if template.foreign and template.install:
        commands = "\n".join(f"  {' '.join(step)}" for step in template.install)
        context.warn(printable(f"The template names commands to run in the project; rpkpy does not:\n{commands}"))


def _answer(context: Context, value: "Value") -> "Scalar":
    """Ask until the answer is one."""
    from rpkpy.project.scaffold import bounded
    from rpkpy.project.scaffold import values as asked

    choice = f" ({', '.join(map(asked.shown, value.choices))})" if value.choices else ""
    if value.description:
        context.note(textwrap.fill(printable(value.description), 80))
    default = None if value.default is None else printable(asked.shown(value.default)) or '""'
    while True:
        answer = context.prompt(printable(f"{value.name}{choice}"), flag=f"--set {value.name}=...", default=default)
        if answer == default and value.default is not None:
            return value.default
        try:
            return asked.checked(value, answer, bounded.mismatches)
        except UsageError as error:
            context.note(printable(error.message))
