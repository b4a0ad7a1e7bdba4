"""Several transforms changed one after the other; where one fails, which of them were and which were not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rpkpy.errors import RpkpyError

ONCE_MORE = "The same command once more does the rest."


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the transform `name`; `done` is what it is afterwards: deployed, deleted, paused."""

    name: str
    done: str
    act: Callable[[], None]

    def __str__(self) -> str:
        return f'transform "{self.name}" {self.done}.'


def carry_out(steps: Sequence[Step], rest: str = ONCE_MORE) -> Iterator[str]:
    """Take the steps, and say each once it is taken.

    What fails ends it; the error names what was done and what not, and says how the `rest` is done.
    """
    for at, step in enumerate(steps):
        try:
            step.act()
        except RpkpyError as error:
            if len(steps) > 1:
                _explain(error, steps, at, rest)
            raise
        yield str(step)


def _explain(error: RpkpyError, steps: Sequence[Step], at: int, rest: str) -> None:
    done, untried = steps[:at], steps[at + 1 :]
    state = [
        f"Done: {', '.join(f'{step.name} {step.done}' for step in done) or 'nothing'}.",
        f"Failed: {steps[at].name}.",
        f"Not tried: {', '.join(step.name for step in untried) or 'nothing'}.",
    ]
    error.message = f"{steps[at].name}: {error.message}"
    error.cause = "\n".join([*([error.cause] if error.cause else []), " ".join(state)])
    error.fix = "\n".join([*([error.fix] if error.fix else []), rest])
