"""Parts of the page by themselves: sessions, the token's file, figures, charts, variables."""

import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import ConfigError, InvalidError
from rpkpy.host import page_token
from rpkpy.host.history import KEPT
from rpkpy.host.page.charts import chart, number, size
from rpkpy.host.page.forms import lines, variables
from rpkpy.host.page.sessions import Sessions, check_form
from rpkpy.host.rejection import Rejected


class Asked:
    """As much of a request as a session is found by."""

    class url:
        port = 1

    def __init__(self, cookie: str) -> None:
        self.cookies = {"rpkpy_page_1": cookie}


def test_sessions_end_and_their_number_is_bounded() -> None:
    now = [0.0]
    sessions = Sessions("t" * 20, lambda: now[0])
    first = sessions.sign_in("t" * 20)
    assert first is not None
    assert sessions.of(Asked(first.id)) is first  # type: ignore[arg-type]
    assert sessions.of(Asked("other")) is None  # type: ignore[arg-type]
    now[0] += 12 * 3600 + 1
    assert sessions.of(Asked(first.id)) is None  # type: ignore[arg-type]
    oldest = sessions.sign_in("t" * 20)
    assert oldest is not None
    for _ in range(64):
        last = sessions.sign_in("t" * 20)
    assert last is not None
    assert sessions.of(Asked(oldest.id)) is None  # type: ignore[arg-type]
    assert sessions.of(Asked(last.id)) is last  # type: ignore[arg-type]
    assert last.id != last.csrf
    for wrong in ("", "t" * 19, "t" * 21, "ü"):
        assert sessions.sign_in(wrong) is None


def test_a_form_is_its_sessions_own() -> None:
    sessions = Sessions("t" * 20)
    one, other = sessions.sign_in("t" * 20), sessions.sign_in("t" * 20)
    assert one is not None
    assert other is not None
    assert check_form(one, one.csrf) is one
    for csrf in (None, "", other.csrf, "ü", 5):
        with pytest.raises(Rejected):
            check_form(one, csrf)
    with pytest.raises(Rejected):
        check_form(None, one.csrf)


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "rpkpy"
    token, path = page_token.made(folder, pytest.fail)
    assert len(token) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert page_token.made(folder, pytest.fail) == (token, path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError):
        page_token.made(tmp_path / "file", pytest.fail)


def test_a_given_token(tmp_path: Path) -> None:
    warnings: list[str] = []
    path = tmp_path / "token"
    path.write_text("  0123456789abcdef\n")
    path.chmod(0o600)
    assert page_token.read(path, warnings.append) == "0123456789abcdef"
    assert warnings == []
    path.chmod(0o644)
    page_token.read(path, warnings.append)
    assert (len(warnings), "chmod 600" in warnings[0]) == (1, True)
    for content in (b"", b"short", b"x" * 2_000, b"0123456789\n0123456789abcdef", b"\xff" * 10 + b"\x00" * 10):
        path.write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            page_token.read(path, warnings.append)
        assert content.decode("utf-8", "replace").strip()[:8] not in str(caught.value) or len(content) < 8
    with pytest.raises(ConfigError):
        page_token.read(tmp_path / "none", warnings.append)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (7, "7"), (0.25, "0.25"), (99.6, "99.6"), (123.4, "123"), (999, "999"), (1000, "1k"), (12_345, "12.3k"),
     (999_600, "1M"), (4_560_000, "4.56M"), (8e9, "8G"), (1.5e13, "15T")],
)  # fmt: skip
def test_numbers(value: float, shown: str) -> None:
    assert number(value) == shown


def test_sizes() -> None:
    assert [size(value) for value in (0, 512, 1_536, 2 << 20, 3 << 30)] == ["0 B", "512 B", "1.5 KiB", "2 MiB", "3 GiB"]


@given(st.lists(st.floats(0, 1e15), max_size=KEPT), st.lists(st.floats(0, 1e15), max_size=KEPT))
def test_a_chart_is_well_formed_and_stays_inside(first: list[float], second: list[float]) -> None:
    image = ElementTree.fromstring(chart('a<"&>', ("in", first), ("out", second)))  # noqa: S314
    assert image.attrib["aria-label"].startswith('a<"&>, last 10 minutes.')
    for line in image:
        for point in line.attrib.get("points", "").split():
            x, y = map(float, point.split(","))
            assert -0.1 <= x <= 240.1
            assert 0 <= y <= 44


keys = st.text(st.characters(exclude_characters="=\r\n", exclude_categories=["Cs", "Cc", "Z"]), min_size=1)
values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))


@given(st.dictionaries(keys, values))
def test_variables_come_back(environment: dict[str, str]) -> None:
    assert variables(lines(environment).replace("\n", "\r\n")) == environment


def test_variables_that_are_none() -> None:
    for text in ("a", "=b", "a=1\nb"):
        with pytest.raises(InvalidError):
            variables(text)
