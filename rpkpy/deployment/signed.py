"""What a deployment with a key to verify insists on: a module signed with it."""

from pathlib import Path

from rpkpy.errors import RefusedError
from rpkpy.redpanda.module import Module
from rpkpy.signing import dsse, keys, modules


def require(module: Module, verify_key: str, signature: str | None, cwd: Path) -> None:
    """InvalidError unless `module` is signed with the public key in the file `verify_key`.

    The signature is at `signature`, a path or URL, or beside the module, where that came from. Raises UsageError for a
    key that is none.
    """
    key = keys.public(cwd / verify_key)
    modules.verify(module.read(), module.name, _signature(module.name, signature, cwd), key)


def _signature(name: str, signature: str | None, cwd: Path) -> bytes:
    from rpkpy.deployment import download

    shown = signature or _beside(name)
    if not download.is_url(shown):
        return modules.read_signature(cwd / shown, shown)
    try:
        return download.fetch(shown, max_bytes=dsse.MAX_BYTES)
    except RefusedError as error:
        raise modules.unsigned(shown) from error


def _beside(name: str) -> str:
    """Where the signature of the module at `name`, a path or URL, is: before a URL's query and fragment."""
    address, mark, query = name.partition("#")[0].partition("?")
    return f"{address}{modules.SUFFIX}{mark}{query}" if "://" in name else f"{name}{modules.SUFFIX}"
