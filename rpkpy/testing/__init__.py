"""Transforms under pytest: a driver in the shape of Kafka Streams' TopologyTestDriver, and a fixture that makes one.

    def test_an_email_is_masked(transform):
        transform.pipe_input('{"email":"jane.doe@example.com"}', key="c-1")
        assert transform.read_output().value == b'{"email":"****.com"}'

With rpkpy installed, pytest knows the fixture `transform` and the marker of the same name; see `rpkpy.testing.plugin`.
Nothing heavy is imported until a driver is made. docs/testing.md is the manual.
"""

from typing import TYPE_CHECKING, Any

from rpkpy.testing.driver import NoOutput, TransformDriver

if TYPE_CHECKING:
    from rpkpy.engine import GuestTrap

__all__ = ["GuestTrap", "NoOutput", "TransformDriver"]


def __getattr__(name: str) -> Any:
    if name == "GuestTrap":
        from rpkpy.engine import GuestTrap

        return GuestTrap
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
