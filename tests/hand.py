"""Somebody in the wall's database, behind its back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from stena.store.database import Address

# Something foreign in the wall's tables: the words of messages cannot be read any more.
REFUSE_WORDS = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'private words'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON message_words
        FOR EACH ROW EXECUTE FUNCTION refuse();
"""


class Hand:
    """Somebody in the wall's database, behind its back."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def __call__(self, *statements: str) -> None:
        asyncio.run(self.does(*statements))

    async def does(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._address.url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


async def age(address: Address, interval: str) -> None:
    """Make all messages of the wall so much older."""
    await Hand(address).does(f"UPDATE message SET created = created - interval '{interval}'")  # noqa: S608 -- our own words
