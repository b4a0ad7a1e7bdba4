"""Several changes one after the other, and what is said where one fails."""

import pytest

from rpkpy.deployment.in_turn import Step, carry_out
from rpkpy.errors import AuthError, ExitCode, RefusedError


def fail() -> None:
    raise AuthError("no.", cause="Why.", fix="This.")


def test_each_is_said_once_it_is_done() -> None:
    done: list[str] = []
    steps = [Step(name, "paused", lambda name=name: done.append(name)) for name in "ab"]  # type: ignore[misc]
    said = carry_out(steps)
    assert done == []
    assert next(said) == 'transform "a" paused.'
    assert done == ["a"]
    assert list(said) == ['transform "b" paused.']


def test_one_that_fails_alone_says_what_it_said() -> None:
    with pytest.raises(AuthError) as caught:
        list(carry_out([Step("a", "paused", fail)]))
    assert (caught.value.message, caught.value.cause, caught.value.fix) == ("no.", "Why.", "This.")


def test_one_that_fails_among_others_ends_it() -> None:
    done: list[str] = []
    steps = [
        Step("a", "deployed", lambda: done.append("a")),
        Step("b", "deployed", fail),
        Step("c", "deleted", lambda: done.append("c")),
    ]
    with pytest.raises(AuthError) as caught:
        list(carry_out(steps))
    error = caught.value
    assert (done, error.exit_code) == (["a"], ExitCode.AUTH)
    assert error.message == "b: no."
    assert error.cause == "Why.\nDone: a deployed. Failed: b. Not tried: c."
    assert error.fix == "This.\nThe same command once more does the rest."


def test_the_first_and_the_last() -> None:
    def refuse() -> None:
        raise RefusedError("no.")

    with pytest.raises(RefusedError) as caught:
        list(carry_out([Step("a", "deployed", refuse), Step("b", "deployed", refuse)]))
    assert caught.value.cause == "Done: nothing. Failed: a. Not tried: b."
    assert caught.value.fix == "The same command once more does the rest."
