"""What the author of a message may do to it: edit it, delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.refusal import Refusal
from stena.store.message import CHANGE, MESSAGE, STATE, change_of, whole_message_of
from stena.store.order import ANNOUNCE, ANNOUNCE_SHOWN
from stena.store.rule import FOR_LINK

if TYPE_CHECKING:
    from datetime import timedelta

    from stena.change import Change
    from stena.message import Draft, Message, Permission, State
    from stena.store.database import Connection

# SQL: whether the key $2 permits its holder to edit the message: that of the private link always,
# the author's within $3 after the post.
MAY = "(link = $2 OR author = $2 AND created > clock_timestamp() - $3::interval)"


async def edit_shown(  # noqa: PLR0913, PLR0917 -- the parameters of a statement
    connection: Connection,
    number: int,
    key: bytes,
    window: timedelta,
    text: str,
    name: str | None,
    links: bool | None,  # noqa: FBT001 -- as above
) -> Change | None:
    """Replace the text and the name of a message that is shown.

    Args:
        connection: one inside `ordered`.
        number: the message's id.
        key: the digest of the author's key, valid for `window` after the message was posted, or
            of the private link's key, which does not expire.
        window: how long the author may edit.
        text: the new one.
        name: the new one.
        links: whether addresses in it are links, if that was not decided before.

    Returns:
        None if the key does not permit it, or the text and the name are the same.
    """
    row = await connection.fetchrow(
        f"""
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET text = $4, name = $5, edited = clock_timestamp(),
                links = coalesce(links, $6),
                change = number.next, worded = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND {STATE} = 'visible' AND {MAY}
                AND (text, name) IS DISTINCT FROM ($4, $5)
            RETURNING {CHANGE}
        )
        SELECT *, (SELECT {ANNOUNCE} FROM changed) FROM changed
        """,
        number,
        key,
        window,
        text,
        name,
        links,
    )
    return change_of(row) if row else None


async def edit_waiting(  # noqa: PLR0913, PLR0917 -- the parameters of a statement
    connection: Connection,
    number: int,
    key: bytes,
    window: timedelta,
    text: str,
    name: str | None,
    links: bool | None,  # noqa: FBT001 -- as above
) -> Change | None:
    """The same for a message that waits for the owner; readers learn nothing of it."""
    row = await connection.fetchrow(
        f"""
        WITH number AS MATERIALIZED (SELECT nextval('message_change') AS next),
        changed AS (
            UPDATE message SET edited = clock_timestamp(), links = coalesce(links, $6),
                change = number.next, appeared = coalesce(appeared, change)
            FROM number
            WHERE id = $1 AND {STATE} = 'waiting' AND {MAY}
                AND EXISTS (
                    SELECT FROM withheld WHERE withheld.message = $1
                        AND (withheld.text, withheld.name) IS DISTINCT FROM ($4, $5)
                )
            RETURNING {CHANGE}
        ),
        reworded AS (
            UPDATE withheld SET text = $4, name = $5, judged = NULL, wave = NULL
            WHERE message IN (SELECT id FROM changed)
        )
        SELECT *, (SELECT {ANNOUNCE_SHOWN} FROM changed) FROM changed
        """,
        number,
        key,
        window,
        text,
        name,
        links,
    )
    return change_of(row) if row else None


async def may_reword(
    connection: Connection, number: int, draft: Draft, key: bytes, window: timedelta
) -> bool:
    """Whether an edit would change a message that is shown."""
    found: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (
            SELECT FROM message WHERE id = $1 AND {STATE} = 'visible' AND {MAY}
                AND (text, name) IS DISTINCT FROM ($4, $5)
        )
        """,
        number,
        key,
        window,
        draft.text,
        draft.name,
    )
    return found


async def may_delete(connection: Connection, number: int, key: bytes, window: timedelta) -> bool:
    """Whether the holder of a key may delete a message now, also one that is not shown."""
    found: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (SELECT FROM message WHERE id = $1 AND {STATE} <> 'deleted' AND {MAY})
        """,
        number,
        key,
        window,
    )
    return found


class Own(NamedTuple):
    """A message as its author sees it.

    Attributes:
        waits_for_link: whether it waits because of a link in it.
    """

    message: Message
    state: State
    waits_for_link: bool = False


async def own(connection: Connection, number: int, key: bytes) -> Own | None:
    """A message that waits or was removed, with its text and its state, for its author."""
    row = await connection.fetchrow(
        f"""
        SELECT {MESSAGE}, {STATE} AS standing, own_text, own_name, why
        FROM message
        JOIN (SELECT message AS of, text AS own_text, name AS own_name, why FROM withheld) AS kept
            ON kept.of = message.id
        WHERE id = $1 AND (link = $2 OR author = $2)
        """,
        number,
        key,
    )
    if row is None:
        return None
    own = {"text": row["own_text"], "name": row["own_name"], "tombstone": None}
    state = row["standing"]
    waits_for_link = state == "waiting" and row["why"] == FOR_LINK
    return Own(whole_message_of(row)._replace(**own), state, waits_for_link)


async def waits_for_link(connection: Connection, number: int) -> bool:
    """Whether a message that waits does so because of a link in it."""
    why: str | None = await connection.fetchval(
        "SELECT why FROM withheld WHERE message = $1", number
    )
    return why == FOR_LINK


async def check(connection: Connection, number: int, key: bytes | None, window: timedelta) -> None:
    """Check that the holder of a key may edit a message now.

    Raises:
        Refusal: not_found, not_yours or too_late.
    """
    found, _ = await permission(connection, number, key, window)
    if found != "granted":
        codes = {None: "not_found", "expired": "too_late", "denied": "not_yours"}
        raise Refusal(codes[found], minutes=int(window.total_seconds() // 60))


async def permission(
    connection: Connection, number: int, key: bytes | None, window: timedelta
) -> tuple[Permission | None, int]:
    """What the holder of a key may do to a message, and for how many more minutes.

    None if it is neither shown nor waiting; others learn nothing of one that waits.
    """
    row = await connection.fetchrow(
        f"""
        SELECT CASE
            WHEN link = $2 THEN 'granted'
            WHEN author = $2 AND created > clock_timestamp() - $3::interval THEN 'granted'
            WHEN author = $2 THEN 'expired'
            ELSE 'denied'
        END AS found,
        ceil(extract(epoch FROM created + $3::interval - clock_timestamp()) / 60)::int AS minutes
        FROM message
        WHERE id = $1
            AND ({STATE} = 'visible' OR {STATE} = 'waiting' AND (link = $2 OR author = $2))
        """,
        number,
        key,
        window,
    )
    return (row["found"], max(row["minutes"], 1)) if row else (None, 0)
