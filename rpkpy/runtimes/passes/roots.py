"""Keeps pointers where a conservative garbage collector finds them: on the shadow stack, while calls are made.

Compilers keep C's variables in wasm locals, which a collector that scans linear memory cannot see: what only a local
points to is freed under the hands of the function that uses it. This pass gives each function that calls towards the
collector a frame on the shadow stack, with a slot for each local that may hold a pointer and is used again after such a
call. Before the call the local is stored there, unless its slot has its value already. Values that wait on the operand
stack below a call's arguments get slots, too.

Slots are never cleared: what one held last may keep a dead object for a while, as with any conservative collector.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes import callgraph, flow
from rpkpy.runtimes.passes.code import (
    BLOCK,
    CALL,
    CALL_INDIRECT,
    END,
    GLOBAL_GET,
    GLOBAL_SET,
    I32_ADD,
    I32_CONST,
    I32_SUB,
    NO_RESULT,
    RETURN,
    VALUE_CODES,
    OpenModule,
    encode_s32,
    locals_end,
    read_u32,
)
from rpkpy.runtimes.passes.flow import LOCAL_GET, LOCAL_SET, LOCAL_TEE, Body, Instruction
from rpkpy.runtimes.passes.stackpad import stack_pointer
from rpkpy.runtimes.passes.stacks import Waiting, Walk
from rpkpy.wasm.binary import encode_u32
from rpkpy.wasm.module import FuncType

_STORES = {"i32": b"\x36\x02", "i64": b"\x37\x03"}
_SLOT_BYTES = {"i32": 4, "i64": 8}
_ALIGN = 16


@dataclass(frozen=True, slots=True)
class Rooted:
    """A module with its pointers on the shadow stack: `changed` of its `functions`, with `stores` and `frame_bytes`
    in all; `frames` by function."""

    wasm: bytes
    functions: int
    changed: int
    stores: int
    frames: dict[int, int]


def spill(wasm: bytes, collector: int) -> Rooted:
    """`wasm` with the pointers of all functions that may call the function `collector` on the shadow stack."""
    module = OpenModule(wasm)
    reaching = _reaching(module, collector)
    pointer = stack_pointer(module)
    tabled = {module.signature(f) for _, functions in module.elements() for f in functions if f in reaching}
    global_kinds = [entry.value for entry in module.parsed.globals]

    def signature(instruction: Instruction) -> FuncType:
        if instruction.opcode == CALL:
            return module.signature(instruction.operand)
        return module.types[instruction.operand]

    def collects(instruction: Instruction) -> bool:
        if instruction.opcode == CALL:
            return instruction.operand in reaching
        return module.types[instruction.operand] in tabled

    frames: dict[int, int] = {}
    stores = 0
    for number, body in enumerate(module.bodies):
        function = module.imported + number
        if function not in reaching or function == collector:
            continue
        kind = module.types[module.type_of[number]]
        parts = flow.read(body, kind.params)
        walk = Walk(body, parts, signature, module.types, kind.results, global_kinds)
        plan = _plan(parts, walk, len(kind.params), collects)
        if not plan.frame_bytes:
            continue
        frames[function] = plan.frame_bytes
        stores += plan.stores
        module.bodies[number] = _rewritten(body, parts, kind, plan, pointer)
    return Rooted(module.to_bytes(), len(module.bodies), len(frames), stores, frames)


def _reaching(module: OpenModule, goal: int) -> set[int]:
    """The functions from which `goal` may be called, itself included."""
    callers: dict[int, set[int]] = {}
    for caller, called in callgraph.callees(module).items():
        for function in called:
            callers.setdefault(function, set()).add(caller)
    found = {goal}
    left = [goal]
    while left:
        more = callers.get(left.pop(), set()) - found
        found |= more
        left += more
    return found


@dataclass(frozen=True, slots=True)
class _Plan:
    frame_bytes: int
    slots: dict[int, int]
    """Where in the frame each local's slot is."""
    before: dict[int, list[int]]
    """The locals to store before each call, by its index."""
    waiting: dict[int, tuple[int, str]]
    """Where in the frame to keep the result of an instruction, by its index, and the result's type."""

    @property
    def stores(self) -> int:
        return sum(map(len, self.before.values())) + len(self.waiting)


