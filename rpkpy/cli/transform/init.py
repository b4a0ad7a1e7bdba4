"""`rpkpy transform init`."""

import shlex
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform import template_source
from rpkpy.cli.transform.template_source import TemplateOption
from rpkpy.errors import ProjectError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.project.scaffold import Created, Template

EXAMPLES = """
rpkpy transform init my-transform --language c --pattern masking
rpkpy transform init --language go
rpkpy transform patterns            # what --pattern may be
rpkpy transform init mine --template ./my-template --set team=billing
rpkpy transform init mine --template https://host/org/repo.git@v1.2#folder
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
    template: TemplateOption = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A value that the template asks for (repeatable)."),
    ] = None,
    values: Annotated[
        Path | None, typer.Option("--values", metavar="FILE", help="A TOML file of such values; --set goes before it.")
    ] = None,
    install_deps: Annotated[
        str, typer.Option("--install-deps", metavar="WHEN", help="Fetch dependencies: true, false, prompt.")
    ] = "prompt",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
    format: FormatOption = "text",
) -> None:
    """Create a project from a language's template and a pattern.

    Nothing is written when a file of the project is there already, unless --force is given. Of a --template that is not
    rpkpy's nothing is executed (docs/templates.md).
    """
    from rpkpy.project import scaffold

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=scaffold.Created)
        return
    if install_deps.lower() not in _INSTALL:
        raise UsageError(f'--install-deps cannot be "{install_deps}".', fix=f"Use one of {', '.join(_INSTALL)}.")
    folder = (context.cwd / (directory or "")).resolve()
    with template_source.opened(context, template) as source:
        key, chosen = _language(context, source.templates, language)
        created = scaffold.create(
            chosen,
            language=key,
            pattern=_pattern(context, chosen, pattern),
            directory=folder,
            name=name if name is not None else scaffold.name_from(folder.name) or "transform",
            force=force,
            given=template_source.values(context, chosen, set_ or (), values),
            origin=source.origin,
        )
    emit(context, created, format, text=lambda made: _text(made, context.cwd))
    template_source.say_what_is_not_run(context, chosen)
    installed = _install(context, created, install_deps.lower())
    if check_format(format) in ("text", "wide"):
        context.note(_next_steps(created, chosen, context.cwd, installed))


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

    if wanted is None and len(templates) == 1:
        return templates[0].languages[0], templates[0]
    keys = [key for template in templates for key in template.languages]
    if wanted is None:
        if context.interactive:
            for template in templates:
                context.note(f"  {', '.join(template.languages)}")
                context.note(
                    textwrap.fill(printable(template.makes), 80, initial_indent=_DEEP, subsequent_indent=_DEEP)
                )
        wanted = context.prompt("Language", flag=f"--language with one of {', '.join(keys)}")
    with suppress(ProjectError):  # an alias: `tinygo` is written as the key that rpk knows
        wanted = languages.find(wanted).keys[0]
    return wanted.lower(), scaffold.find(templates, wanted.lower())


def _pattern(context: Context, template: "Template", wanted: str | None) -> str:
    names = list(template.patterns)
    if wanted is not None:
        return wanted if wanted in names else wanted.lower()
    default = _DEFAULT_PATTERN if _DEFAULT_PATTERN in names else None
    if len(names) == 1 or (default and not context.interactive):
        return default or names[0]
    if context.interactive:
        for pattern in template.patterns.values():
            context.note(printable(f"  {pattern.name:<22} {pattern.summary}"))
    wanted = context.prompt("Pattern", flag=f"--pattern with one of {', '.join(names)}", default=default)
    return _pattern(context, template, wanted)


def _install(context: Context, created: "Created", when: str) -> bool:
    """Fetch the project's dependencies when asked to; whether nothing is left to fetch."""
    from rpkpy.project import scaffold

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
    return printable("\n".join(lines))


def _next_steps(created: "Created", template: "Template", cwd: Path, installed: bool) -> str:
    steps = [] if created.directory == cwd else [f"cd {shlex.quote(_shown(created.directory, cwd))}"]
    steps += [] if installed else [" ".join(step) for step in created.install]
    tested = any(file.parts[0] == "tests" for file in created.files)
    commands = ["build", "validate", *(["test"] if tested else []), "deploy"]
    steps += [f"rpkpy transform {command}" for command in commands]
    needs = "".join(f"It needs {need}.\n" for need in template.needs)
    title = f"Created {created.name}, a transform in {template.title}."
    return printable(f"\n{title}\n{needs}\nNext:\n" + "\n".join(f"  {step}" for step in steps))


def _shown(directory: Path, cwd: Path) -> str:
    return str(directory.relative_to(cwd)) if directory.is_relative_to(cwd) else str(directory)
