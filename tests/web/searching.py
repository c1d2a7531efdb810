"""Requests of the tests of search."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

from tests.program import PATIENCE

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


async def put(client: Client, text: str, name: str = "", **fields: object) -> int:
    body = {"text": text, "name": name, **fields}
    answer = await client.post("/api/messages.create", json=body)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def search(client: Client, q: str, **query: str) -> dict[str, Any]:
    answer = await client.get("/api/messages.search", params={"q": q, **query})
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def found(client: Client, q: str, **query: str) -> list[str]:
    return [message["text"] for message in (await search(client, q, **query))["messages"]]


async def page(client: Client, q: str | None, status: int = 200, **query: str) -> str:
    asked = query if q is None else {"q": q, **query}
    answer = await client.get("/search", params=asked)
    assert answer.status == status
    return await answer.text()


async def until(address: Address, query: str) -> None:
    """Wait until a query is true."""
    connection = await asyncpg.connect(address.url)
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval(query):  # noqa: ASYNC110 -- a database sets no event
            await asyncio.sleep(0.02)
    await connection.close()


async def alter(address: Address, statement: str, *values: object) -> None:
    """Change the table directly, as an owner or another program might."""
    connection = await asyncpg.connect(address.url)
    await connection.execute(statement, *values)
    await connection.close()
