"""`rpkpy transform sign`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy transform sign --new-key release.key
rpkpy transform sign --key release.key
rpkpy transform sign build/mask.wasm --key release.key --signature mask.sig
"""

PASSWORD_VARIABLE = "RPKPY_SIGN_PASSWORD"  # noqa: S105  # where it is, not what it is


def command(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The module; the project's by default.")] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="The private key: Ed25519, in PEM (PKCS #8).")
    ] = None,
    new_key: Annotated[
        str | None,
        typer.Option("--new-key", metavar="FILE", help="Make a key pair, FILE and FILE.pub, and sign nothing."),
    ] = None,
    signature: Annotated[
        str | None, typer.Option("--signature", metavar="FILE", help="Where the signature goes; MODULE.sig by default.")
    ] = None,
) -> None:
    """Sign a module with a private key, so that a deployment can insist on it.

    The signature is a file beside the module; the module stays as it is. What it says of its origin is signed with it.
    RPKPY_SIGN_PASSWORD opens an encrypted key, and encrypts a new one.
    """
    from rpkpy.project import probe
    from rpkpy.signing import keys, modules
    from rpkpy.wasm import file as files

    context: Context = ctx.obj
    password = context.environ.get(PASSWORD_VARIABLE)
    if new_key is not None:
        if file is not None or key is not None:
            raise UsageError("--new-key makes keys and signs nothing.", fix="Sign with --key, in a second command.")
        public = keys.generate(context.path(new_key), password)
        context.note(f"The private key is {new_key}: keep it where only those who release can read it.")
        context.echo(f"{new_key}.pub  {keys.key_id(keys.public(public))}")
        return
    if key is None:
        raise UsageError("With which key?", fix="Pass --key FILE; --new-key FILE makes one.")
    project = probe.find_project(context.cwd, file)
    path = context.path(file or (project.wasm_path if project else ""))
    content = files.read(path, file or path.name)
    made = modules.sign(content, path.name, keys.private(context.path(key), password))
    target = context.path(signature) if signature else path.with_name(path.name + modules.SUFFIX)
    modules.write_signature(target, made)
    context.note(f"Signed {path.name}: {target.name}. Check it with rpkpy transform verify --key {key}.pub.")
