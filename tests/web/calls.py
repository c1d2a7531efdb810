"""What visitors and programs do to the wall over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from tests.conftest import Client

    Asking: TypeAlias = Client | ClientSession

# As programs choose them.
KEY = "key-of-whoever-wrote-it"
OTHERS_KEY = "key-of-somebody-else"


async def call(asking: Asking, method: str, **fields: object) -> dict[str, Any]:
    """A call of the API that has to work."""
    answer = await asking.post(f"/api/messages.{method}", json=fields)
    assert answer.status in {200, 201}, await answer.text()
    return dict(await answer.json())


async def refused(asking: Asking, method: str, **fields: object) -> tuple[int, str]:
    """The status and the code of a call that has to be refused."""
    answer = await asking.post(f"/api/messages.{method}", json=fields)
    assert answer.status not in {200, 201}, await answer.text()
    return answer.status, (await answer.json())["error"]["code"]


async def create(asking: Asking, text: str, **fields: object) -> dict[str, Any]:
    """The message that a program left."""
    return dict((await call(asking, "create", text=text, **fields))["message"])


async def got(asking: Asking, number: int) -> dict[str, Any] | None:
    """One message as it is now; None where it is not there."""
    answer = await asking.get("/api/messages.get", params={"id": number})
    assert answer.status in {200, 404}
    return dict((await answer.json())["message"]) if answer.status == 200 else None


async def listed(asking: Asking, **query: str | int) -> list[dict[str, Any]]:
    answer = await asking.get("/api/messages.list", params=query)
    assert answer.status == 200
    return list((await answer.json())["messages"])


async def replies(asking: Asking, number: int, **query: int) -> dict[str, Any]:
    answer = await asking.get("/api/messages.replies", params={"id": number, **query})
    assert answer.status == 200
    return dict(await answer.json())


async def page(asking: Asking, path: str = "/", status: int = 200) -> str:
    answer = await asking.get(path)
    assert answer.status == status
    return await answer.text()


async def write(asking: Asking, text: str, **fields: str) -> int:
    """Leave a message by the page's form; its id."""
    answer = await asking.post("/messages", data={"text": text, **fields}, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return int(answer.headers["Location"].rpartition("#m")[2])


async def submit(asking: Asking, path: str, **fields: str) -> tuple[int, str]:
    """Send a form: the status, and where it leads or the page that comes back."""
    answer = await asking.post(path, data=fields, allow_redirects=False)
    return answer.status, answer.headers.get("Location") or await answer.text()


def painted(page: str) -> str:
    """A page without the blank card for scripts."""
    return re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)


def private_link(page: str) -> str | None:
    found = re.search(r'href="(/edit/\d+/[\w-]+)"', page)
    return found[1] if found else None
