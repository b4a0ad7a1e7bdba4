"""An API that stands under several versions: the newest that there is answers, lists come page after page."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from rpkpy.errors import UnreachableError
from rpkpy.redpanda.cloud.http import Answer, CloudHttp
from rpkpy.redpanda.cloud.session import Session

_MAX_PAGES = 100


class VersionedApi:
    """`api`, asked with the token of `session` under one of `versions` (newest first).

    The first that is answered with anything but 404 counts from then on.
    """

    def __init__(self, session: Session, api: CloudHttp, versions: Sequence[str]) -> None:
        self._session, self._api = session, api
        self._versions = list(versions)

    def ask(self, method: str, path: str, *, action: str, **kwargs: Any) -> Answer:
        """The answer to a request for `path`, which comes after the version; the newest one's 404 where all say so."""
        missing: Answer | None = None
        for version in self._versions:
            answer = self._session.request(
                self._api, method, f"/{version}{path}", action=action, accept=[HTTPStatus.NOT_FOUND], **kwargs
            )
            if answer.status != HTTPStatus.NOT_FOUND:
                self._versions = [version]
                return answer
            missing = missing or answer
        assert missing is not None  # noqa: S101  # there is a version
        return missing

    def pages(self, path: str, action: str) -> Iterator[Answer]:
        """The answers to a list, page after page; one 404 where no version has it. UnreachableError without an end."""
        token = ""
        for _ in range(_MAX_PAGES):
            answer = self.ask("GET", path + (f"?{urlencode({'page_token': token})}" if token else ""), action=action)
            yield answer
            following = answer.json(action).get("next_page_token") if answer.status != HTTPStatus.NOT_FOUND else None
            if not following:
                return
            if following == token:
                break
            token = str(following)
        raise UnreachableError(
            f"unable to {action}: the list does not end.",
            cause=f"{self._api.base_url} gave the same page again, or more than {_MAX_PAGES} pages.",
            fix="Try again later.",
        )
