"""The page in a real browser: by keyboard, for screen readers, in the dark, on a phone, and with hostile content."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium.webdriver import Keys  # noqa: TID253

from tests.host import guests
from tests.host.harness import Api, eventually, produce, values_of
from tests.host.page import chromium
from tests.host.page.browsing import TOKEN
from tests.host.page.chromium import Browser
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

NASTY = "<img src=x onerror=document.title='hacked'>\u202e"


@pytest.fixture(scope="module")
def tab(shared_api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.running(shared_api.url, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def browser(api: Api, tab: Browser) -> Iterator[Browser]:
    """The module's browser, as nobody has used it."""
    tab.driver.delete_all_cookies()
    tab.width(1280)
    tab.prefer(color_scheme="light", reduced_motion="no-preference")
    tab.complaints()
    yield tab
    assert tab.complaints() == []


@pytest.fixture
def name(api: Api, kafka: TestKafka) -> str:
    """A deployed transform that logs, with records behind it."""
    source, target = kafka.topic(2), kafka.topic()
    name = f"log-{source}"
    assert api.deploy(name, source, [target], guests.wasm(guests.LOG)).status_code == 200
    produce(kafka.settings, source, ["<b>one</b>", "two"])
    assert len(values_of(kafka.settings, target, 2)) == 2
    return name


def source_of(api: Api, name: str) -> str:
    (source,) = (item["input_topic"] for item in api.listing() if item["name"] == name)
    return str(source)


def every_page(name: str) -> list[str]:
    return ["/", page_of(name), "/ui/playground", "/ui/sign-in", page_of("none")]


def page_of(name: str) -> str:
    return f"/ui/transform?name={quote(name, safe='')}"


def tab_to(browser: Browser, text: str) -> None:
    """Press Tab until the focus is on what is called `text`; each place on the way is seen to have it."""
    for _ in range(40):
        browser.press(Keys.TAB)
        focused = browser.focused()
        style = browser.script(
            "const s = getComputedStyle(arguments[0]); return [s.outlineStyle, s.outlineWidth]", focused
        )
        assert style[0] != "none", focused.accessible_name
        assert style[1] != "0px", focused.accessible_name
        if focused.accessible_name == text:
            return
    raise AssertionError(f"no way to {text} by Tab")


def test_everything_can_be_done_by_keyboard(browser: Browser, api: Api, name: str) -> None:
    browser.open("/")
    browser.press(Keys.TAB)
    assert browser.focused().accessible_name == "Skip to the content"
    browser.press(Keys.ENTER)
    assert browser.focused().get_attribute("id") == "main"
    browser.open("/")
    tab_to(browser, "Sign in")
    browser.press(Keys.ENTER)
    assert browser.focused().accessible_name == "The page's token"
    browser.focused().send_keys(TOKEN, Keys.ENTER)
    assert eventually(lambda: "Sign out" in browser.text)
    tab_to(browser, name)
    browser.press(Keys.ENTER)
    assert eventually(lambda: browser.text_of("h1") == name)
    tab_to(browser, "Pause")
    browser.press(Keys.ENTER)
    assert eventually(lambda: f"{name} is paused." in browser.text)
    assert api.states(name) == ["inactive", "inactive"]
    tab_to(browser, "Variables, KEY=VALUE on each line")
    browser.focused().send_keys("A=1")
    tab_to(browser, "Compression of the output")
    browser.press("g")
    tab_to(browser, "Save")
    browser.press(Keys.ENTER)
    assert eventually(lambda: f"{name} is changed." in browser.text)
    (item,) = api.listing()
    assert (item["environment"], item["compression"]) == ([{"key": "A", "value": "1"}], "gzip")
    tab_to(browser, "Resume")
    browser.press(Keys.ENTER)
    assert eventually(lambda: api.states(name) == ["running", "running"])
    tab_to(browser, "Sign out")
    browser.press(Keys.ENTER)
    assert eventually(lambda: "Sign in" in browser.text)


def test_the_focus_walks_in_the_order_of_the_page(browser: Browser, name: str) -> None:
    browser.sign_in()
    for path in every_page(name):
        browser.open(path)
        browser.script("document.body.tabIndex = -1; document.body.focus()")  # where a visitor begins
        places = []
        for _ in range(60):
            browser.press(Keys.TAB)
            focused = browser.focused()
            if focused.tag_name == "body":
                break
            places.append(browser.script("return [...document.querySelectorAll('*')].indexOf(arguments[0])", focused))
        assert len(places) >= 5
        assert places == sorted(places), path
        assert (
            browser.script(
                'return document.querySelectorAll(\'[tabindex]:not([tabindex="0"]):not([tabindex="-1"])\').length'
            )
            == 0
        )


