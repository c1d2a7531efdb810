"""A program that acts for the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from stena.message import digest
from tests.owner import execute

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.web.calls import Asking

TOKEN = "token-of-the-owner-of-the-wall"  # noqa: S105 -- of a test
SIGNED = {"Authorization": f"Bearer {TOKEN}"}


async def make_token(address: Address, token: str = TOKEN) -> None:
    connection = await asyncpg.connect(address.url)
    try:
        await connection.execute(
            """
            WITH owner AS (
                INSERT INTO member (name, role) VALUES ('the owner', 'owner') RETURNING id
            )
            INSERT INTO token (digest, member, name) SELECT $1, id, 'a program' FROM owner
            """,
            digest(token),
        )
    finally:
        await connection.close()


async def show_links(address: Address) -> None:
    """Let the links of newcomers be links, for a test that is not about newcomers."""
    await execute(address, "UPDATE rule SET links = 'show'")


async def moderate(asking: Asking, method: str, **fields: object) -> dict[str, Any]:
    """Call a method of the moderation; the call has to succeed."""
    answer = await asking.post(f"/api/moderation.{method}", json=fields, headers=SIGNED)
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def approve(asking: Asking, *ids: int) -> int:
    """Approve messages. Returns the id of the decision."""
    return int((await moderate(asking, "approve", ids=ids))["decision"]["id"])


async def remove(asking: Asking, *ids: int, spam: bool = False) -> int:
    """Remove messages. Returns the id of the decision."""
    return int((await moderate(asking, "remove", ids=ids, spam=spam))["decision"]["id"])


async def undo(asking: Asking, decision: int) -> None:
    await moderate(asking, "undo", decision=decision)


async def held(asking: Asking, state: str = "waiting") -> list[dict[str, Any]]:
    """The messages that wait, or that were removed."""
    answer = await asking.get("/api/moderation.list", params={"state": state}, headers=SIGNED)
    assert answer.status == 200, await answer.text()
    return [one["message"] for one in (await answer.json())["messages"]]
