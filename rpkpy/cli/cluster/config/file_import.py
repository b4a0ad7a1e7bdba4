"""A file of properties made the cluster's: what `import` and `edit` do."""

from typing import TYPE_CHECKING, Any

from rpkpy.cli.cluster.target import apply, shown
from rpkpy.cli.context import Context
from rpkpy.cli.render import emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.config.yaml_file import Section
    from rpkpy.redpanda.cluster_config import ClusterAdmin, Property
    from rpkpy.redpanda.config_file import Delta


def import_section(
    context: Context,
    admin: "ClusterAdmin",
    schema: "dict[str, Property]",
    section: "Section",
    *,
    values: dict[str, Any] | None = None,
    everything: bool,
    dry: bool = False,
    format: str = "text",
) -> None:
    """Show what the file changes and change it. `values`, all properties now, are asked for where they are None."""
    from rpkpy.redpanda import config_file

    deltas, changes = config_file.changes(
        schema,
        admin.properties() if values is None else values,
        admin.changed(),
        dict(section.data),
        everything=everything,
    )
    if not changes:
        context.note("No changes were made: the cluster is as the file says.")
        return

    def text(deltas: "list[Delta]") -> str:
        rows = [(each.property, shown(each.prior), shown(each.new)) for each in deltas]
        return printable(table(("PROPERTY", "PRIOR", "NEW"), rows))

    if dry:
        emit(context, deltas, format, text=text, shape=list[config_file.Delta])
        return
    context.note(text(deltas))
    apply(context, admin, changes, format)