@pytest.mark.parametrize("signed_in", [False, True])
def test_screen_readers_find_their_way(browser: Browser, name: str, signed_in: bool) -> None:
    if signed_in:
        browser.sign_in()
    for path in every_page(name):
        browser.open(path)
        assert browser.one("html").get_attribute("lang") == "en"
        assert browser.driver.title.endswith("· rpkpy host")
        nodes = browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        roles: dict[str, list[str]] = {}
        for node in nodes:
            if not node["ignored"]:
                roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
        for landmark in ("banner", "main", "contentinfo", "navigation"):
            assert len(roles[landmark]) == 1, (path, landmark)
        for role in (
            "link",
            "button",
            "textbox",
            "combobox",
            "radio",
            "image",
            "img",
            "region",
            "log",
            "group",
        ):
            assert all(said.strip() for said in roles.get(role, ())), (path, role, "has a name")
        levels = [int(heading.tag_name[1]) for heading in browser.all("h1, h2, h3")]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        ids = browser.script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids))


def test_a_log_is_told_as_it_comes_and_bounded(browser: Browser, api: Api, kafka: TestKafka, name: str) -> None:
    browser.open(page_of(name))
    log = browser.one("#log")
    said = {key: log.get_attribute(key) for key in ("role", "aria-live", "aria-relevant")}
    assert said == {"role": "log", "aria-live": "polite", "aria-relevant": "additions"}
    assert eventually(lambda: len(browser.all("#log li")) == 4)
    produce(kafka.settings, source_of(api, name), ["three"])
    assert eventually(lambda: len(browser.all("#log li")) == 6), "without loading again"
    assert browser.one("#log") == log, "the same element: what is read aloud is what was added"
    produce(kafka.settings, source_of(api, name), ["x"] * 150)
    assert eventually(lambda: len(browser.all("#log li")) == 200)


def test_figures_are_kept_fresh_until_told_not_to(browser: Browser, api: Api, kafka: TestKafka, name: str) -> None:
    api.patch(name, is_paused=True)
    browser.open(page_of(name))

    def lag() -> str:
        return str(browser.script("return document.querySelector('#figures dd').textContent.trim()"))

    assert lag() == "0 records"
    produce(kafka.settings, source_of(api, name), ["x"] * 3)
    assert eventually(lambda: lag() == "3 records")
    button = browser.one("#live")
    assert (button.accessible_name, button.get_attribute("aria-pressed")) == ("Live", "true")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    asked = "return performance.getEntriesByType('resource').length"
    browser.script("performance.clearResourceTimings()")
    browser.driver.execute_async_script("setTimeout(arguments[0], 4000)")
    assert browser.script(asked) == 0, "nothing is asked while it is off"


