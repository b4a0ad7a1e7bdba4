"""The language of prompts."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.config import prompt
from rpkpy.config.prompt import BadPrompt


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" ", ""),
        ("()", ""),
        (" ( ) ", ""),
        ('hi-red "[%p]"', "\x1b[91m[foo]\x1b[0m"),  # measured with rpk
        ('hi-white, bg-red,bold "%n"', "\x1b[97;41;1mfoo\x1b[0m"),
        ('"%n" bg-hi-blue faint underline invert', "\x1b[104;2;4;7mfoo\x1b[0m"),
        ('" %n "', " foo "),
        ('"100%%"', "100%"),
        (r'"\\\"%%n"', '\\"%n'),
        ("blue", "\x1b[34mfoo\x1b[0m"),
        ('("--") (green "%p")', "--\x1b[32mfoo\x1b[0m"),
        (r'("\)")', ")"),
        ('(")")', ")"),
    ],
)
def test_prompts(text: str, shown: str) -> None:
    assert prompt.render(text, "foo") == shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"\"blue\"", "invalid color"),
        ("purple", 'invalid color or attribute "purple"'),
        ('"a" "b"', "only one quoted text"),
        ('b"text"', 'invalid color or attribute "b"'),
        ('"%u"', "unknown escape %u"),
        ('red "x")', "unexpected parenthesis"),
        ('(red "x"', "closing parenthesis is missing"),
        ("() red", "outside of the parentheses"),
        ("((red))", "unexpected parenthesis"),
    ],
)
def test_prompts_that_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(BadPrompt) as caught:
        prompt.render(text, "foo")
    assert said in str(caught.value)


@given(st.text(alphabet='re d,"()%n\\p', max_size=20))
def test_any_text_is_a_prompt_or_refused(text: str) -> None:
    with contextlib.suppress(BadPrompt):
        assert isinstance(prompt.render(text, "foo"), str)
