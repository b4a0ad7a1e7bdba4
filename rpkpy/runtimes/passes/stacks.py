"""Which values lie on the operand stack below the arguments of a call, and where they came from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes import flow, operands
from rpkpy.runtimes.passes.code import (
    BLOCK,
    CALL,
    CALL_INDIRECT,
    END,
    I32_ADD,
    I32_CONST,
    NO_RESULT,
    RETURN,
    TRY_TABLE,
    read_u32,
)
from rpkpy.runtimes.passes.flow import Body, Instruction
from rpkpy.wasm.module import VALUE_TYPES, FuncType

_DROP, _SELECT, _SELECT_TYPED, _GLOBAL_GET, _GLOBAL_SET = 0x1A, 0x1B, 0x1C, 0x23, 0x24
_NOP, _FC, _REF_NULL = 0x01, 0xFC, 0xD0
_AND, _OR, _XOR, _SUB = 0x71, 0x72, 0x73, 0x6B
_I32_LOAD, _I64_LOAD = 0x28, 0x29
_SELDOM_POINTERS = 1 << 16  # no heap lies below
# Arithmetic whose result may be a pointer when an operand is one; all other arithmetic makes plain numbers.
_KEEPS = frozenset((I32_ADD, _SUB, _AND, _OR, _XOR, 0x7C, 0x7D, 0x83, 0x84, 0x85, 0xA7, 0xAC, 0xAD))


@dataclass(frozen=True, slots=True)
class Value:
    """A value on the stack: its type, the instruction that left it there (at which height), whether it is a number and
    no pointer, the local it was read from (-1: none) and how often that had been set by then."""

    kind: str
    made_by: int
    height: int
    number: bool
    local: int = -1
    version: int = 0


@dataclass(slots=True)
class Waiting:
    """What waits on the stack while calls are made: `locals` by call, and values by the instruction that makes them."""

    locals: dict[int, int] = field(default_factory=dict)
    """For each call a set of locals (bit n: local n) whose values wait below the arguments, unchanged since."""
    values: dict[int, tuple[int, str]] = field(default_factory=dict)
    """For each instruction whose result must be kept elsewhere, too: the result's height on the stack and its type."""


@dataclass(slots=True)
class _Frame:
    opcode: int
    height: int
    results: Sequence[str]
    dead: bool = False


