"""The page as it is sent: who may do what, what is shown, and that nothing in it acts on the reader."""

import re
from contextlib import closing

import pytest

from rpkpy.host.page import render
from tests.host import guests
from tests.host.harness import Api, consume, eventually, produce, running_host
from tests.host.page.browsing import TOKEN, Page, Visitor
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

NASTY = "<script>alert(1)</script>\"'&\u202egnp/x?#%"
"""A name that a host takes: no control characters, but markup, quotes, a bidirectional override and path signs."""


@pytest.fixture(scope="module")
def topics(kafka: TestKafka) -> tuple[str, str]:
    return kafka.topic(), kafka.topic()


def deployed(api: Api, name: str, topics: tuple[str, str], body: str = guests.IDENTITY, **more: object) -> None:
    assert api.deploy(name, topics[0], [topics[1]], guests.wasm(body), **more).status_code == 200


def pages(name: str) -> list[tuple[str, dict[str, str]]]:
    return [("/", {}), ("/ui/transform", {"name": name}), ("/ui/playground", {"name": name}), ("/ui/sign-in", {})]


def test_it_shows_what_is_deployed(api: Api, visitor: Visitor, topics: tuple[str, str]) -> None:
    assert "Nothing is deployed" in visitor.page("/").text
    deployed(api, "first", topics)
    third = topics[1], topics[0]
    text = visitor.page("/").text
    assert f"input {topics[0]} first output {topics[1]}" in text
    assert "Partitions running" in text
    assert third[0] in visitor.page("/ui/transform", name="first").text
    assert visitor.get("/ui/transform", name="other").status_code == 404
    assert visitor.get("/ui/transform").status_code == 404


@pytest.mark.parametrize("signed_in", [False, True])
def test_nothing_in_it_acts_on_the_reader(api: Api, visitor: Visitor, topics: tuple[str, str], signed_in: bool) -> None:
    deployed(api, NASTY, topics, environment=[{"key": "K", "value": "</textarea><script>x</script>"}])
    if signed_in:
        assert visitor.sign_in().status_code == 303
    for path, params in pages(NASTY):
        answer = visitor.get(path, **params)
        assert answer.status_code == 200
        page = Page(answer.text)
        assert page.all("script") == [{"src": "/ui/static/page.js", "defer": None}]
        assert "\u202e" not in page.text
        for _, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            for name in ("src", "href", "action"):
                assert attributes.get(name, "/").startswith(("/", "#")), "everything is from here"  # type: ignore[union-attr]
        assert answer.headers["content-security-policy"] == render.CONTENT_SECURITY_POLICY
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert ("K=" in visitor.get("/ui/transform", name=NASTY).text) == signed_in, "values are for who is signed in"


def test_its_names_come_back_as_they_are(api: Api, visitor: Visitor, topics: tuple[str, str]) -> None:
    deployed(api, NASTY, topics)
    visitor.sign_in()
    links = {link["href"] for link in visitor.page("/").all("a")}
    (path,) = (link for link in links if link and link.startswith("/ui/transform?"))
    page = Page(visitor.get(path).text)
    assert page.field("name") == NASTY
    answer = visitor.send("/ui/pause", name=page.field("name"))
    assert answer.status_code == 303
    shown = visitor.get(answer.headers["location"])
    assert "is paused." in Page(shown.text).text
    assert "is paused." not in visitor.get(answer.headers["location"]).text, "a message is shown once"
    (item,) = api.listing()
    assert item["status"][0]["status"] == "inactive"


@pytest.mark.parametrize("path", ["/ui/pause", "/ui/resume", "/ui/patch", "/ui/playground", "/ui/sign-out"])
def test_nobody_changes_anything_without_signing_in(
    api: Api, visitor: Visitor, topics: tuple[str, str], path: str
) -> None:
    deployed(api, "safe", topics)
    fields = {"name": "safe", "environment": "", "compression": "gzip", "records": "x", "chosen": "safe"}
    answer = visitor.send(path, **fields)
    assert answer.status_code == 403
    visitor.sign_in()
    for csrf in ("", "x", visitor.csrf[:-1], visitor.csrf + "é"):
        assert visitor.send(path, **fields, csrf=csrf).status_code == 403
    own, visitor.url = visitor.url, "http://evil.example"
    assert visitor.send(path, **fields).status_code == 403, "another site's form"
    visitor.url = "null"
    assert visitor.send(path, **fields).status_code == 403
    visitor.url = own
    host = visitor.http.post(path, data={"csrf": visitor.csrf} | fields, headers={"host": "evil.example"})
    assert host.status_code == 403
    (item,) = api.listing()
    assert item["compression"] == "none"
    assert eventually(lambda: api.states("safe") == ["running"])
    assert visitor.csrf in visitor.get("/").text, "still signed in"


