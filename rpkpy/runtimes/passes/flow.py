"""The flow of control in a body: its instructions with their successors, in basic blocks, and which locals are live."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rpkpy.runtimes.passes.code import (
    BLOCK,
    CALL,
    CALL_INDIRECT,
    END,
    RETURN,
    TRY_TABLE,
    instructions,
    read_s32,
    read_u32,
)
from rpkpy.wasm.module import VALUE_TYPES

LOOP, IF, ELSE = 0x03, 0x04, 0x05
UNREACHABLE, THROW, THROW_REF = 0x00, 0x08, 0x0A
BR, BR_IF, BR_TABLE = 0x0C, 0x0D, 0x0E
LOCAL_GET, LOCAL_SET, LOCAL_TEE = 0x20, 0x21, 0x22
_OPENING = frozenset((BLOCK, LOOP, IF, TRY_TABLE))


@dataclass(slots=True)
class Instruction:
    """An instruction at body[start:end]; `operand` is its first index (local, label, function) where it has one."""

    opcode: int
    start: int
    end: int
    operand: int = -1


@dataclass(slots=True)
class Block:
    """Instructions `first` up to `last` (not included), and the blocks that may come after."""

    first: int
    last: int
    next: list[int] = field(default_factory=list)
    handlers: list[int] = field(default_factory=list)
    """Where an exception out of a call of this block may go."""


@dataclass(slots=True)
class Body:
    """A body taken apart; `kinds` are the types of its locals, parameters first."""

    kinds: list[str]
    code: list[Instruction]
    blocks: list[Block]


_WITH_INDEX = frozenset((CALL, CALL_INDIRECT, BR, BR_IF, LOCAL_GET, LOCAL_SET, LOCAL_TEE, THROW, 0x23, 0x24))


def local_kinds(body: bytes, params: tuple[str, ...]) -> list[str]:
    """The types of a body's locals, its parameters first."""
    kinds = list(params)
    groups, at = read_u32(body, 0)
    for _ in range(groups):
        count, at = read_u32(body, at)
        kinds += [VALUE_TYPES[body[at]]] * count
        at += 1
    return kinds


def read(body: bytes, params: tuple[str, ...]) -> Body:
    """Take `body`, whose function has `params`, apart."""
    code = [
        Instruction(opcode, start, end, read_u32(body, start + 1)[0] if opcode in _WITH_INDEX else -1)
        for opcode, start, end in instructions(body)
    ]
    return Body(local_kinds(body, params), code, _blocks(body, code))


def clauses(body: bytes, instruction: Instruction) -> list[tuple[int, int]]:
    """The kinds and labels of a try_table's clauses."""
    _, at = read_s32(body, instruction.start + 1)
    count, at = read_u32(body, at)
    found = []
    for _ in range(count):
        kind, at = body[at], at + 1
        if kind < 2:
            _, at = read_u32(body, at)
        label, at = read_u32(body, at)
        found.append((kind, label))
    return found


def labels(body: bytes, instruction: Instruction) -> list[int]:
    """The labels of a br_table."""
    count, at = read_u32(body, instruction.start + 1)
    found = []
    for _ in range(count + 1):
        label, at = read_u32(body, at)
        found.append(label)
    return found


