"""What every reader of YAML here needs: a parser that quotes nothing, and which nodes stand as keys of a mapping."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruamel.yaml.events import Event


def parser(kind: str) -> Any:
    """A ruamel.yaml.YAML: `safe` for plain data, `rt` where comments and forms of writing are kept.

    YAML allows an anchor that stands twice. ruamel.yaml warns of it, on standard error, with the lines around both, and
    those may hold a password.
    """
    from ruamel.yaml import YAML

    yaml = YAML(typ=kind, pure=True)
    yaml.composer.warn_double_anchors = False
    return yaml


class KeyPositions:
    """Sees the events of a document in their order.

    YAML lets a list or a mapping be a key (`? [a, b]`). Python cannot hash those, and ruamel.yaml then raises a bare
    TypeError from its constructors, so whoever builds a document refuses such keys by the events first.
    """

    def __init__(self) -> None:
        # A collection each, the innermost last: whether its next node is a key. A list has none.
        self._key_next: list[bool | None] = []

    def is_key(self, event: "Event") -> bool:
        """Whether `event` is, or begins, a key. Call it once an event."""
        from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, MappingStartEvent, NodeEvent

        if isinstance(event, CollectionEndEvent):
            self._key_next.pop()
        if not isinstance(event, NodeEvent):
            return False
        key = bool(self._key_next and self._key_next[-1])
        if self._key_next and self._key_next[-1] is not None:
            self._key_next[-1] = not key
        if isinstance(event, CollectionStartEvent):
            self._key_next.append(True if isinstance(event, MappingStartEvent) else None)
        return key
