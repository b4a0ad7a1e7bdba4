"""Takes exceptions out of a module: setjmp and longjmp, as LLVM compiles them, in core WebAssembly.

Brokers refuse modules with a tag section, and their engine has no exceptions. LLVM's setjmp and longjmp throw one tag,
whose i32 is never 0 (`-mllvm -wasm-enable-sjlj`), so a mutable global can stand for the exception that is on its way:
`throw` stores there, and after each call that may throw the global is looked at. Is it set, the code goes where the
next `try_table` around the call says, or returns zeros to a caller that looks, too. An exnref, which only travels from
`catch_all_ref` to `throw_ref`, becomes the i32 itself.
"""

from dataclasses import dataclass

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes import callgraph
from rpkpy.runtimes.passes.code import (
    BLOCK,
    CALL,
    CALL_INDIRECT,
    END,
    GLOBAL_GET,
    GLOBAL_SET,
    I32_CONST,
    NO_RESULT,
    RETURN,
    TRY_TABLE,
    VALUE_CODES,
    OpenModule,
    instructions,
    locals_end,
    read_s32,
    read_u32,
)
from rpkpy.wasm.binary import encode_u32
from rpkpy.wasm.module import FuncType

_LOOP, _IF = 0x03, 0x04
_THROW, _THROW_REF = 0x08, 0x0A
_BR, _BR_IF = 0x0C, 0x0D
_REF_NULL, _REF_IS_NULL = 0xD0, 0xD1
_I32, _EXNREF = 0x7F, 0x69
_TYPE, _TAG = 1, 13
_ZERO = {"i32": b"\x41\x00", "i64": b"\x42\x00", "f32": b"\x43" + bytes(4), "f64": b"\x44" + bytes(8)}
_CLEAR = bytes((I32_CONST, 0))


@dataclass(frozen=True, slots=True)
class Lowered:
    """A module without exceptions: `throwing` of its `functions` may throw, and `checks` calls are looked after."""

    wasm: bytes
    functions: int
    throwing: int
    checks: int


def lower(wasm: bytes) -> Lowered:
    """`wasm` without exceptions. BuildError for exceptions that are not LLVM's setjmp and longjmp."""
    module = OpenModule(wasm)
    if [tag.params for tag in module.parsed.tags] != [("i32",)]:
        raise BuildError(
            "A runtime's exceptions cannot be taken out.",
            cause=f"It has {len(module.parsed.tags)} tags; C's longjmp is one, of an i32.",
            fix="Compile C with -mllvm -wasm-enable-sjlj and no C++ exceptions.",
        )
    _retype(module)
    throwing, throwing_types = _may_throw(module)
    exception = len(module.parsed.globals)
    module.append_global()
    checks = 0
    for number, body in enumerate(module.bodies):
        if module.imported + number in throwing:
            rewriter = _Rewriter(module, number, exception, throwing, throwing_types)
            module.bodies[number] = rewriter.rewritten(body)
            checks += rewriter.checks
    module.remove(_TAG)
    return Lowered(module.to_bytes(), len(module.bodies), len(throwing), checks)


