"""What each instruction takes from the operand stack and leaves there (core specification 2.0, chapter 3.3)."""

from collections.abc import Sequence

I32, I64, F32, F64 = "i32", "i64", "f32", "f64"

_SIMPLE: dict[int, tuple[Sequence[str], Sequence[str]]] = {}


def _add(first: int, last: int, takes: Sequence[str], leaves: Sequence[str]) -> None:
    for opcode in range(first, last + 1):
        _SIMPLE[opcode] = (tuple(takes), tuple(leaves))


_add(0x3F, 0x3F, (), (I32,))  # memory.size
_add(0x40, 0x40, (I32,), (I32,))  # memory.grow
for _first, _kind in ((0x41, I32), (0x42, I64), (0x43, F32), (0x44, F64)):
    _add(_first, _first, (), (_kind,))
_add(0x45, 0x45, (I32,), (I32,))
_add(0x46, 0x4F, (I32, I32), (I32,))
_add(0x50, 0x50, (I64,), (I32,))
_add(0x51, 0x5A, (I64, I64), (I32,))
_add(0x5B, 0x60, (F32, F32), (I32,))
_add(0x61, 0x66, (F64, F64), (I32,))
_add(0x67, 0x69, (I32,), (I32,))
_add(0x6A, 0x78, (I32, I32), (I32,))
_add(0x79, 0x7B, (I64,), (I64,))
_add(0x7C, 0x8A, (I64, I64), (I64,))
_add(0x8B, 0x91, (F32,), (F32,))
_add(0x92, 0x98, (F32, F32), (F32,))
_add(0x99, 0x9F, (F64,), (F64,))
_add(0xA0, 0xA6, (F64, F64), (F64,))
for _opcode, _takes, _leaves in (
    *(
        (0xA7, I64, I32),
        (0xA8, F32, I32),
        (0xA9, F32, I32),
        (0xAA, F64, I32),
        (0xAB, F64, I32),
        (0xAC, I32, I64),
        (0xAD, I32, I64),
    ),
    *(
        (0xAE, F32, I64),
        (0xAF, F32, I64),
        (0xB0, F64, I64),
        (0xB1, F64, I64),
        (0xB2, I32, F32),
        (0xB3, I32, F32),
        (0xB4, I64, F32),
    ),
    *(
        (0xB5, I64, F32),
        (0xB6, F64, F32),
        (0xB7, I32, F64),
        (0xB8, I32, F64),
        (0xB9, I64, F64),
        (0xBA, I64, F64),
        (0xBB, F32, F64),
    ),
    *((0xBC, F32, I32), (0xBD, F64, I64), (0xBE, I32, F32), (0xBF, I64, F64), (0xC0, I32, I32), (0xC1, I32, I32)),
    *((0xC2, I64, I64), (0xC3, I64, I64), (0xC4, I64, I64)),
):
    _add(_opcode, _opcode, (_takes,), (_leaves,))
# Loads: i32, i64, f32, f64, five narrow ones of i32, six of i64; then the stores.
for _opcode, _kind in enumerate((I32, I64, F32, F64, *(I32,) * 4, *(I64,) * 6), start=0x28):
    _add(_opcode, _opcode, (I32,), (_kind,))
for _opcode, _kind in enumerate((I32, I64, F32, F64, I32, I32, I64, I64, I64), start=0x36):
    _add(_opcode, _opcode, (I32, _kind), ())

# By the second number of the opcode 0xFC: saturating conversions, then bulk memory.
_FC: dict[int, tuple[Sequence[str], Sequence[str]]] = {
    **{n: ((F32 if n % 4 < 2 else F64,), (I32 if n < 4 else I64,)) for n in range(8)},
    **dict.fromkeys((8, 10, 11, 12, 14), ((I32, I32, I32), ())),
    **dict.fromkeys((9, 13), ((), ())),
}


def simple(opcode: int) -> tuple[Sequence[str], Sequence[str]] | None:
    """What an instruction takes and leaves whatever stands around it; None for the others."""
    return _SIMPLE.get(opcode)


def extended(number: int) -> tuple[Sequence[str], Sequence[str]]:
    """The same for the instructions of the opcode 0xFC. KeyError for those of tables that C does not use."""
    return _FC[number]
