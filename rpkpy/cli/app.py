"""The command tree in Typer's terms: groups that load a command's module only when it is asked for."""

import importlib
import textwrap
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command as typer_command

from rpkpy.cli.commands import ROOT, Command, Group
from rpkpy.cli.context import Context
from rpkpy.cli.help import GLOBAL_OPTIONS, global_options_help, group_help
from rpkpy.cli.old_flags import OLD_FLAGS

_CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"]}
_GLOBAL_NAMES = frozenset({"config", "config_opt", "profile", "verbose", "no_color"})


def _setter(apply: Callable[[Context, Any], None]) -> Callable[..., Any]:
    def callback(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
        if value:
            apply(ctx.find_root().obj, value)
        return value

    return callback


def global_options() -> list[TyperOption]:
    """The options that every group and command takes, before or after its own (as rpk does)."""

    def config(context: Context, value: str) -> None:
        context.options.config = value

    def overrides(context: Context, value: tuple[str, ...]) -> None:
        for asked in ("list", "help"):
            if asked in value:
                from rpkpy.config import keys

                context.stdout.write(keys.listing() if asked == "list" else keys.details())
                raise typer.Exit
        context.options.overrides.extend(value)

    def profile(context: Context, value: str) -> None:
        context.options.profile = value

    def verbose(context: Context, value: int) -> None:
        context.options.verbose += value

    def no_color(context: Context, value: bool) -> None:
        context.options.no_color = value

    texts = {flags.split(", ")[-1]: text for flags, _, text in GLOBAL_OPTIONS}

    def option(*flags: str, apply: Callable[[Context, Any], None], **kwargs: Any) -> TyperOption:
        return TyperOption(
            param_decls=list(flags),
            callback=_setter(apply),
            expose_value=False,
            help=texts[flags[-1]],
            **kwargs,
        )

    def old(key: str) -> Callable[[Context, Any], None]:
        def apply(context: Context, value: Any) -> None:
            text = "true" if value is True else ",".join(value) if isinstance(value, tuple) else value
            context.options.overrides.insert(0, f"{key}={text}")  # any -X counts more

        return apply

    hidden = [
        TyperOption(
            param_decls=[flag],
            callback=_setter(old(key)),
            expose_value=False,
            hidden=True,
            **({"is_flag": True, "default": False} if switch else {"type": str, "multiple": True}),
        )
        for flag, key, switch in OLD_FLAGS
    ]
    return [
        *hidden,
        option("--config", apply=config, metavar="PATH", type=str),
        option("-X", "--config-opt", apply=overrides, metavar="KEY=VALUE", type=str, multiple=True, is_eager=True),
        option("--profile", apply=profile, metavar="NAME", type=str),
        option("-v", "--verbose", apply=verbose, count=True, default=0),
        option("--no-color", apply=no_color, is_flag=True, default=False),
    ]


class LeafCommand(TyperCommand):
    """A command whose help shows its examples first; takes the global options beside its own."""

    examples: str = ""
    optional_values: Mapping[str, str] = MappingProxyType({})
    """Options that may stand without a value, and the value that they have then."""
    attached_values: frozenset[str] = frozenset()
    """Those of them whose value follows an equals sign alone: what stands after a blank is an argument."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {flag for param in self.params for flag in param.opts}
        for option in global_options():
            # a command's own option of the same name wins (`topic consume -v` and the like)
            option.opts = [flag for flag in option.opts if flag not in own]
            if option.opts:
                self.params.append(option)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As ever, after the value of an option that stands without one is filled in."""
        given = [*args, "-"]
        filled = [
            f"{flag}={self.optional_values[flag]}"
            if flag in self.optional_values and (after.startswith("-") or flag in self.attached_values)
            else flag
            for flag, after in zip(args, given[1:], strict=True)
        ]
        return super().parse_args(ctx, filled)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Summary, examples, usage, arguments and options, global options."""
        text = textwrap.dedent(self.help or "").strip()
        formatter.write_text(text)
        formatter.write("\n")
        if self.examples:
            formatter.write("Examples:\n")
            formatter.write(textwrap.indent(textwrap.dedent(self.examples).strip(), "  ") + "\n\n")
        formatter.write(f"Usage:\n  {ctx.command_path} {' '.join(self.collect_usage_pieces(ctx))}\n")
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None or param.name in _GLOBAL_NAMES or param.name == "help":
                continue
            (arguments if param.param_type_name == "argument" else options).append(record)
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
        formatter.write("\n" + "\n".join(global_options_help()) + "\n")


class LazyGroup(TyperGroup):
    """A group over the registry; members are loaded by name."""

    def __init__(self, path: list[str], group: Group) -> None:
        super().__init__(
            name=path[-1] if path else "rpkpy",
            rich_markup_mode=None,
            context_settings=_CONTEXT_SETTINGS,
            params=global_options(),
            help=group.summary,
            no_args_is_help=True,
            commands=dict.fromkeys(group.members),  # type: ignore[arg-type]  # names alone, for suggestions
        )
        self.path = path
        self.group = group
        self.hidden = group.hidden

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the visible members."""
        return [name for name, member in self.group.members.items() if not member.hidden]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The member called `cmd_name`, loaded; None where there is none."""
        found = self.group.find(cmd_name)
        if found is None:
            return None
        name, member = found
        if isinstance(member, Group):
            return LazyGroup([*self.path, name], member)
        return load(name, member)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The group's help, from the registry."""
        formatter.write(group_help(self.path, self.group))


def load(name: str, member: Command) -> LeafCommand:
    """Import the command's module and make its Typer command."""
    module = importlib.import_module(member.module)
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    settings = _CONTEXT_SETTINGS | getattr(module, "CONTEXT_SETTINGS", {})
    app.command(name=name, cls=LeafCommand, context_settings=settings)(module.command)
    command = typer_command(app)
    assert isinstance(command, LeafCommand)  # noqa: S101  # Typer makes what cls names
    command.examples = getattr(module, "EXAMPLES", "")
    command.optional_values = getattr(module, "OPTIONAL_VALUES", {})
    command.attached_values = getattr(module, "ATTACHED_VALUES", frozenset())
    command.hidden = member.hidden
    command.short_help = member.summary
    return command


def root() -> LazyGroup:
    """The whole program."""
    return LazyGroup([], ROOT)