def _retype(module: OpenModule) -> None:
    """Make exnref i32 in the function types."""
    if not any("exnref" in kind.params + kind.results for kind in module.types):
        return

    def plain(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple("i32" if value == "exnref" else value for value in values)

    module.types[:] = [FuncType(plain(kind.params), plain(kind.results)) for kind in module.types]
    out = bytearray(encode_u32(len(module.types)))
    for kind in module.types:
        out.append(0x60)
        for values in (kind.params, kind.results):
            out += encode_u32(len(values)) + bytes(VALUE_CODES[value] for value in values)
    module.replace(_TYPE, bytes(out))


def _may_throw(module: OpenModule) -> tuple[set[int], set[FuncType]]:
    """The functions that may throw or call one that may, and the types under which a table holds one of them."""
    calls = callgraph.callees(module)
    callers: dict[int, set[int]] = {}
    for caller, called in calls.items():
        for function in called:
            callers.setdefault(function, set()).add(caller)
    left = [
        module.imported + number
        for number, body in enumerate(module.bodies)
        if any(opcode in (_THROW, _THROW_REF) for opcode, _, _ in instructions(body))
    ]
    found = set(left)
    while left:
        more = callers.get(left.pop(), set()) - found
        found |= more
        left += more
    tabled = {function for _, functions in module.elements() for function in functions}
    return found, {module.signature(function) for function in found & tabled}


class _Rewriter:
    """Rewrites one body. `_frames` are the control frames open at the point that is read: for a `try_table` the kind
    and label of its first clause, which with one tag catches everything; None for the others, the function included."""

    def __init__(
        self, module: OpenModule, number: int, exception: int, throwing: set[int], throwing_types: set[FuncType]
    ) -> None:
        self.checks = 0
        self._module = module
        self._results = module.types[module.type_of[number]].results
        self._throwing, self._throwing_types = throwing, throwing_types
        self._get = bytes((GLOBAL_GET,)) + encode_u32(exception)
        self._set = bytes((GLOBAL_SET,)) + encode_u32(exception)
        self._frames: list[tuple[int, int] | None] = [None]

    def rewritten(self, body: bytes) -> bytes:
        """The body without exceptions."""
        start = locals_end(body)
        out = bytearray(_plain_locals(body[:start]))
        for opcode, at, end in instructions(body):
            instruction = body[at:end]
            if opcode == TRY_TABLE:
                kind_at = read_s32(body, at + 1)[1]
                self._frames.append(_first_clause(body, kind_at))
                out += bytes((BLOCK,)) + _plain_kind(body[at + 1 : kind_at])
            elif opcode in (BLOCK, _LOOP, _IF):
                self._frames.append(None)
                out += bytes((opcode,)) + _plain_kind(instruction[1:])
            elif opcode in (_THROW, _THROW_REF):
                out += self._set + self._escape(0)
            elif opcode == _REF_NULL and instruction[1] == _EXNREF:
                out += _CLEAR
            elif opcode == _REF_IS_NULL:
                raise BuildError("A runtime asks whether an exception is null, which LLVM's longjmp does not.")
            else:
                if opcode == END:
                    self._frames.pop()
                out += instruction
                if self._calls_a_throwing(opcode, body, at):
                    self.checks += 1
                    out += self._check()
        return bytes(out)

    def _calls_a_throwing(self, opcode: int, body: bytes, at: int) -> bool:
        if opcode == CALL:
            return read_u32(body, at + 1)[0] in self._throwing
        return opcode == CALL_INDIRECT and self._module.types[read_u32(body, at + 1)[0]] in self._throwing_types

    def _check(self) -> bytes:
        if self._handler() is None and not self._results:
            return self._get + bytes((_BR_IF,)) + encode_u32(len(self._frames) - 1)
        return self._get + bytes((_IF, NO_RESULT)) + self._escape(1) + bytes((END,))

    def _handler(self) -> int | None:
        """The innermost frame that catches."""
        return next((i for i in reversed(range(len(self._frames))) if self._frames[i] is not None), None)

    def _escape(self, opened: int) -> bytes:
        """Instructions that go where the exception leads, from inside `opened` frames of our own."""
        index = self._handler()
        if index is None:
            return b"".join(_ZERO[value] for value in self._results) + bytes((RETURN,))
        clause = self._frames[index]
        assert clause is not None  # noqa: S101
        kind, label = clause
        # what the clause passes on: catch the i32, catch_ref it and the exnref, catch_all nothing, catch_all_ref that
        passed = self._get * (1, 2, 0, 1)[kind]
        depth = len(self._frames) - index + label + opened
        return passed + _CLEAR + self._set + bytes((_BR,)) + encode_u32(depth)


def _first_clause(body: bytes, at: int) -> tuple[int, int] | None:
    count, at = read_u32(body, at)
    if not count:
        return None
    kind = body[at]
    if kind < 2:
        _, at = read_u32(body, at + 1)
        return kind, read_u32(body, at)[0]
    return kind, read_u32(body, at + 1)[0]


def _plain_kind(kind: bytes) -> bytes:
    return bytes((_I32,)) if kind == bytes((_EXNREF,)) else kind


def _plain_locals(declared: bytes) -> bytes:
    groups, at = read_u32(declared, 0)
    out = bytearray(encode_u32(groups))
    for _ in range(groups):
        count, at = read_u32(declared, at)
        out += encode_u32(count) + bytes((_I32 if declared[at] == _EXNREF else declared[at],))
        at += 1
    return bytes(out)
