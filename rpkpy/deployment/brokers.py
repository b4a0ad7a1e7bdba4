"""The brokers of a deployment, connected to once and only where something is asked of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rpkpy.config.settings import KafkaSettings
from rpkpy.deployment import preflight
from rpkpy.errors import AuthError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin


class Brokers:
    """A connection that is made when it is first needed, and fails each time as it failed first."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: Admin | None = None
        self._error: UnreachableError | AuthError | None = None

    def admin(self) -> "Admin":
        """The admin client. Raises UnreachableError and AuthError."""
        if self._error is not None:
            raise self._error
        if self._admin is None:
            try:
                self._admin = preflight.connect(self._settings)
            except (UnreachableError, AuthError) as error:
                self._error = error
                raise
        return self._admin

    def kept_sha256(self, name: str, say: Callable[[str], None]) -> str | None:
        """The hash (hex) of the module that rpkpy's own host runs as `name`; None where no host of it keeps one.

        What fails is said and leaves it open.
        """
        from rpkpy.host import kept

        try:
            found = kept.find(self.admin(), name)
        except (UnreachableError, AuthError, RefusedError) as error:
            say(f"Whether rpkpy's host keeps the transform was not looked up: {error.message}")
            return None
        return found.module.sha256 if found is not None else None
