"""Answers that are made for one request are compressed too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.owner import make_code, sign_in
from tests.web.calls import create
from tests.web.test_page_cache import UNPACK

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

LONG = "Who has seen the ginger cat with the blue collar? " * 30
LARGE = [
    "/?before=999",
    "/m/1",
    "/m/1/report",
    "/edit/1",
    "/search?q=cat",
    "/mine",
    "/privacy",
    "/api",
    "/api/openapi.json",
    "/api/messages.list?limit=100",
    "/api/messages.get?id=1",
    "/api/messages.search?q=cat",
    "/embed",
    "/embed/m/1",
    "/live",
    "/feed.atom",
    "/owner",
    # What is refused is a page too.
    "/nothing",
    "/m/999",
    "/search?q=-",
]


@pytest.mark.parametrize("encoding", UNPACK)
async def test_every_text_is_compressed_as_the_client_likes_it(
    client: Client, encoding: str
) -> None:
    await create(client, LONG)
    for path in LARGE:
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})
        packed = await client.get(
            path, headers={"Accept-Encoding": encoding}, auto_decompress=False
        )
        assert "Content-Encoding" not in plain.headers, path
        assert packed.headers.get("Content-Encoding") == encoding, path
        body, whole = await packed.read(), await plain.read()
        assert len(body) < len(whole), path
        assert int(packed.headers["Content-Length"]) == len(body), path
        assert UNPACK[encoding](body)[:400] == whole[:400], path
        for answer in (plain, packed):
            assert answer.headers.getall("Vary") == [answer.headers["Vary"]], path
            assert "Accept-Encoding" in answer.headers["Vary"], path


async def test_the_page_after_a_post_and_a_form_that_comes_back_are_compressed(
    client: Client,
) -> None:
    await create(client, LONG)
    for fields in ({"text": LONG}, {"text": ""}):
        answer = await client.post(
            "/messages", data=fields, headers={"Accept-Encoding": "br"}, auto_decompress=False
        )
        assert answer.headers["Content-Encoding"] == "br"
        assert b"ginger cat" in UNPACK["br"](await answer.read())


async def test_a_request_for_the_head_of_an_answer_gets_that_of_the_compressed_one(
    client: Client,
) -> None:
    await create(client, LONG)
    answer = await client.head("/m/1", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert await answer.read() == b""


async def test_a_short_answer_and_a_stream_stay_as_they_are(client: Client) -> None:
    headers = {"Accept-Encoding": "zstd, br, gzip"}
    for path in ("/healthz", "/api/messages.get?id=7"):
        answer = await client.get(path, headers=headers, auto_decompress=False)
        assert "Content-Encoding" not in answer.headers, path
    stream = await client.get("/api/messages.stream", headers=headers, auto_decompress=False)
    assert "Content-Encoding" not in stream.headers
    await create(client, "shown at once")
    async for line in stream.content:
        if b"shown at once" in line:
            break
    stream.close()


async def test_the_length_of_a_page_with_a_secret_says_nothing_of_it(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    lengths = set()
    for _ in range(30):
        answer = await client.get(
            "/owner", headers={"Accept-Encoding": "br"}, auto_decompress=False
        )
        assert answer.headers["Cache-Control"] == "no-store"
        lengths.add(len(await answer.read()))
    assert len(lengths) > 5
