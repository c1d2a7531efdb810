"""A client for server-sent events, according to the specification."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiohttp import ClientResponse

    from tests.web.calls import Asking

PATIENCE = 60


@dataclass
class Event:
    id: int | None
    kind: str
    data: Any


class Events:
    """An open stream."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    async def next(self) -> Event:
        """The next event; comments are skipped."""
        async with asyncio.timeout(PATIENCE):
            while True:
                fields = await self.block()
                if "data" in fields:
                    number = int(fields["id"]) if "id" in fields else None
                    data = json.loads(fields["data"]) if fields["data"] else None
                    return Event(number, fields.get("event", "message"), data)

    async def block(self) -> dict[str, str]:
        """The fields up to a blank line; {"": …} for a comment; EOFError at the end."""
        fields: dict[str, str] = {}
        while line := (await self.response.content.readline()).decode():
            if line == "\n":
                return fields
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.removeprefix(" ")
        raise EOFError


@asynccontextmanager
async def listening(client: Asking, **headers: str) -> AsyncGenerator[Events]:
    query = headers.pop("query", "")
    response = await client.get(f"/api/messages.stream{query}", headers=headers)
    assert response.status == 200, await response.text()
    assert response.content_type == "text/event-stream"
    try:
        yield Events(response)
    finally:
        response.close()


async def leave(client: Asking, text: str) -> dict[str, Any]:
    answer = await client.post("/api/messages.create", json={"text": text})
    assert answer.status == 201
    return dict((await answer.json())["message"])
