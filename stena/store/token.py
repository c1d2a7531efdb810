"""Tokens with which programs act for a member of the team."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.store.database import Connection


async def holder(connection: Connection, digest: bytes) -> int | None:
    """The id of the member whose token has this digest; None if there is none, or no longer."""
    member: int | None = await connection.fetchval(
        "SELECT member FROM token WHERE digest = $1 AND revoked IS NULL", digest
    )
    return member
