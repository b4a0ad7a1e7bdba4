"""What rpkpy's transform host keeps of a deployed transform beyond what its Admin API says, read from its topic."""

from typing import TYPE_CHECKING

from rpkpy.host import journal
from rpkpy.host.model import Transform, UnknownFormat, decode

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin

_TIMEOUT_S = 5.0


def find(admin: "Admin", name: str) -> Transform | None:
    """The transform as the host keeps it; None where no host of this cluster knows it, or a newer one wrote it.

    Nothing is created. Raises UnreachableError, AuthError or RefusedError.
    """
    if admin.metadata().topics.get(journal.TRANSFORMS) is None:
        return None
    value = journal.last_values(admin.settings, journal.TRANSFORMS, _TIMEOUT_S).get(name.encode())
    try:
        return decode(name, value) if value is not None else None
    except UnknownFormat:
        return None