def _plan(parts: Body, walk: Walk, params: int, collects: Callable[[Instruction], bool]) -> _Plan:
    wanted = _bits(local for local, kind in enumerate(parts.kinds) if kind in _STORES)
    calls = any(i.opcode in (CALL, CALL_INDIRECT) and collects(i) for i in parts.code)
    if not calls:
        return _Plan(0, {}, {}, {})
    numbers = walk.numbers(params)
    waiting = walk.waiting(numbers, collects)
    needed = flow.live_after_calls(parts, wanted & ~numbers, collects)
    for call, locals_ in waiting.locals.items():
        needed[call] = needed.get(call, 0) | locals_
    before = _stores(parts, needed)
    frame_bytes = 0
    slots: dict[int, int] = {}
    for local in sorted({local for locals_ in before.values() for local in locals_}):
        size = _SLOT_BYTES[parts.kinds[local]]
        frame_bytes = (frame_bytes + size - 1) // size * size
        slots[local] = frame_bytes
        frame_bytes += size
    kept, frame_bytes = _kept(waiting, frame_bytes)
    return _Plan((frame_bytes + _ALIGN - 1) // _ALIGN * _ALIGN, slots, before, kept)


def _kept(waiting: Waiting, start: int) -> tuple[dict[int, tuple[int, str]], int]:
    """Places for the results that wait on the stack, one for each height, and where the frame ends."""
    start = (start + 7) // 8 * 8
    heights = {height: start + 8 * n for n, height in enumerate(sorted({h for h, _ in waiting.values.values()}))}
    kept = {index: (heights[height], kind) for index, (height, kind) in waiting.values.items()}
    return kept, start + 8 * len(heights) if heights else start


def _stores(parts: Body, needed: dict[int, int]) -> dict[int, list[int]]:
    """The locals to store before each call: those `needed` there whose slots may hold another value."""
    everything = -1
    stored = [everything] * len(parts.blocks)  # the locals whose slots are right at each block's start
    stored[0] = 0
    work = list(range(len(parts.blocks)))[::-1]

    def through(number: int, found: dict[int, list[int]] | None) -> tuple[int, int]:
        """What is right at the block's end, and at its worst moment inside it, which is what a handler can rely on."""
        block = parts.blocks[number]
        right = worst = stored[number]
        for index in range(block.first, block.last):
            instruction = parts.code[index]
            if instruction.opcode in (LOCAL_SET, LOCAL_TEE):
                right &= ~(1 << instruction.operand)
                worst &= right
            elif index in needed:
                if found is not None:
                    found[index] = _members(needed[index] & ~right)
                right |= needed[index]
        return right, worst

    while work:
        number = work.pop()
        block = parts.blocks[number]
        right, worst = through(number, None)
        for goal, state in (*((g, right) for g in block.next), *((g, worst) for g in block.handlers)):
            if stored[goal] & state != stored[goal]:
                stored[goal] &= state
                work.append(goal)
    found: dict[int, list[int]] = {}
    for number in range(len(parts.blocks)):
        if stored[number] != everything or number == 0:  # else it is never reached
            through(number, found)
    return {index: locals_ for index, locals_ in found.items() if locals_}


def _rewritten(body: bytes, parts: Body, kind: FuncType, plan: _Plan, pointer: int) -> bytes:
    """The body with its frame: taken on the way in, given back on every way out but an exception's."""
    if len(kind.results) > 1:
        raise BuildError("A runtime's function has several results.", fix="Compile it without multivalue.")
    frame = len(parts.kinds)
    scratch = {"i32": frame + 1, "i64": frame + 2}
    index = encode_u32(pointer)
    amount = bytes((I32_CONST,)) + encode_s32(plan.frame_bytes)
    taken = (
        *(bytes((GLOBAL_GET,)), index, amount, bytes((I32_SUB, LOCAL_TEE)), encode_u32(frame)),
        *(bytes((GLOBAL_SET,)), index),
    )
    get_frame = bytes((LOCAL_GET,)) + encode_u32(frame)
    given_back = get_frame + amount + bytes((I32_ADD, GLOBAL_SET)) + index
    start = locals_end(body)
    out = bytearray(_with_locals(body[:start]))
    for part in taken:
        out += part
    out += bytes((BLOCK, VALUE_CODES[kind.results[0]] if kind.results else NO_RESULT))
    copied = start
    for number, instruction in enumerate(parts.code):
        if number in plan.before:
            out += body[copied : instruction.start]
            copied = instruction.start
            for local in plan.before[number]:
                value = bytes((LOCAL_GET,)) + encode_u32(local)
                out += get_frame + value + _STORES[parts.kinds[local]] + encode_u32(plan.slots[local])
        if instruction.opcode == RETURN:
            out += body[copied : instruction.start] + given_back
            copied = instruction.start
        elif number in plan.waiting:
            place, value_kind = plan.waiting[number]
            temporary = encode_u32(scratch[value_kind])
            out += body[copied : instruction.end]
            copied = instruction.end
            out += bytes((LOCAL_SET,)) + temporary + get_frame + bytes((LOCAL_GET,)) + temporary
            out += _STORES[value_kind] + encode_u32(place) + bytes((LOCAL_GET,)) + temporary
    # the body's own end closes the block
    return bytes(out + body[copied:] + given_back + bytes((END,)))


def _with_locals(declared: bytes) -> bytes:
    """The declarations with three more locals: the frame's address, and room for an i32 and an i64."""
    groups, at = read_u32(declared, 0)
    return encode_u32(groups + 2) + declared[at:] + bytes((2, VALUE_CODES["i32"], 1, VALUE_CODES["i64"]))


def _bits(members: Iterable[int]) -> int:
    return sum(1 << member for member in members)


def _members(bits: int) -> list[int]:
    return [local for local in range(bits.bit_length()) if bits >> local & 1]
