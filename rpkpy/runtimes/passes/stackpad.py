"""Makes an interpreter's own check for deep recursion hold for the engine's native stack too.

A broker gives a guest 64 KiB of native stack. What an interpreter sees and checks is the shadow stack in linear memory,
which may be nearly empty when the native one is full, because compilers keep most values in wasm locals: deep recursion
then traps instead of raising the language's own error. This pass makes the native stack visible, in one of two ways:

- A module that exports a function `rpkpy_native_stack` of type () -> i32 gets a global that counts the native bytes in
  use: every function that may recurse and has a large frame adds its frame on the way in and takes it off on every way
  out. Calls of that function become reads of the global, so that the interpreter's check can ask for it.
- In any other module such functions lower the shadow stack's pointer by so much that they take at least as much of the
  shadow stack as of the native one. It needs no change of the interpreter, but what it keeps on the shadow stack
  besides (alloca) then costs depth.

An interpreter that goes no deeper than N bytes then never uses more than N of native stack in its recursion; N is
chosen with room for what does not recurse, for host calls, and for engines whose frames are larger than the measured.

Changing a body changes its native frame, so frames are measured again until every one is covered. The largest
functions are left as they are and called through a small new function that does the counting: two more accesses to a
global in an interpreter's loop can double its frame.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes import callgraph, frames
from rpkpy.runtimes.passes.code import (
    BLOCK,
    CALL,
    END,
    GLOBAL_GET,
    GLOBAL_SET,
    I32_ADD,
    I32_CONST,
    I32_SUB,
    LOCAL_GET,
    NO_RESULT,
    RETURN,
    VALUE_CODES,
    OpenModule,
    encode_s32,
    instructions,
    locals_end,
    read_s32,
    read_u32,
)
from rpkpy.wasm.binary import encode_u32

# Smaller frames are left alone: such functions call larger ones before they recurse.
SMALL_FRAME_BYTES = 96
# From here on a function is called through another one instead of being changed.
LARGE_FRAME_BYTES = 400
# What that other function itself takes of the native stack.
_THROUGH_BYTES = 64
# The export by which a module asks for the count.
READER = "rpkpy_native_stack"
_MOST_ROUNDS = 8
_ALIGN = 16


@dataclass(frozen=True, slots=True)
class Padded:
    """A padded module: `recursive` functions of all, `padded` of them changed, `native` frames by function before."""

    wasm: bytes
    functions: int
    recursive: int
    padded: int
    native: Mapping[int, int]


def pad(
    wasm: bytes,
    measure: Callable[[bytes], Mapping[int, int]] = frames.measure,
    small: int = SMALL_FRAME_BYTES,
    counting: bool = True,
) -> Padded:
    """Pad `wasm` until every frame that `measure` finds is covered, but for frames of less than `small` bytes.

    Without `counting` the shadow stack is lowered even where the module exports `rpkpy_native_stack`: after a longjmp
    its pointer is right again, a count is not. BuildError when it takes too long.
    """
    native = dict(measure(wasm))
    calls = callgraph.callees(OpenModule(wasm))
    recursive = callgraph.recursive(calls)
    for _ in range(_MOST_ROUNDS):
        made, changed = apply(wasm, native, recursive, small, counting)
        after = measure(made)
        grown = {f: after[f] for f in native if after[f] > native[f] and after[f] >= small and f in recursive}
        if not grown:
            return Padded(made, len(calls), len(recursive), changed, native)
        native.update(grown)
    raise BuildError(
        "A runtime's stack frames keep growing while they are padded.",
        cause=f"{len(grown)} functions still grow after {_MOST_ROUNDS} rounds.",
        fix="Compile the runtime with less inlining, or report it.",
    )


@dataclass(frozen=True, slots=True)
class _Count:
    """Where the stack in use is kept (a global), and the instruction that says more is used, and less."""

    index: int
    more: int
    less: int
    reader: int | None = None

    def moved(self, operator: int, bytes_: int) -> bytes:
        index = encode_u32(self.index)
        amount = bytes((I32_CONST,)) + encode_s32(bytes_) + bytes((operator,))
        return bytes((GLOBAL_GET,)) + index + amount + bytes((GLOBAL_SET,)) + index

    def taken(self, bytes_: int) -> bytes:
        return self.moved(self.more, bytes_)

    def given_back(self, bytes_: int) -> bytes:
        return self.moved(self.less, bytes_)


def apply(
    wasm: bytes,
    native: Mapping[int, int],
    recursive: set[int],
    small: int = SMALL_FRAME_BYTES,
    counting: bool = True,
) -> tuple[bytes, int]:
    """`wasm` with the functions of `recursive` counting their `native` frames, and how many were changed."""
    module = OpenModule(wasm)
    pointer = stack_pointer(module)
    count = _count(module, pointer) if counting else _Count(pointer, I32_SUB, I32_ADD)
    through: dict[int, int] = {}
    changed = 0
    for number, body in enumerate(list(module.bodies)):
        function = module.imported + number
        frame = native.get(function, 0)
        if function not in recursive or frame < small:
            continue
        bytes_ = _rounded(frame if count.reader is not None else frame - shadow_bytes(body, pointer))
        if bytes_ <= 0:
            continue
        changed += 1
        if frame >= LARGE_FRAME_BYTES:
            through[function] = module.imported + len(module.bodies)
            module.bodies.append(_calling(module, function, count, bytes_ + _THROUGH_BYTES))
            module.type_of.append(module.type_of[number])
        else:
            module.bodies[number] = _padded(module, number, body, count, bytes_)
    own = len(module.bodies) - len(through)
    if through or count.reader is not None:
        module.bodies[:own] = [_redirected(body, through, count) for body in module.bodies[:own]]
        module.replace_elements(
            [
                (offset, [through.get(function, function) for function in segment])
                for offset, segment in module.elements()
            ]
        )
    return module.to_bytes(), changed


def _count(module: OpenModule, pointer: int) -> _Count:
    """A new global where the module asks for one, else the shadow stack's pointer, which grows downwards."""
    exports = (entry.index for entry in module.parsed.exports if entry.name == READER and entry.kind == "function")
    reader = next(exports, None)
    if reader is None:
        return _Count(pointer, I32_SUB, I32_ADD)
    index = len(module.parsed.globals)
    module.append_global()
    module.bodies[reader - module.imported] = encode_u32(0) + bytes((GLOBAL_GET,)) + encode_u32(index) + bytes((END,))
    return _Count(index, I32_ADD, I32_SUB, reader)


