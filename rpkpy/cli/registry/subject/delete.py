"""`rpkpy registry subject delete`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.target import fail_if, registry_of
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.registry.schemas import Deleted

EXAMPLES = """
rpkpy registry subject delete customer-value
rpkpy registry subject delete customer-value --permanent     # after the first
"""


def command(
    ctx: typer.Context,
    subjects: Annotated[list[str], typer.Argument(metavar="SUBJECT...", help="Names of subjects.")],
    permanent: Annotated[
        bool, typer.Option("--permanent", help="For good; they must have been deleted without this flag before.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Delete subjects with all their versions."""
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    outcomes = schemas.delete_subjects(registry_of(context), subjects, permanent=permanent)
    emit(context, outcomes, format, text=_text, shape=list[schemas.Deleted])
    fail_if(any(each.error for each in outcomes))


def _text(outcomes: "list[Deleted]") -> str:
    rows = [
        (each.subject, f"[{' '.join(map(str, each.versions_deleted or ()))}]", each.error or "") for each in outcomes
    ]
    return printable(table(("SUBJECT", "VERSIONS-DELETED", "ERROR"), rows))
