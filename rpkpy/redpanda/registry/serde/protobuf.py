"""Records by a Protobuf schema: the message as Protobuf's JSON.

The schema is compiled by the protoc that grpcio-tools carries, in a process of its own, for it is text from others.
"""

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rpkpy.errors import InvalidError, MissingExtraError, UsageError
from rpkpy.redpanda.registry.definitions import Definition
from rpkpy.redpanda.registry.serde import json_text
from rpkpy.redpanda.registry.serde.wire import indexes, unindexes

_MAIN = "rpkpy_schema.proto"
_COMPILE_TIMEOUT_S = 30.0
_MAX_JSON_DEPTH = 100
_MAX_NAME_CHARS = 256
"""Of a field or an enum's value: JSON repeats it where the record has two bytes."""


class ProtobufSerde:
    """Encodes and decodes by one schema. `message` is the full name of what is encoded; the only one needs none."""

    def __init__(self, definition: Definition, message: str) -> None:
        try:
            from google.protobuf import descriptor_pb2, descriptor_pool
        except ImportError as error:
            raise _missing() from error
        files = descriptor_pb2.FileDescriptorSet.FromString(_compiled(definition))
        self._pool = descriptor_pool.DescriptorPool()
        try:
            for each in files.file:
                _check_names(each)
                self._pool.Add(each)
        except TypeError as error:
            raise InvalidError("The Protobuf schema cannot be used.", cause=str(error)[:300]) from None
        (main,) = (each for each in files.file if each.name == _MAIN)
        self._paths = _paths(main.message_type, main.package)
        self._names = {path: name for name, path in self._paths.items()}
        if message and message not in self._paths:
            raise UsageError(f'Schema {definition.id} has no message "{message}".', cause=self._listed())
        self._message = message

    def decode(self, payload: bytes) -> bytes:
        """The payload as JSON. Raises InvalidError."""
        from google.protobuf import json_format
        from google.protobuf.message import DecodeError

        path, content = unindexes(payload)
        if path not in self._names:
            raise InvalidError(f"The schema has no message at {list(path)}.")
        message = self._new(self._names[path])
        try:
            message.ParseFromString(content)
            data = json_format.MessageToDict(message, descriptor_pool=self._pool)
            return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        except (DecodeError, json_format.Error, ValueError, TypeError, RecursionError) as error:
            raise InvalidError(f"It is no {self._names[path]}.", cause=str(error)[:300]) from None

    def encode(self, text: bytes) -> bytes:
        """JSON as a payload. Raises InvalidError, and UsageError where which message it is must be said."""
        from google.protobuf import json_format

        if not self._message and len(self._paths) != 1:
            raise UsageError("Which message of the schema it is must be said.", cause=self._listed())
        name = self._message or next(iter(self._paths))
        value = json_text.load(text)
        if not isinstance(value, dict):  # the library takes an empty array for an empty message
            raise InvalidError(f"It does not fit {name}.", cause="A message is an object.")
        try:
            message = json_format.ParseDict(
                value, self._new(name), descriptor_pool=self._pool, max_recursion_depth=_MAX_JSON_DEPTH
            )
            data: bytes = message.SerializeToString(deterministic=True)
        except (json_format.Error, ValueError, TypeError, RecursionError) as error:
            raise InvalidError(f"It does not fit {name}.", cause=str(error)[:300]) from None
        return indexes(self._paths[name]) + data

    def _new(self, name: str) -> Any:
        from google.protobuf import message_factory

        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))()

    def _listed(self) -> str:
        return f"It has {', '.join(sorted(self._paths))[:300] or 'none'}."


def _missing() -> MissingExtraError:
    return MissingExtraError("A Protobuf schema", "schema")


def _paths(messages: Any, within: str) -> dict[str, tuple[int, ...]]:
    """Where each message stands, by its full name."""
    found: dict[str, tuple[int, ...]] = {}
    for index, each in enumerate(messages):
        name = f"{within}.{each.name}" if within else each.name
        found[name] = (index,)
        if not each.options.map_entry:
            found |= {inner: (index, *path) for inner, path in _paths(each.nested_type, name).items()}
    return found


def _check_names(scope: Any) -> None:
    """Refuse what a few bytes could make megabytes of; `scope` is a file's or a message's descriptor."""
    nested = scope.message_type if hasattr(scope, "message_type") else scope.nested_type
    fields = () if hasattr(scope, "message_type") else scope.field
    names = [each.json_name for each in fields] + [value.name for kind in scope.enum_type for value in kind.value]
    if any(len(name) > _MAX_NAME_CHARS for name in names):
        raise InvalidError(f"The Protobuf schema has a name of more than {_MAX_NAME_CHARS} characters.")
    for each in nested:
        _check_names(each)


def _compiled(definition: Definition) -> bytes:
    """The schema and its imports as a FileDescriptorSet. Raises InvalidError, MissingExtraError."""
    if find_spec("grpc_tools") is None:
        raise _missing()
    with tempfile.TemporaryDirectory(prefix="rpkpy-schema-") as folder:
        root = Path(folder)
        sources = root / "sources"
        for name, schema in (*definition.imports, (_MAIN, definition.schema)):
            _write(sources, name, schema.text)
        result = root / "descriptors"
        command = [sys.executable, "-P", "-m", "grpc_tools.protoc", f"-I{sources}", "--include_imports"]
        try:
            run = subprocess.run(
                [*command, f"--descriptor_set_out={result}", _MAIN],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_COMPILE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InvalidError("The Protobuf schema takes too long to compile.") from None
        if run.returncode:
            said = run.stderr.decode("utf-8", "replace").replace(_MAIN, f"schema {definition.id}").strip()
            raise InvalidError("The Protobuf schema does not compile.", cause=said[:1000])
        return result.read_bytes()


def _write(root: Path, name: str, text: str) -> None:
    """Write a file that a schema imports by `name`, which must stay within `root`."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\x00" in part or "\\" in part for part in parts):
        raise InvalidError(f"The name {name[:200]!r} of a reference is not one that Protobuf can import.")
    path = root.joinpath(*parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except (OSError, UnicodeEncodeError) as error:
        raise InvalidError(f"The reference {name[:200]!r} cannot be written for protoc.", cause=str(error)) from None
