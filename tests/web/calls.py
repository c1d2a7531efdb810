"""HTTP requests of visitors and programs."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.program import PATIENCE

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from tests.conftest import Client

    Asking: TypeAlias = Client | ClientSession

# Keys as programs choose them.
KEY = "key-of-the-author"
OTHERS_KEY = "key-of-somebody-else"


async def call(asking: Asking, method: str, **fields: object) -> dict[str, Any]:
    """Call the API; the call has to succeed."""
    answer = await asking.post(f"/api/messages.{method}", json=fields)
    assert answer.status in {200, 201, 202}, await answer.text()
    return dict(await answer.json())


async def refused(asking: Asking, method: str, **fields: object) -> tuple[int, str]:
    """Call the API; the call has to be refused. Returns the status and the code."""
    answer = await asking.post(f"/api/messages.{method}", json=fields)
    assert answer.status not in {200, 201}, await answer.text()
    return answer.status, (await answer.json())["error"]["code"]


async def create(asking: Asking, text: str, **fields: object) -> dict[str, Any]:
    """Post a message by the API. Returns it."""
    return dict((await call(asking, "create", text=text, **fields))["message"])


async def got(asking: Asking, number: int) -> dict[str, Any] | None:
    """One message as it is now; None if it is not found."""
    answer = await asking.get("/api/messages.get", params={"id": number})
    assert answer.status in {200, 404}
    return dict((await answer.json())["message"]) if answer.status == 200 else None


async def listed(asking: Asking, **query: str | int) -> list[dict[str, Any]]:
    answer = await asking.get("/api/messages.list", params=query)
    assert answer.status == 200
    return list((await answer.json())["messages"])


async def until_listed(asking: Asking, number: int) -> None:
    """Wait until the newest page has a message that was not written by this browser.

    Where several processes serve, one of them learns a moment later what another one has written.
    """
    async with asyncio.timeout(PATIENCE):
        while number not in [one["id"] for one in await listed(asking)]:  # noqa: ASYNC110 -- HTTP sets no event
            await asyncio.sleep(0.02)


async def replies(asking: Asking, number: int, **query: int) -> dict[str, Any]:
    answer = await asking.get("/api/messages.replies", params={"id": number, **query})
    assert answer.status == 200
    return dict(await answer.json())


async def page(asking: Asking, path: str = "/", status: int = 200) -> str:
    answer = await asking.get(path)
    assert answer.status == status
    return await answer.text()


async def write(asking: Asking, text: str, **fields: str) -> int:
    """Post a message by the form. Returns its id."""
    answer = await asking.post("/messages", data={"text": text, **fields}, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return int(answer.headers["Location"].rpartition("#m")[2])


async def submit(asking: Asking, path: str, **fields: str) -> tuple[int, str]:
    """Send a form. Returns the status, and the target of the redirect or else the page."""
    answer = await asking.post(path, data=fields, allow_redirects=False)
    return answer.status, answer.headers.get("Location") or await answer.text()


def rendered(page: str) -> str:
    """A page without the blank card for scripts."""
    return re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)


def private_link(page: str) -> str | None:
    found = re.search(r'href="(/edit/\d+#[\w-]+)"', page)
    return found[1] if found else None


async def exchange(client: Client, sent: bytes) -> tuple[str, str]:
    """Send raw bytes, and read until the wall closes the connection."""
    url = client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(sent)
    await writer.drain()
    received = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = received.partition("\r\n\r\n")
    return head, body