def stack_pointer(module: OpenModule) -> int:
    """The index of the global that LLVM keeps the shadow stack's top in: the first mutable i32 of the module's own."""
    imported = module.parsed.imported("global")
    for index, entry in enumerate(module.parsed.globals):
        if index >= imported and entry.mutable and entry.value == "i32":
            return index
    raise BuildError("The runtime has no stack pointer.", cause="It was not linked by LLVM's linker for WebAssembly.")


def shadow_bytes(body: bytes, pointer: int) -> int:
    """How much of the shadow stack a body takes. It begins with `global.get pointer; i32.const N; i32.sub`: LLVM's
    frame, and before it the one of the pass `roots`."""
    start = at = locals_end(body)
    head = bytes((GLOBAL_GET,)) + encode_u32(pointer) + bytes((I32_CONST,))
    taken = 0
    for _ in range(2):
        at = body.find(head, at, start + 400)
        if at < 0:
            break
        size, at = read_s32(body, at + len(head))
        if size > 0 and body[at] == I32_SUB:
            taken += size
    return taken


def _rounded(bytes_: int) -> int:
    return (bytes_ + _ALIGN - 1) // _ALIGN * _ALIGN


def _padded(module: OpenModule, number: int, body: bytes, count: _Count, bytes_: int) -> bytes:
    """The body in a block of its own, to whose end all leads but `return`, which gives the padding back itself."""
    results = module.types[module.type_of[number]].results
    if len(results) > 1:
        raise BuildError(f"The runtime's function {number} has several results.", fix="Compile it without multivalue.")
    kind = VALUE_CODES[results[0]] if results else NO_RESULT
    given_back = count.given_back(bytes_)
    start = locals_end(body)
    out = bytearray(body[:start]) + count.taken(bytes_) + bytes((BLOCK, kind))
    copied = start
    for opcode, at, _ in instructions(body):
        if opcode == RETURN:
            out += body[copied:at] + given_back
            copied = at
    # the body's own end closes the block
    return bytes(out + body[copied:] + given_back + bytes((END,)))


def _calling(module: OpenModule, function: int, count: _Count, bytes_: int) -> bytes:
    """A body that calls `function` with its own parameters, its frame counted meanwhile."""
    params = module.signature(function).params
    arguments = b"".join(bytes((LOCAL_GET,)) + encode_u32(index) for index in range(len(params)))
    call = arguments + bytes((CALL,)) + encode_u32(function)
    return encode_u32(0) + count.taken(bytes_) + call + count.given_back(bytes_) + bytes((END,))


def _redirected(body: bytes, through: Mapping[int, int], count: _Count) -> bytes:
    """The body with its direct calls going where `through` says, and reading the count in place of asking for it."""
    out = bytearray()
    copied = 0
    for opcode, at, end in instructions(body):
        if opcode == CALL:
            function, _ = read_u32(body, at + 1)
            if function in through:
                out += body[copied : at + 1] + encode_u32(through[function])
                copied = end
            elif function == count.reader:
                out += body[copied:at] + bytes((GLOBAL_GET,)) + encode_u32(count.index)
                copied = end
    return bytes(out + body[copied:])
