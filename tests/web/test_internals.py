"""What stena/web/internals relies on in aiohttp beyond its documentation.

A failure here after an update of aiohttp names what to read before the update is taken.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from tests.web.calls import create
from tests.web.events import listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.conftest import Client

SENT_RAW = ("/", "/api/messages.list", "/static/wall.css", "/feed.json")


@asynccontextmanager
async def connected(
    client: Client,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


def request(client: Client, method: str, path: str, *headers: str, body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {client.host}:{client.port}", *headers, "", body]
    return "\r\n".join(lines).encode()


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """The next whole response on a connection: its status, headers and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers.get("Content-Length", "0")))
    return int(status.split()[1]), headers, body


async def test_prepared_responses_follow_each_other_whole_on_one_connection(client: Client) -> None:
    await create(client, "words")
    async with connected(client) as (reader, writer):
        # Pipelined: all are asked for before the first one is read.
        writer.write(b"".join(request(client, "GET", path) for path in SENT_RAW * 2))
        for path in SENT_RAW * 2:
            status, headers, body = await answered(reader)
            assert status == 200, path
            assert body == await (await client.get(path, headers=PLAIN)).read()
            assert headers["Server"] == "stena"
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", headers["Date"])


async def test_a_prepared_304_leaves_the_connection_for_the_next_request(client: Client) -> None:
    etag = (await client.get("/", headers=PLAIN)).headers["ETag"]
    async with connected(client) as (reader, writer):
        writer.write(
            request(client, "GET", "/", f"If-None-Match: {etag}")
            + request(client, "GET", "/healthz")
        )
        status, headers, _ = await answered(reader)
        assert (status, headers["ETag"]) == (304, etag)
        status, _, body = await answered(reader)
        assert (status, body) == (200, b'{"status":"ok"}')


async def test_a_response_head_and_its_body_are_one_whole_answer(client: Client) -> None:
    body = '{"text": "raw"}'
    headers = ("Content-Type: application/json", f"Content-Length: {len(body)}")
    async with connected(client) as (reader, writer):
        writer.write(request(client, "POST", "/api/messages.create", *headers, body=body) * 2)
        for _ in range(2):
            status, answer_headers, answer = await answered(reader)
            assert status == 201
            assert b'"text":"raw"' in answer
            assert answer_headers["Set-Cookie"].startswith("seen=")


async def test_a_stream_is_ours_to_write_to_until_its_reader_leaves(client: Client) -> None:
    async with listening(client) as events:
        for text in ("first", "second"):
            await create(client, text)
            assert (await events.next()).data["text"] == text


def test_aiohttp_has_what_the_protocol_overrides() -> None:
    handler = web.RequestHandler
    assert {"_current_request", "_manager", "_request_factory"} <= set(handler.__slots__)
    assert list(inspect.signature(handler.close).parameters) == ["self"]
    assert list(inspect.signature(handler.shutdown).parameters) == ["self", "timeout"]
    parameters = inspect.signature(handler.handle_error).parameters
    assert list(parameters) == ["self", "request", "status", "exc", "message"]


def test_aiohttp_makes_its_server_and_its_protocol_where_ours_are_put_in() -> None:
    assert inspect.iscoroutinefunction(web.AppRunner._make_server)  # noqa: SLF001 -- what is pinned
    assert list(inspect.signature(web.Server.__call__).parameters) == ["self"]
    for name in ("_loop", "_kwargs"):
        assert name in inspect.getsource(web.Server), name


def test_aiohttp_calls_only_two_methods_of_a_response() -> None:
    source = inspect.getsource(web.RequestHandler.finish_response)
    assert "await prepare_meth(request)" in source
    assert "await resp.write_eof()" in source


PLAIN = {"Accept-Encoding": "identity"}
