"""Row 7: write_record_with_options with any options: a record comes out exactly where the answer is no error.

Options are nothing, or 1, a zigzag varint and that many bytes of a topic's name. What is cut short traps, what is
anything else answers -2, a topic that is no output -3.
"""

from collections import Counter
from random import Random

from bench.soak.figures import Budget, Figures
from rpkpy.batches import varint
from rpkpy.engine import GuestTrap, Instance
from tests.engine.guest import batch, compile_guest, instance, replies, values

_TOPICS = ("one", "two")
_NAMES = (b"one", b"two", b"three", b"", b"o" * 249, b"o" * 250, b"one\0", b"on", b"\xff", b"a b")
# The record's value: the options' length in two bytes, the options, zeros. The guest writes `x` and replies the answer.
_CALL = """
  (i32.store (i32.const 160) (i32.const 0x00780201))
  (call $reply (call $write_record_with_options (i32.const 160) (i32.const 4)
    (i32.const 1029) (i32.load16_u (i32.const 1027))))"""
_VALUE_BYTES = 600


def _options(random: Random) -> bytes:
    options = bytearray()
    for _ in range(random.choice((0, 1, 1, 1, 2))):
        name = random.choice(_NAMES)
        options += b"\x01" + varint.zigzag(len(name)) + name
    for _ in range(random.choice((0, 0, 1, 2))):
        match random.randrange(3):
            case 0 if options:
                options[random.randrange(len(options))] = random.randrange(256)
            case 1 if options:
                del options[random.randrange(len(options)) :]
            case _:
                options += random.randbytes(random.randrange(1, 4))
    return bytes(options[:500])


def run(budget: Budget) -> Figures:
    """Each case is one call."""
    random = Random(budget.seed)  # noqa: S311
    module = compile_guest(_CALL)
    answers: Counter[str] = Counter()
    wrong = 0
    guest: Instance | None = None
    for _ in budget.rounds():
        options = _options(random)
        value = (len(options).to_bytes(2, "little") + options).ljust(_VALUE_BYTES, b"\0")
        if guest is None:
            guest = instance(module, topics=_TOPICS, metered=False)
            guest.start()
        try:
            output = guest.process(batch(value))
        except GuestTrap as trap:
            wrong += trap.code != "bad_options"
            answers["trap"] += 1
            guest.close()
            guest = None
            continue
        emitted = [[value for value in values(output, topic) if value == b"x"] for topic in (0, 1)]
        answer = replies(output)[-1]
        answers[str(answer)] += 1
        wrong += (answer > 0) != (sum(map(len, emitted)) == 1) or answer not in (4, -2, -3)
    if guest is not None:
        guest.close()
    cases = answers.total()
    shown = ", ".join(f"{count:,} x {answer}" for answer, count in answers.most_common())
    return Figures(
        cases,
        wrong == 0 and cases > 0,
        f"{cases:,} options ({shown}); nothing emitted where the answer is an error, {wrong} exceptions",
        {"wrong": wrong, **{f"answer_{answer}": count for answer, count in answers.items()}},
    )