class Walk:
    """Walks through a body keeping the stack. `numbers` are the locals known to hold no pointers (bit n: local n)."""

    def __init__(
        self,
        body: bytes,
        parts: Body,
        signature: Callable[[Instruction], FuncType],
        types: Sequence[FuncType],
        results: Sequence[str],
        global_kinds: Sequence[str],
    ) -> None:
        self._body, self._parts = body, parts
        self._signature, self._types, self._results = signature, types, results
        self._globals = global_kinds

    def numbers(self, params: int) -> int:
        """The locals that never hold a pointer: all that is stored there are plain numbers."""
        known = ((1 << len(self._parts.kinds)) - 1) & ~((1 << params) - 1)
        while True:
            wrong = self._walk(known, lambda _: False, Waiting())
            if not wrong & known:
                return known
            known &= ~wrong

    def waiting(self, numbers: int, asked: Callable[[Instruction], bool]) -> Waiting:
        """What waits below the arguments of the calls for which `asked` says yes."""
        found = Waiting()
        self._walk(numbers, asked, found)
        return found

    def _walk(self, numbers: int, asked: Callable[[Instruction], bool], found: Waiting) -> int:
        """Returns the locals that something else than a plain number is stored to."""
        stack: list[Value] = []
        frames = [_Frame(BLOCK, 0, self._results)]
        versions = [0] * len(self._parts.kinds)
        pointers = 0
        for index, instruction in enumerate(self._parts.code):
            opcode = instruction.opcode
            frame = frames[-1]
            if opcode in (BLOCK, flow.LOOP, flow.IF, TRY_TABLE):
                if opcode == flow.IF and not frame.dead:
                    stack.pop()
                results = self._block_results(instruction)
                frames.append(_Frame(opcode, len(stack), results, frame.dead))
                if opcode == flow.LOOP:
                    # a local may be set before the loop's start is reached again
                    versions = [version + 1 for version in versions]
                continue
            if opcode in (flow.ELSE, END):
                del stack[frame.height :]
                dead_around = len(frames) > 1 and frames[-2].dead
                if opcode == flow.ELSE:
                    frame.dead = dead_around
                    continue
                frames.pop()
                if not dead_around:
                    self._push(stack, index, frame.results, number=False)
                continue
            if frame.dead:
                continue
            if opcode in (flow.LOCAL_SET, flow.LOCAL_TEE):
                local = instruction.operand
                value = stack.pop()
                versions[local] += 1
                if not value.number:
                    pointers |= 1 << local
                if opcode == flow.LOCAL_TEE:
                    number = value.number or bool(numbers >> local & 1)
                    stack.append(Value(value.kind, index, len(stack), number, local, versions[local]))
            elif opcode == flow.LOCAL_GET:
                local = instruction.operand
                number = bool(numbers >> local & 1)
                kind = self._parts.kinds[local]
                stack.append(Value(kind, index, len(stack), number, local, versions[local]))
            elif opcode in (CALL, CALL_INDIRECT):
                kind_of = self._signature(instruction)
                takes = len(kind_of.params) + (opcode == CALL_INDIRECT)
                del stack[len(stack) - takes :]
                if asked(instruction):
                    _note(stack, index, versions, found)
                self._push(stack, index, kind_of.results, number=False)
            else:
                self._plain(stack, index, instruction, frame)
        return pointers

    def _plain(self, stack: list[Value], index: int, instruction: Instruction, frame: _Frame) -> None:
        opcode = instruction.opcode
        if opcode in (flow.BR, flow.BR_TABLE, RETURN, flow.UNREACHABLE, flow.THROW, flow.THROW_REF):
            frame.dead = True
        elif opcode in (flow.BR_IF, _DROP, _GLOBAL_SET):
            stack.pop()
        elif opcode == _GLOBAL_GET:
            stack.append(Value(self._globals[instruction.operand], index, len(stack), True))
        elif opcode in (_SELECT, _SELECT_TYPED):
            stack.pop()
            second, first = stack.pop(), stack.pop()
            stack.append(Value(first.kind, index, len(stack), first.number and second.number))
        elif opcode == _REF_NULL:
            stack.append(Value("exnref", index, len(stack), True))
        elif opcode == _NOP:
            pass
        elif opcode == I32_CONST:
            stack.append(Value("i32", index, len(stack), True))
        else:
            self._arithmetic(stack, index, instruction)

    def _arithmetic(self, stack: list[Value], index: int, instruction: Instruction) -> None:
        opcode = instruction.opcode
        if opcode == _FC:
            takes, leaves = operands.extended(read_u32(self._body, instruction.start + 1)[0])
        else:
            known = operands.simple(opcode)
            if known is None:
                raise BuildError(f"A runtime uses the instruction 0x{opcode:02x}, which the passes do not know.")
            takes, leaves = known
        taken = stack[len(stack) - len(takes) :]
        del stack[len(stack) - len(takes) :]
        number = opcode not in (_I32_LOAD, _I64_LOAD)
        if opcode in _KEEPS:
            number = all(value.number for value in taken)
            if opcode == _AND and self._is_small_constant(index - 1):
                number = True
        self._push(stack, index, leaves, number=number)

    def _is_small_constant(self, index: int) -> bool:
        instruction = self._parts.code[index]
        if instruction.opcode != I32_CONST:
            return False
        # two bytes of LEB128 hold up to 13 bits and a sign
        return instruction.end - instruction.start <= 3 and not self._body[instruction.end - 1] & 0x40

    def _push(self, stack: list[Value], index: int, kinds: Sequence[str], *, number: bool) -> None:
        for kind in kinds:
            stack.append(Value(kind, index, len(stack), number or kind not in ("i32", "i64")))

    def _block_results(self, instruction: Instruction) -> Sequence[str]:
        byte = self._body[instruction.start + 1]
        if byte == NO_RESULT:
            return ()
        if byte in VALUE_TYPES:
            return (VALUE_TYPES[byte],)
        kind = self._types[read_u32(self._body, instruction.start + 1)[0]]
        if kind.params:
            raise BuildError("A runtime's block takes parameters.", fix="Compile it without multivalue.")
        return kind.results


def _note(stack: list[Value], call: int, versions: list[int], found: Waiting) -> None:
    for value in stack:
        if value.number:
            continue
        if value.local >= 0 and versions[value.local] == value.version:
            found.locals[call] = found.locals.get(call, 0) | 1 << value.local
        else:
            found.values[value.made_by] = (value.height, value.kind)
