"""Visitors who write from different addresses, as a proxy reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stena.settings import Common, Settings
from tests.web.moderating import moderate

if TYPE_CHECKING:
    from tests.web.calls import Asking

SPAMMER, NEIGHBOUR, ELSEWHERE = "203.0.113.77", "203.0.113.5", "198.51.100.9"
BEHIND_A_PROXY = Settings(common=Common(proxies=1))


def at(address: str) -> dict[str, str]:
    """The header by which a proxy says where a request comes from."""
    return {"X-Forwarded-For": address}


async def send(
    asking: Asking, address: str, text: str, **fields: object
) -> tuple[int, dict[str, Any]]:
    """Post a message from an address. Returns the status and the JSON."""
    sent = {"text": text, **fields}
    answer = await asking.post("/api/messages.create", json=sent, headers=at(address))
    return answer.status, dict(await answer.json())


async def wrote(asking: Asking, address: str, text: str, **fields: object) -> int:
    """Post a message from an address. Returns its id."""
    status, body = await send(asking, address, text, **fields)
    assert status in {201, 202}, body
    return int(body["message"]["id"])


async def status_of(asking: Asking, address: str, **fields: object) -> int:
    """The status of a message of a new browser at an address: 201 shown, 202 waits."""
    return (await send(asking, address, "good morning", **fields))[0]


async def ban(asking: Asking, message: int, target: str, **terms: object) -> dict[str, Any]:
    """Ban where a message came from."""
    terms = {"days": 1, "target": target, **terms}
    return await moderate(asking, "ban", id=message, **terms)
