"""Visitors report messages, and a program of the team reads what they reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.web.calls import got
from tests.web.moderating import SIGNED, moderate

if TYPE_CHECKING:
    from tests.conftest import Client

# Two browsers that are known, by the fixture `known`.
KNOWN, KNOWN_TOO = "key-of-a-known-browser", "key-of-another-known-one"


async def report(
    client: Client, number: int, key: str | None = None, home: int = 1, **fields: object
) -> None:
    """Report a message from one of many homes, each with an address of its own."""
    given = {"id": number, "reason": "spam", "key": key, **fields}
    answer = await client.post(
        "/api/messages.report", json=given, headers={"X-Forwarded-For": f"203.0.113.{home}"}
    )
    assert (answer.status, await answer.json()) == (200, {"reported": number})


async def report_by_strangers(client: Client, number: int, times: int, first: int = 1) -> None:
    """Newcomers who report a message, each at home."""
    for home in range(first, first + times):
        await report(client, number, f"key-of-the-newcomer-{home:03}", home)


async def reported(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/api/moderation.reported", headers=SIGNED)
    assert answer.status == 200, await answer.text()
    return list((await answer.json())["messages"])


async def weight(client: Client, number: int) -> float:
    """What the open reports of a message weigh together."""
    found = [
        one["reports"]["weight"] for one in await reported(client) if one["message"]["id"] == number
    ]
    return float(found[0]) if found else 0


async def keep(client: Client, *ids: int) -> int:
    return int((await moderate(client, "keep", ids=ids))["decision"]["id"])


async def is_shown(client: Client, number: int) -> bool:
    return await got(client, number) is not None
