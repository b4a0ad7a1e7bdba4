"""A visitor of a host's page without a browser: cookies, forms, and what is in the HTML."""

from html.parser import HTMLParser
from typing import Any

import httpx  # noqa: TID253

TOKEN = "a-token-of-the-tests-0123456789"


class Page(HTMLParser):
    """The tags and texts of an answer."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        """What is to be read, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    def field(self, name: str) -> str:
        """The value of the first input with this name."""
        return next(value for each in self.all("input") if each.get("name") == name and (value := each.get("value")))


class Visitor:
    """Somebody at the page, who is signed in after `sign_in`."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.url = url
        self.csrf = ""

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def get(self, path: str, **params: str) -> httpx.Response:
        """The answer, whatever it is."""
        return self.http.get(path, params=params or None)

    def page(self, path: str, **params: str) -> Page:
        """The page of a 200."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    def send(self, path: str, files: Any = None, **fields: str) -> httpx.Response:
        """A form as a browser sends it, with the session's own csrf unless that is among the fields."""
        return self.http.post(path, data={"csrf": self.csrf} | fields, files=files, headers={"origin": self.url})

    def sign_in(self, token: str = TOKEN) -> httpx.Response:
        """Sign in; from then on forms are the session's own."""
        answer = self.http.post("/ui/sign-in", data={"token": token, "back": "/"}, headers={"origin": self.url})
        if answer.status_code == 303:
            self.csrf = self.page("/").field("csrf")
        return answer