def test_signing_in_and_out(api: Api, visitor: Visitor) -> None:
    wrong = visitor.sign_in("wrong")
    assert (wrong.status_code, wrong.headers.get("set-cookie")) == (403, None)
    assert "That is not the token." in Page(wrong.text).text
    answer = visitor.sign_in(f" {TOKEN}\n")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie
    value = cookie.split("=", 1)[1].split(";")[0]
    for path, params in pages("none"):
        assert value not in visitor.get(path, **params).text, "scripts never see the session"
        assert TOKEN not in visitor.get(path, **params).text
    kept = dict(visitor.http.cookies)
    assert visitor.send("/ui/sign-out").status_code == 303
    visitor.http.cookies.update(kept)
    assert visitor.csrf not in visitor.get("/").text, "the session is over, whoever still has the cookie"


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/ui/transform?name=\r\nx: y", "javascript:x"],
)
def test_signing_in_leads_nowhere_else(visitor: Visitor, back: str) -> None:
    assert visitor.page("/ui/sign-in", back=back).field("back") == "/"
    answer = visitor.http.post("/ui/sign-in", data={"token": TOKEN, "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_signing_in_leads_back(visitor: Visitor) -> None:
    back = "/ui/transform?name=a%20b"
    answer = visitor.http.post("/ui/sign-in", data={"token": TOKEN, "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, back)


def test_a_patch(api: Api, visitor: Visitor, topics: tuple[str, str]) -> None:
    deployed(api, "patched", topics, environment=[{"key": "OLD", "value": "1"}])
    visitor.sign_in()
    environment = "A=1=2\r\n\r\nB= ü <b>\r\n"
    answer = visitor.send("/ui/patch", name="patched", environment=environment, compression="zstd")
    assert answer.status_code == 303
    (item,) = api.listing()
    assert item["environment"] == [{"key": "A", "value": "1=2"}, {"key": "B", "value": " ü <b>"}]
    assert item["compression"] == "zstd"
    for fields, said in (
        ({"environment": "no equals sign", "compression": "none"}, "Line 1 of the variables is not KEY=VALUE."),
        ({"environment": "", "compression": "rar"}, "The compression is none of those offered."),
        ({"environment": "REDPANDA_X=1", "compression": "none"}, "Invalid transform environment"),
    ):
        refused = visitor.send("/ui/patch", name="patched", **fields)
        assert refused.status_code == 400
        assert said in Page(refused.text).text
    assert visitor.send("/ui/patch", name="gone", environment="", compression="none").status_code == 404
    (after,) = api.listing()
    assert {**after, "status": None} == {**item, "status": None}


def test_forms_are_read_within_bounds(visitor: Visitor) -> None:
    visitor.sign_in()
    large = visitor.send("/ui/patch", name="x", environment="A=" + "x" * (1 << 20), compression="none")
    assert large.status_code == 413
    fields = {f"field{number}": "x" for number in range(100)}
    assert visitor.send("/ui/patch", **fields).status_code == 400
    headers = {"content-type": "multipart/form-data; boundary=b", "origin": visitor.url}
    for body in (b"--b\r\n\r\n\r\n--b--", b"junk", b""):
        answer = visitor.http.post("/ui/playground", content=body, headers=headers)
        assert answer.status_code in (400, 403), "no form, or one without its token"
    headers["content-type"] = "application/json"
    assert visitor.http.post("/ui/patch", content=b"{}", headers=headers).status_code == 403


def test_static_files_are_those_of_the_page(visitor: Visitor) -> None:
    for name, type in (("page.css", "text/css"), ("page.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        answer = visitor.get(f"/ui/static/{name}")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, type)
        assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg", "", answer.text), "nothing is from elsewhere"
    for name in ("..%2fsite.py", "%2e%2e/site.py", "site.py", ".", "page.css%00", "x" * 5_000):
        assert visitor.get(f"/ui/static/{name}").status_code == 404


def test_a_log_is_followed(api: Api, visitor: Visitor, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"log-{source}"
    deployed(api, name, (source, target), guests.LOG)
    produce(kafka.settings, source, ["a"])
    assert eventually(lambda: "uh-oh" in visitor.page("/ui/transform", name=name).text)
    first = visitor.get("/ui/logs", name=name).json()
    assert [(line["level"], line["text"]) for line in first["lines"]] == [("info", "hello"), ("warn", "uh-oh")]
    assert first["anew"]
    place = {"reading": str(first["reading"]), "after": str(first["after"])}
    produce(kafka.settings, source, ["b"])

    def more() -> dict[str, object] | None:
        seen: dict[str, object] = visitor.get("/ui/logs", name=name, **place).json()
        return seen if seen["lines"] else None

    second = eventually(more)
    assert second is not None
    assert not second["anew"]
    assert second["after"] > first["after"]
    again = visitor.get("/ui/logs", name=name, reading="999", after="999999").json()
    assert again["anew"], "another reading begins with what is there"
    assert len(again["lines"]) == 4
    assert visitor.get("/ui/logs", name="other").status_code == 404


def test_records_in_and_out_for_who_is_signed_in(api: Api, visitor: Visitor, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    deployed(api, "sampled", (source, target), guests.TRAP_ON_MARK)
    value = "<i>\x1b[31m\u202eevil</i>".encode() + b"\xff"
    produce(kafka.settings, source, [value])
    assert eventually(lambda: consume(kafka.settings, target))
    visitor.sign_in()
    assert "None yet" in visitor.page("/ui/transform", name="sampled").text, "nobody had looked"

    def seen() -> Page | None:
        produce(kafka.settings, source, [value], key=b"k\x00ey", headers=[("h", None)])
        page = visitor.page("/ui/transform", name="sampled")
        return page if "evil" in page.text else None

    page = eventually(seen)
    assert page is not None
    shown = page.text.count(r"<i>\x1b[31m\u202eevil</i>\xff")
    assert shown >= 2, "in and out"
    assert shown % 2 == 0
    assert r"key k\x00ey" in page.text
    assert "header h : null" in page.text
    assert "offset 0" not in page.text, "what passed before anybody looked"
    visitor.http.cookies.clear()
    assert "evil" not in visitor.get("/ui/transform", name="sampled").text


def test_without_a_token_nobody_signs_in(kafka: TestKafka) -> None:
    with running_host(kafka.settings) as api, closing(Visitor(api.url)) as visitor:
        assert "its page only shows" in visitor.page("/ui/sign-in").text
        for token in ("", "None", TOKEN):
            assert visitor.sign_in(token).status_code == 403
