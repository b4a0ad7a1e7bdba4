"""`rpkpy transform diff`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.cli.transform import deployment_options as options
from rpkpy.cli.transform.target import NameArgument
from rpkpy.errors import ExitCode

EXAMPLES = """
rpkpy transform diff
rpkpy transform diff --env production --exit-code
rpkpy transform diff mask --file mask.wasm -i customer -o customer_masked --format json
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    file: options.File = None,
    input_topic: options.InputTopic = None,
    output_topic: options.OutputTopic = None,
    var: options.Var = None,
    compression: options.Compression = "",
    on_error: options.OnError = "",
    dead_letter_topic: options.DeadLetterTopic = "",
    guarantee: options.Guarantee = "",
    partitioner: options.Partitioner = "",
    timestamps: options.Timestamps = "",
    env: options.Env = "",
    ignore_unsupported: options.IgnoreUnsupported = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", "--strict", help="Exit with 8 where something is known to differ.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Show how the project, with the flags over it, differs from what is deployed: what deploy would change.

    rpkpy's own host tells which module runs. Redpanda does not: then what this machine deployed last counts, for as
    long as nothing else has changed, and where it deployed nothing the module is unknown, which is no difference.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import deploy as deployment

    context: Context = ctx.obj
    if check_format(format) == "help":
        differing.show_shape(context, format)
        return
    host = options.host(on_error, dead_letter_topic, guarantee, partitioner, timestamps)
    flags = options.flags(options.require_name(name), input_topic, output_topic, var, compression, "", env, host)
    request = deployment.Request(flags, file, ignore_unsupported=ignore_unsupported)
    found = deployment.look(request, options.surroundings(context))
    differing.show(context, found, format)
    if exit_code and found.known_to_differ:
        raise typer.Exit(ExitCode.DRIFT)
