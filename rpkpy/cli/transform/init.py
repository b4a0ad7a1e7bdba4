"""`rpkpy transform init`."""

import shlex
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from rpkpy.project.scaffold import Created, Template

EXAMPLES = """
rpkpy transform init my-transform --language c --pattern masking
rpkpy transform init --language go
rpkpy transform patterns            # what --pattern may be
rpkpy transform init              # asks for what is missing
"""

_INSTALL = ("prompt", "true", "false")
_DEEP = " " * 6
_DEFAULT_PATTERN = "identity"


def command(
    ctx: typer.Context,
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIRECTORY]", help="Folder of the project; this one when left out.")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            "--lang",
            "-l",
            metavar="LANGUAGE",
            help="Language of the project.",
            autocompletion=lambda: _languages(),
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            "-p",
            metavar="PATTERN",
            help="What the transform does: see `transform patterns`.",
            autocompletion=lambda ctx: _patterns(ctx),
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The transform's name; the folder's when left out.")
    ] = None,
    install_deps: Annotated[
        str, typer.Option("--install-deps", metavar="WHEN", help="Fetch dependencies: true, false, prompt.")
    ] = "prompt",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
    format: FormatOption = "text",
) -> None:
    """Create a project from a language's template and a pattern.

    Nothing is written when a file of the project is there already, unless --force is given.
    """
    from rpkpy.project import scaffold

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=scaffold.Created)
        return
    if install_deps.lower() not in _INSTALL:
        raise UsageError(f'--install-deps cannot be "{install_deps}".', fix=f"Use one of {', '.join(_INSTALL)}.")
    folder = (context.cwd / (directory or "")).resolve()
    templates = scaffold.load_all()
    key, template = _language(context, templates, language)
    created = scaffold.create(
        template,
        language=key,
        pattern=(pattern or _pattern(context, template)).lower(),
        directory=folder,
        name=name if name is not None else scaffold.name_from(folder.name) or "transform",
        force=force,
    )
    emit(context, created, format, text=lambda made: _text(made, context.cwd))
    installed = _install(context, created, install_deps.lower())
    if check_format(format) in ("text", "wide"):
        context.note(_next_steps(created, template, context.cwd, installed))


def _languages() -> list[str]:
    """What a shell completes --language to."""
    from rpkpy.project import scaffold

    return [key for template in scaffold.load_all() for key in template.languages]


def _patterns(ctx: typer.Context) -> list[str]:
    """What a shell completes --pattern to: those of the language that is named, else of all."""
    from rpkpy.project import scaffold

    wanted = ctx.params.get("language")
    templates = scaffold.load_all()
    chosen = [template for template in templates if wanted in template.languages] or templates
    return sorted({name for template in chosen for name in template.patterns})


def _language(context: Context, templates: "tuple[Template, ...]", wanted: str | None) -> "tuple[str, Template]":
    from rpkpy.project import scaffold
    from rpkpy.toolchains import languages

    keys = [key for template in templates for key in template.languages]
    if wanted is None:
        if context.interactive:
            for template in templates:
                context.note(f"  {', '.join(template.languages)}")
                context.note(textwrap.fill(template.makes, 80, initial_indent=_DEEP, subsequent_indent=_DEEP))
        wanted = context.prompt("Language", flag=f"--language with one of {', '.join(keys)}")
    with suppress(ProjectError):  # an alias: `tinygo` is written as the key that rpk knows
        wanted = languages.find(wanted).keys[0]
    return wanted.lower(), scaffold.find(templates, wanted.lower())


def _pattern(context: Context, template: "Template") -> str:
    if not context.interactive or len(template.patterns) == 1:
        return _DEFAULT_PATTERN if _DEFAULT_PATTERN in template.patterns else next(iter(template.patterns))
    for pattern in template.patterns.values():
        context.note(f"  {pattern.name:<22} {pattern.summary}")
    return context.prompt("Pattern", flag="--pattern", default=_DEFAULT_PATTERN)


def _install(context: Context, created: "Created", when: str) -> bool:
    """Fetch the project's dependencies when asked to; whether nothing is left to fetch."""
    from rpkpy.project import scaffold
    from rpkpy.text import printable

    if not created.install:
        return True
    if when == "prompt":
        when = "false"
        commands = " && ".join(" ".join(step) for step in created.install)
        if context.interactive and context.confirm(f"Fetch dependencies now with `{commands}`?", flag="--install-deps"):
            when = "true"
    if when == "true":
        with context.progress("Fetching dependencies"):
            scaffold.install(created, environ=context.environ, say=lambda line: context.debug(printable(line)))
    return when == "true"


def _text(created: "Created", cwd: Path) -> str:
    from rpkpy.project import scaffold

    lines = [f"{_shown(created.directory, cwd)}/", *scaffold.tree(created.files)]
    return "\n".join(lines)


def _next_steps(created: "Created", template: "Template", cwd: Path, installed: bool) -> str:
    steps = [] if created.directory == cwd else [f"cd {shlex.quote(_shown(created.directory, cwd))}"]
    steps += [] if installed else [" ".join(step) for step in created.install]
    steps += ["rpkpy transform build", "rpkpy transform validate", "rpkpy transform test", "rpkpy transform deploy"]
    needs = "".join(f"It needs {need}.\n" for need in template.needs)
    title = f"Created {created.name}, a transform in {template.title}."
    return f"\n{title}\n{needs}\nNext:\n" + "\n".join(f"  {step}" for step in steps)


def _shown(directory: Path, cwd: Path) -> str:
    return str(directory.relative_to(cwd)) if directory.is_relative_to(cwd) else str(directory)
