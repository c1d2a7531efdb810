"""Headers and numbers that no browser sends are refused in our shape, before and in the views."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.web.calls import exchange

if TYPE_CHECKING:
    from tests.conftest import Client


# One wall for each test: all the paths are asked for on it.
PATHS = ("/", "/nowhere", "/api/nothing", "/m/1")
METHODS = ("GET", "POST", "PATCH")


@pytest.mark.parametrize("expected", [b"a\xff", b"private words", b"100-continue", b"x" * 8000])
async def test_an_expectation_that_cannot_be_met_is_refused_in_our_shape(
    client: Client, expected: bytes
) -> None:
    for line in (f"{method} {path}" for method in METHODS for path in PATHS):
        head, body = await exchange(
            client,
            f"{line} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n".encode()
            + b"Connection: close\r\nExpect: "
            + expected
            + b"\r\n\r\n",
        )
        if expected == b"100-continue":
            head, _, body = body.partition("\r\n\r\n")
        assert re.match(r"HTTP/1.1 (200|400|404|405) ", head), (line, head)
        assert "content-security-policy" in head.lower(), line
        assert "private words" not in body, line


TOO_LONG = "9" * 4400


NUMBERED = (
    ("GET", "/m/{}"),
    ("GET", "/embed/m/{}"),
    ("GET", "/m/{}/edit"),
    ("GET", "/embed/m/{}/edit"),
    ("GET", "/edit/{}"),
    ("POST", "/edit/{}"),
    *(
        ("POST", f"{base}/m/{{}}/{what}")
        for base in ("", "/embed")
        for what in ("edit", "delete", "reactions")
    ),
    ("GET", "/sitemap-{}.xml"),
    ("GET", "/?before={}"),
    ("GET", "/m/1?after={}"),
    ("GET", "/search?q=a&before={}"),
    ("GET", "/api/messages.get?id={}"),
    ("GET", "/api/messages.list?limit={}"),
    ("GET", "/api/messages.replies?id=1&after={}"),
    ("GET", "/api/messages.stream?after={}"),
)


@pytest.mark.parametrize("number", [TOO_LONG, "0" * 4400 + "1", "٣", "1" * 20, str(2**63)])
async def test_a_number_that_no_message_has_is_refused(client: Client, number: str) -> None:
    for method, path in NUMBERED:
        form = {"kind": "love", "key": "k" * 24, "text": "a"} if method == "POST" else None
        answer = await client.request(method, path.format(number), data=form, allow_redirects=False)
        assert 400 <= answer.status < 500, (path, answer.status)


@pytest.mark.parametrize(
    "content_type",
    [
        f"application/json; charset*{TOO_LONG}=x",
        'application/json; x="' + ";" * 8000,
        "application/json; " + "x" * 4000 + ";" * 4000,
        "application/json; charset=" + "a" * 4000,
        "application/json; charset=nonsense",
        "/",
        ";",
    ],
)
async def test_a_type_that_is_no_type_is_refused(client: Client, content_type: str) -> None:
    for path in ("/api/messages.create", "/messages"):
        answer = await client.post(path, data=b"{}", headers={"Content-Type": content_type})
        assert answer.status == 415
