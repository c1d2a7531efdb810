"""What the team puts forward, as tests set it and see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.web.calls import rendered
from tests.web.moderating import SIGNED, moderate

if TYPE_CHECKING:
    from tests.web.calls import Asking


async def pin(asking: Asking, number: int, *, on: bool = True) -> int:
    """Returns the id of the decision."""
    return int((await moderate(asking, "pin", id=number, on=on))["decision"]["id"])


async def lock(asking: Asking, number: int, *, on: bool = True) -> int:
    return int((await moderate(asking, "lock", id=number, on=on))["decision"]["id"])


async def newest(asking: Asking, **query: str) -> dict[str, Any]:
    answer = await asking.get("/api/messages.list", params=query)
    return dict(await answer.json())


def order(shown: str) -> list[int]:
    """The ids of the cards of a page, from the top down."""
    return [int(number) for number in re.findall(r'<article id="m(\d+)"', rendered(shown))]


async def pinned(asking: Asking, **query: str) -> list[int]:
    return [one["id"] for one in (await newest(asking, **query))["pinned"]]


async def failed(asking: Asking, method: str, **fields: object) -> tuple[int, str]:
    answer = await asking.post(f"/api/moderation.{method}", json=fields, headers=SIGNED)
    return answer.status, (await answer.json())["error"]["code"]
