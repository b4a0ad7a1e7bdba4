"""`rpkpy transform verify`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.signing.modules import Verified

EXAMPLES = """
rpkpy transform verify --key release.key.pub
rpkpy transform verify build/mask.wasm --key release.key.pub --signature mask.sig --format json
"""


def command(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The module; the project's by default.")] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="The public key: Ed25519, in PEM. Needed.")
    ] = None,
    signature: Annotated[
        str | None, typer.Option("--signature", metavar="FILE", help="The signature; MODULE.sig by default.")
    ] = None,
    format: FormatOption = "text",
) -> None:
    """Check that a module is the one that was signed with a key, and show what it was built from.

    Exits with 3 when there is no signature, or when it does not hold.
    """
    from rpkpy.project import probe
    from rpkpy.signing import keys, modules
    from rpkpy.wasm import file as files

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=modules.Verified)
        return
    if key is None:
        raise UsageError("With which key?", fix="Pass --key FILE, the public key of whoever signed the module.")
    public = keys.public(context.path(key))
    project = probe.find_project(context.cwd, file)
    path = context.path(file or (project.wasm_path if project else ""))
    content = files.read(path, file or path.name)
    envelope_path = context.path(signature) if signature else path.with_name(path.name + modules.SUFFIX)
    envelope = modules.read_signature(envelope_path, signature or envelope_path.name)
    found = modules.verify(content, path.name, envelope, public)
    emit(context, found, format, text=_text)


def _text(found: "Verified") -> str:
    from rpkpy.cli.facts import facts

    pairs = [("Module", found.module), ("SHA-256", found.sha256), ("Signed by", found.key)]
    return facts([*pairs, *((str(key), str(value)) for key, value in sorted(found.origin.items()))])
