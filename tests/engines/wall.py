"""What the wall has of a message, as programs get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Client


def counts(client: Client, number: int, **expected: int) -> Callable[[], Awaitable[bool]]:
    """Whether the wall has counted these reactions."""

    async def counted() -> bool:
        found = await message(client, number)
        return found is not None and found["reactions"] == expected

    return counted


async def message(client: Client, number: int) -> dict[str, Any] | None:
    """The message as programs get it, unless it is deleted."""
    answer = await client.get("/api/messages.get", params={"id": str(number)})
    found: dict[str, Any] = (await answer.json()).get("message")
    return found if answer.ok and not found["deleted"] else None
