"""Definitions as a registry gives them."""

from rpkpy.redpanda.registry.definitions import Definition
from rpkpy.redpanda.registry.schemas import Schema


def definition(kind: str, text: str, **imports: str) -> Definition:
    """A schema of id 7; `imports` by name."""
    return Definition(7, Schema(kind, text), tuple((name, Schema(kind, each)) for name, each in imports.items()))
