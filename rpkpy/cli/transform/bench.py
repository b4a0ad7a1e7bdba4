"""`rpkpy transform bench`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform.circumstances import LimitsOption, MemoryLimitOption, SchemaRegistryFileOption

EXAMPLES = """
rpkpy transform bench
rpkpy transform bench --input production.jsonl --records 100000
rpkpy transform bench --compare before.wasm
rpkpy transform bench --max-fuel 400000 --max-memory 1MiB --format json
"""


def command(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The module; the project's by default.")] = None,
    input: Annotated[
        str | None,
        typer.Option("--input", metavar="FILE", help="Records (JSON lines); the project's samples by default."),
    ] = None,
    records: Annotated[
        int, typer.Option("--records", metavar="N", min=1, max=10_000_000, help="So many records, samples repeated.")
    ] = 1_000,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="OTHER.wasm", help="Measure this module beside it, in turns.")
    ] = None,
    max_fuel: Annotated[
        int | None, typer.Option("--max-fuel", metavar="N", min=0, help="Fail when any record uses more fuel.")
    ] = None,
    max_memory: Annotated[
        str | None, typer.Option("--max-memory", metavar="SIZE", help="Fail when memory grows beyond this: 1MiB.")
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option("--var", "--env", metavar="KEY=VALUE", help="Environment variable; repeat it for more."),
    ] = None,
    limits: LimitsOption = None,
    memory_limit: MemoryLimitOption = None,
    schema_registry_file: SchemaRegistryFileOption = None,
    format: FormatOption = "text",
) -> None:
    """Measure what each record costs: fuel, time, memory, and what is left of the broker's limits.

    Fuel and memory are the same whenever the same module gets the same records; times are this machine's.
    Exits with 3 when a record uses more than --max-fuel or memory grows beyond --max-memory.
    """
    from rpkpy.cli.transform import benched
    from rpkpy.project.gas.model import Result

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=Result)
        return
    asked = benched.Asked(
        file, input, records, compare, max_fuel, max_memory, var or [], limits, memory_limit, schema_registry_file
    )
    result = benched.run(context, asked)
    emit(context, result, format, text=benched.text)
    context.note(f"Limits: {result.limits_from}")
    benched.check(result)