def test_hostile_names_records_and_logs_do_nothing(browser: Browser, api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    shout = "\\3cscript\\3edocument.title=\\22hacked\\22\\3c/script\\3e"
    data = f'(data (i32.const 600) "{shout}")'
    log = (
        "(i32.store (i32.const 0) (i32.const 600)) (i32.store (i32.const 4) (i32.const 40))"
        "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
    )
    wasm = guests.wasm(f"{log} {guests.IDENTITY}", data)
    assert api.deploy(NASTY, source, [target], wasm).status_code == 200
    browser.sign_in()
    browser.open("/")
    browser.one(".flow a").click()
    assert eventually(lambda: r"\u202e" in browser.text_of("h1"))
    value = "<script>document.title='hacked'</script>\x1b[31m\u202e</code></bdi>"

    def shown() -> bool:
        produce(kafka.settings, source, [value])
        return "Out" in browser.text_of("#records") and "script" in browser.text_of("#log")

    assert eventually(shown)
    assert (
        browser.text_of("#records").count(r"<script>document.title='hacked'</script>\x1b[31m\u202e</code></bdi>") >= 2
    )
    assert browser.script("return document.querySelectorAll('main script, main img').length") == 0
    assert browser.driver.title.startswith("<img src=x")
    assert browser.script("return document.cookie") == "", "scripts do not see the session"


CONTRAST = r"""
const parse = text => {
  const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
  return [red, green, blue, alpha];
};
const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3])).concat(1);
const linear = value => value / 255 <= .04045 ? value / 255 / 12.92 : ((value / 255 + .055) / 1.055) ** 2.4;
const light = ([red, green, blue]) => .2126 * linear(red) + .7152 * linear(green) + .0722 * linear(blue);
const ground = element => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) layers.unshift(parse(getComputedStyle(e).backgroundColor));
  return layers.reduce((under, top) => over(top, under), [255, 255, 255, 1]);
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
  if (!text || !element.checkVisibility() || element.closest('.label, .skip, noscript, script, option')) continue;
  const under = ground(element), colour = over(parse(getComputedStyle(element).color), under);
  const [less, more] = [light(colour), light(under)].sort((one, other) => one - other);
  found.push([(more + .05) / (less + .05), text.slice(0, 40)]);
}
return found;
"""
"""Contrast of each visible text to what is behind it (WCAG 2's relative luminance), and its first letters."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, api: Api, kafka: TestKafka, name: str, scheme: str) -> None:
    broken = f"broken-{name}"
    assert (
        api.deploy(broken, source_of(api, name), [kafka.topic()], guests.wasm(guests.TRAP_ON_MARK)).status_code == 200
    )
    produce(kafka.settings, source_of(api, name), ["bad!"])
    assert eventually(lambda: "errored" in api.states(broken))
    browser.prefer(color_scheme=scheme)
    browser.sign_in()
    grounds = set()
    for path in [*every_page(name), page_of(broken)]:
        browser.open(path)
        texts = browser.script(CONTRAST)
        assert len(texts) >= 8
        assert [text for text in texts if text[0] < 4.5] == [], path
        grounds.add(browser.script("return getComputedStyle(document.body).backgroundColor"))
    assert grounds == ({"rgb(247, 247, 245)"} if scheme == "light" else {"rgb(19, 22, 25)"})


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_it_fits_the_window(browser: Browser, api: Api, kafka: TestKafka, name: str, width: int) -> None:
    long = "n" * 120
    wasm = guests.wasm()
    assert api.deploy(long, kafka.topic(), [kafka.topic() for _ in range(8)], wasm).status_code == 200
    browser.sign_in()
    browser.width(width)
    for path in [*every_page(name), page_of(long)]:
        browser.open(path)
        assert browser.script("return document.documentElement.scrollWidth") <= width, path
        if width <= 400:
            small = browser.script(
                "return [...document.querySelectorAll('button, .button, nav a, select')]"
                ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.textContent)"
            )
            assert small == [], "large enough to be hit"


def test_nothing_moves_for_who_wants_no_motion(browser: Browser, name: str) -> None:
    moving = "return getComputedStyle(document.querySelector('button, .button')).transitionDuration"
    browser.sign_in()
    browser.open("/")
    assert browser.script(moving) != "0s"
    browser.prefer(reduced_motion="reduce")
    assert browser.script(moving) == "0s"


def test_it_works_without_scripts(browser: Browser, api: Api, name: str) -> None:
    driver = browser.driver
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.sign_in()
        assert not browser.one("#live").is_displayed(), "what needs scripts is not shown"
        browser.open(page_of(name))
        assert "uh-oh" in browser.text_of("#log")
        browser.one(".head button").click()
        assert eventually(lambda: f"{name} is paused." in browser.text)
        assert api.states(name) == ["inactive", "inactive"]
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_playground(browser: Browser, name: str, tmp_path: Path) -> None:
    browser.sign_in()
    browser.open(f"/ui/playground?name={quote(name, safe='')}")
    assert browser.one("#chosen").get_attribute("value") == name
    browser.one("#records").send_keys("<b>a</b>\nb")
    browser.one("button.main").click()
    assert eventually(lambda: "2 of 2 records" in browser.text)
    assert browser.text_of("#result .out").count("<b>a</b>") == 1
    assert browser.one("#records").get_attribute("value") == "<b>a</b>\nb", "to be run again"
    module = tmp_path / "own.wasm"
    module.write_bytes(guests.wasm(guests.TRAP_ON_MARK))
    browser.one("#module").send_keys(str(module))
    browser.one("#records").clear()
    browser.one("#records").send_keys("fine\nbad!\nlate")
    browser.one("button.main").click()
    assert eventually(lambda: "The transform failed at the record with offset 1" in browser.text)
    assert browser.one("[role=alert]").is_displayed()
    assert "2 of 3 records" in browser.text


def test_what_a_policy_would_forbid_is_not_there(browser: Browser, name: str) -> None:
    """That complaints are seen at all: an inline script is put in, and the browser refuses it."""
    browser.open("/")
    browser.script(
        "const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s)"
    )
    assert browser.driver.title != "1"
    complaints: list[Any] = browser.complaints()
    assert "Content Security Policy" in json.dumps(complaints)
