"""The words that an owner does not want on the wall: the list, and when it was last changed.

Each process knows the list by the time of its last change, and a statement that writes a text
compares that time. So a text is judged by the list that holds, whatever a process has missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.word import MOST_WORDS, Word, WordList

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Connection

# SQL: when the list was last changed.
VERSION = "(SELECT changed FROM word_list)"
# SQL: with each change of the list, as a part of its statement. Changes are one after the other,
# and no two of them have the same time.
CHANGED = """
    changed AS (
        UPDATE word_list SET changed = greatest(
            clock_timestamp(), changed + interval '1 microsecond'
        )
    )
"""


async def load(connection: Connection) -> WordList:
    """The list, ready to be compared with texts."""
    rows = await connection.fetch(
        """
        SELECT changed, entry, refuses FROM word_list LEFT JOIN word ON true ORDER BY entry
        """
    )
    words = [Word(row["entry"], row["refuses"]) for row in rows if row["entry"] is not None]
    return WordList(rows[0]["changed"], words)


async def is_current(connection: Connection, version: datetime) -> bool:
    """Whether the list was not changed since."""
    found: bool = await connection.fetchval(f"SELECT {VERSION} = $1", version)
    return found


async def words(connection: Connection) -> list[Word]:
    """All entries in the order of the alphabet."""
    rows = await connection.fetch(
        "SELECT entry, refuses FROM word ORDER BY entry LIMIT $1", MOST_WORDS
    )
    return [Word(row["entry"], row["refuses"]) for row in rows]


async def put(connection: Connection, word: Word) -> None:
    """Add an entry, or change what it does. Runs inside `ordered`.

    Raises:
        Refusal: too_many_words.
    """
    await connection.execute(
        f"""
        WITH {CHANGED}
        INSERT INTO word (entry, refuses) VALUES ($1, $2)
        ON CONFLICT (entry) DO UPDATE SET refuses = excluded.refuses
        """,
        word.text,
        word.refuses,
    )
    await check_room(connection)


async def check_room(connection: Connection) -> None:
    """Return if the list has at most MOST_WORDS entries.

    Raises:
        Refusal: too_many_words.
    """
    if await connection.fetchval("SELECT count(*) FROM word") > MOST_WORDS:
        raise Refusal("too_many_words", "word", most=MOST_WORDS)


async def remove(connection: Connection, text: str) -> None:
    await connection.execute(f"WITH {CHANGED} DELETE FROM word WHERE entry = $1", text)


async def texts(connection: Connection, limit: int) -> list[tuple[int, str, str | None]]:
    """The ids, texts and names of the newest messages in any state, newest first."""
    rows = await connection.fetch(
        """
        SELECT id, coalesce(withheld.text, newest.text) AS text,
            coalesce(withheld.name, newest.name) AS name
        FROM (SELECT id, text, name FROM message ORDER BY id DESC LIMIT $1) AS newest
        LEFT JOIN withheld ON withheld.message = id
        ORDER BY id DESC
        """,
        limit,
    )
    return [(row["id"], row["text"], row["name"]) for row in rows if row["text"]]


async def text_of(connection: Connection, message: int) -> str:
    """The text of a message in any state; empty if it is erased, or there is no such message."""
    found: str | None = await connection.fetchval(
        """
        SELECT coalesce(withheld.text, message.text)
        FROM message LEFT JOIN withheld ON withheld.message = id WHERE id = $1
        """,
        message,
    )
    return found or ""
