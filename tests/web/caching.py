"""A browser with a cache."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tests.web.test_page_cache import UNPACK

if TYPE_CHECKING:
    from tests.web.calls import Asking
    from tests.web.routes import Question


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes

    def without(self, number: int) -> tuple[int, bytes, bytes]:
        """The answer as it would be for any id and at any time."""
        head, body = (part.replace(b"%d" % number, b"ID") for part in (self.head, self.body))
        if b"content-encoding" in head:
            # The id is compressed too, and an answer for one reader ends with random padding.
            head, body = re.sub(rb"content-length: .*", b"", head), _PADDING.sub(b"", body)
        return self.status, re.sub(rb"date: .*", b"", head), body


class Browser:
    """Asks, and keeps answers in a cache."""

    def __init__(self, asking: Asking, cookie: str = "") -> None:
        self._asking = asking
        self._headers = {"Cookie": cookie} if cookie else {}
        self._kept: dict[tuple[str, str], tuple[str, bytes]] = {}

    async def ask(
        self, route: str, question: Question, encoding: str = "br", method: str = ""
    ) -> Answer:
        """The answer; its body is that from the cache where the wall says that it is the same."""
        method = method or route.partition(" ")[0].replace("*", "GET")
        headers = {**self._headers, "Accept-Encoding": encoding}
        tag, kept = self._kept.get((question.path, encoding), ("", b""))
        if tag:
            headers["If-None-Match"] = tag
        async with self._asking.request(
            method,
            question.path,
            data=question.form,
            json=question.json,
            headers=headers,
            allow_redirects=False,
            auto_decompress=False,
        ) as answer:
            body = await answer.read()
        head = b"\n".join(name.lower() + b": " + value for name, value in answer.raw_headers)
        if answer.status == 304:
            return Answer(200, head, kept)
        packed = answer.headers.get("Content-Encoding")
        body = UNPACK[packed](body) if packed and body else body
        if method == "GET" and "ETag" in answer.headers:
            self._kept[question.path, encoding] = answer.headers["ETag"], body
        return Answer(answer.status, head, body)


_PADDING = re.compile(rb"<!-- [0-9a-f]* -->$")
