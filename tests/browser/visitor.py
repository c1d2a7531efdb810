"""What a visitor does and sees; everything a test of pages has in common."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.conftest import Client

FIELD = "What's on your mind?"
NAME = "Your name, if you like"
BUTTON = "Put it on the wall"

# A Russian visitor's labels are found by what does not change with the language.
TEXT_FIELD = "textarea[name=text]"
NAME_FIELD = "input[name=name]"


def address(client: Client) -> str:
    """Where the wall is, without a slash at the end."""
    return str(client.make_url("/")).rstrip("/")


async def fill(page: Page, text: str, name: str = "") -> None:
    await page.locator(TEXT_FIELD).fill(text)
    await page.locator(NAME_FIELD).fill(name)


async def press(page: Page) -> None:
    await page.locator(".write .row button").click()


async def write(page: Page, text: str, name: str = "") -> None:
    await fill(page, text, name)
    await press(page)


def texts(page: Page) -> Locator:
    return page.locator("article > .words")


def refusal(page: Page) -> Locator:
    """The one sentence of a form that was refused."""
    return page.locator(".refusal:not(:empty)")


async def put(client: Client, text: str, name: str = "", reply_to: int | None = None) -> int:
    """A message that somebody else has left; its id."""
    message = {"text": text, "name": name, "reply_to": reply_to}
    answer = await client.post("/api/messages.create", json=message)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def listed(client: Client) -> list[dict[str, Any]]:
    """What stands on the wall, newest first, by its API."""
    answer = await client.get("/api/messages.list", params={"limit": "100"})
    messages: list[dict[str, Any]] = (await answer.json())["messages"]
    return messages


async def quiet(page: Page) -> None:
    """Wait until all that a page does by itself has been done and has been heard of."""
    await page.wait_for_load_state("load")
    # Two frames: animations begin in the first, what they begin is queued before the second.
    frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    await asyncio.wait_for(page.evaluate(f"() => {frame}"), 30)