def _blocks(body: bytes, code: list[Instruction]) -> list[Block]:
    ends, elses = _matches(code)
    # where each instruction goes that does not simply go on to the next one
    jumps: dict[int, list[int]] = {}
    open_frames = [-1]

    def target(label: int, depth: int | None = None) -> int:
        frame = open_frames[(len(open_frames) if depth is None else depth) - 1 - label]
        if frame == -1:
            return len(code)  # out of the function
        return frame if code[frame].opcode == LOOP else ends[frame]

    handlers: list[list[int]] = [[]]  # for each open frame: where an exception in it goes
    handler_of: list[list[int]] = []
    for index, instruction in enumerate(code):
        opcode = instruction.opcode
        handler_of.append(handlers[-1])
        if opcode in _OPENING:
            caught = handlers[-1]
            if opcode == TRY_TABLE:
                caught = [target(label) for _, label in clauses(body, instruction)[:1]]
            open_frames.append(index)
            handlers.append(caught)
            if opcode == IF:
                jumps[index] = [index + 1, elses.get(index, ends[index] - 1) + 1]
        elif opcode == ELSE:
            jumps[index] = [ends[open_frames[-1]]]
        elif opcode == END:
            open_frames.pop()
            handlers.pop()
        elif opcode == BR:
            jumps[index] = [target(instruction.operand)]
        elif opcode == BR_IF:
            jumps[index] = [index + 1, target(instruction.operand)]
        elif opcode == BR_TABLE:
            jumps[index] = sorted({target(label) for label in labels(body, instruction)})
        elif opcode in (THROW, THROW_REF):
            jumps[index] = list(handlers[-1])
        elif opcode in (RETURN, UNREACHABLE):
            jumps[index] = []
    leaders = {0, *(goal for goals in jumps.values() for goal in goals), *(index + 1 for index in jumps)}
    leaders |= {goal for goals in handler_of for goal in goals}
    # a block has one set of handlers
    leaders |= {index for index in range(1, len(code)) if handler_of[index] is not handler_of[index - 1]}
    starts = sorted(leader for leader in leaders if leader < len(code))
    number = {start: index for index, start in enumerate(starts)}
    blocks = []
    for first, last in zip(starts, [*starts[1:], len(code)], strict=True):
        goals = jumps.get(last - 1, [last])
        blocks.append(
            Block(
                first,
                last,
                [number[goal] for goal in goals if goal < len(code)],
                [number[goal] for goal in handler_of[first] if goal < len(code)],
            )
        )
    return blocks


def _matches(code: list[Instruction]) -> tuple[dict[int, int], dict[int, int]]:
    """Where each control instruction's `end` is, and each `if`'s `else`."""
    ends: dict[int, int] = {}
    elses: dict[int, int] = {}
    opened = [-1]
    for index, instruction in enumerate(code):
        if instruction.opcode in _OPENING:
            opened.append(index)
        elif instruction.opcode == ELSE:
            elses[opened[-1]] = index
        elif instruction.opcode == END:
            ends[opened.pop()] = index
    return ends, elses


def live_after_calls(body: Body, wanted: int, asked: Callable[[Instruction], bool]) -> dict[int, int]:
    """For each call for which `asked` says yes: the locals, of the set `wanted`, whose values are used after it.

    Sets of locals are numbers: bit n is local n.
    """
    uses, defines = [], []
    for block in body.blocks:
        used = defined = 0
        for instruction in body.code[block.first : block.last]:
            if instruction.opcode == LOCAL_GET:
                used |= 1 << instruction.operand & ~defined
            elif instruction.opcode in (LOCAL_SET, LOCAL_TEE):
                defined |= 1 << instruction.operand
        uses.append(used & wanted)
        defines.append(defined)
    before = [0] * len(body.blocks)  # live at each block's start
    earlier: list[set[int]] = [set() for _ in body.blocks]
    for index, block in enumerate(body.blocks):
        for goal in (*block.next, *block.handlers):
            earlier[goal].add(index)
    work = list(range(len(body.blocks)))
    while work:
        index = work.pop()
        block = body.blocks[index]
        after = caught = 0
        for goal in block.next:
            after |= before[goal]
        for goal in block.handlers:
            caught |= before[goal]
        # an exception may leave the block anywhere, so what its handler uses is live all through it
        live = uses[index] | (after & ~defines[index]) | caught
        if live != before[index]:
            before[index] = live
            work += earlier[index]
    found: dict[int, int] = {}
    for block in body.blocks:
        live = caught = 0
        for goal in block.next:
            live |= before[goal]
        for goal in block.handlers:
            caught |= before[goal]
        live |= caught
        for index in range(block.last - 1, block.first - 1, -1):
            instruction = body.code[index]
            if instruction.opcode == LOCAL_GET:
                live |= 1 << instruction.operand & wanted
            elif instruction.opcode in (LOCAL_SET, LOCAL_TEE):
                live &= ~(1 << instruction.operand) | caught
            elif instruction.opcode in (CALL, CALL_INDIRECT) and asked(instruction):
                found[index] = live
    return found
