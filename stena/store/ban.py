"""What is banned: browsers, by the digest of their key; addresses and networks, by theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from stena.ban import Ban
from stena.refusal import Refusal
from stena.store.message import NEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.ban import BanTarget, Terms
    from stena.decision import Range
    from stena.source import Source
    from stena.store.database import Connection

# For how long the row of a ban that is over is kept: its decision can be undone until then.
KEPT_DAYS = 30
EXCERPT = 200


def holding(author: str, digests: str) -> str:
    """SQL: the bans that hold for an author who writes from somewhere, the strictest first.

    One of an address or a network holds for newcomers alone.
    """
    return f"""
        FROM ban WHERE digest = ANY(array_append({digests}, {author}))
            AND until > clock_timestamp() AND {_holds_for(author)}
        ORDER BY {STRICTEST}
    """


def holding_for_each(asked: str, places: str, digests: str) -> str:
    """SQL: the strictest ban that holds for each row of `asked`, by its place; none for most.

    Args:
        asked: rows with a place and an author.
        places: for each digest the place of its row.
        digests: of authors, and of where they write from.
    """
    return f"""
        SELECT DISTINCT ON (asked.place) asked.place AS held, ban.kind, ban.id, until, refuses
        FROM unnest({places}::bigint[], {digests}::bytea[]) AS met (place, digest)
        JOIN ban USING (digest)
        JOIN {asked} AS asked ON asked.place = met.place
        WHERE until > clock_timestamp() AND {_holds_for("asked.author")}
        ORDER BY asked.place, {STRICTEST}
    """


def none_of(digests: str) -> str:
    """SQL: whether none of the digests, an array, is banned."""
    return f"""
        NOT EXISTS (SELECT FROM ban WHERE digest = ANY({digests}) AND until > clock_timestamp())
    """


def _holds_for(author: str) -> str:
    return f"""
        (ban.kind = 'browser' OR NOT EXISTS (SELECT FROM browser WHERE browser.author = {author}))
    """


STRICTEST = "refuses DESC, ban.kind = 'browser' DESC, until DESC"
# SQL: the ban of a `draft`, if there is one; the team's own drafts have none.
BANS = "LEFT JOIN banned AS ban ON ban.held = draft.place AND NOT draft.by_team"
IS_BANNED = "ban.until IS NOT NULL"
IS_TAKEN = "ban.refuses IS NOT TRUE"
# SQL: why it waits. What comes from one banned address is one card of the desk.
WHY = "CASE ban.kind WHEN 'browser' THEN 'ban' ELSE ban.kind || ' ' || ban.id END"


def digests_of(
    authors: Sequence[bytes | None], sources: Sequence[Source | None]
) -> tuple[list[int], list[bytes]]:
    """The digests that a ban may have of each author and source, with their places from 1 on."""
    places: list[int] = []
    digests: list[bytes] = []
    for place, (author, source) in enumerate(zip(authors, sources, strict=True), start=1):
        found = [*(source.digests if source else ()), *([author] if author else ())]
        places += [place] * len(found)
        digests += found
    return places, digests


def refusal(target: BanTarget, until: datetime) -> Refusal:
    """The refusal of a text for a ban that refuses."""
    return Refusal("banned" if target == "browser" else "address_banned", "text", until=until)


async def find(connection: Connection, target: BanTarget, digest: bytes) -> int | None:
    """The id of a ban, also of one that is over; None if there is none."""
    found: int | None = await connection.fetchval(
        "SELECT id FROM ban WHERE kind = $1 AND digest = $2", target, digest
    )
    return found


async def row(connection: Connection, number: int) -> dict[str, Any] | None:
    """A ban that holds, as the log has it."""
    found = await connection.fetchval(
        "SELECT to_jsonb(ban) FROM ban WHERE id = $1 AND until > clock_timestamp()", number
    )
    return None if found is None else dict(json.loads(found))


async def author_of(connection: Connection, group: Range) -> tuple[int, bytes] | None:
    """The newest message of a browser that its author has not deleted, and the browser.

    None if it came without a key, or its author has deleted the oldest message too.
    """
    row = await connection.fetchrow(
        """
        SELECT id, author FROM message WHERE id = ANY($1) AND author IS NOT NULL
        ORDER BY id DESC LIMIT 1
        """,
        [group.oldest, group.newest],
    )
    return (row["id"], row["author"]) if row else None


async def next_id(connection: Connection) -> int:
    number: int = await connection.fetchval("SELECT nextval('ban_id_seq')")
    return number


async def put(  # noqa: PLR0913, PLR0917 -- a row
    connection: Connection, number: int, digest: bytes, terms: Terms, message: int, member: int
) -> None:
    """Ban a digest from now on, instead of a ban that it has."""
    await connection.execute(
        """
        INSERT INTO ban (kind, digest, id, until, days, refuses, message, member)
        VALUES ($7, $1, $2, clock_timestamp() + make_interval(hours => 24 * $3),
            $3, $4, $5, $6)
        ON CONFLICT (kind, digest) DO UPDATE
        SET until = excluded.until, days = excluded.days, refuses = excluded.refuses,
            message = excluded.message, member = excluded.member
        """,
        digest,
        number,
        terms.days,
        terms.refuses,
        message,
        member,
        terms.target,
    )


async def remove(connection: Connection, number: int) -> None:
    await connection.execute("DELETE FROM ban WHERE id = $1", number)


async def remove_old(connection: Connection) -> None:
    """Remove the bans that ended KEPT_DAYS ago."""
    await connection.execute(
        "DELETE FROM ban WHERE until < clock_timestamp() - make_interval(days => $1)", KEPT_DAYS
    )


async def listed(connection: Connection, before: int | None, limit: int) -> list[Ban]:
    """At most `limit` bans that hold, the newest first."""
    rows = await connection.fetch(
        """
        SELECT ban.id, kind AS target, until - make_interval(hours => 24 * days) AS since, until,
            days, refuses, ban.message, member.name,
            left(coalesce(withheld.text, nullif(message.text, '')), $3) AS text
        FROM ban
        LEFT JOIN member ON member.id = ban.member
        LEFT JOIN message ON message.id = ban.message
        LEFT JOIN withheld ON withheld.message = ban.message
        WHERE ban.id < $1 AND until > clock_timestamp()
        ORDER BY ban.id DESC LIMIT $2
        """,
        NEWEST if before is None else before,
        limit,
        EXCERPT,
    )
    return [Ban(**dict(row)) for row in rows]


async def erase(connection: Connection, erasures: Sequence[int]) -> None:
    """End the bans of browsers that an owner erases.

    Those that authors erase stay banned: else that would be the way out of a ban. What the log has
    of a ban loses the digest, and what is lifted without it cannot be set again.
    """
    await connection.execute(
        """
        WITH asked AS (SELECT author FROM erasure WHERE id = ANY($1) AND member IS NOT NULL),
        ended AS (DELETE FROM ban WHERE kind = 'browser' AND digest IN (SELECT author FROM asked))
        UPDATE decision SET latter = latter - 'digest',
            former = CASE WHEN latter IS NOT NULL THEN former - 'digest' END
        WHERE action = 'ban'
            AND coalesce(latter, former) ->> 'digest' IN (SELECT author::text FROM asked)
        """,
        erasures,
    )


async def erase_sources(
    connection: Connection, messages: Sequence[int], erasures: Sequence[int]
) -> None:
    """End the bans of where these messages came from, of those that an owner erases.

    Args:
        connection: one inside `ordered`.
        messages: the ids of those that are erased.
        erasures: for each message the erasure because of which it is.
    """
    await connection.execute(
        """
        WITH asked AS (
            SELECT message FROM unnest($1::bigint[], $2::bigint[]) AS found (message, erasure)
            JOIN erasure ON erasure.id = found.erasure AND erasure.member IS NOT NULL
        ),
        ended AS (
            DELETE FROM ban WHERE kind <> 'browser' AND message IN (SELECT message FROM asked)
        )
        UPDATE decision SET latter = latter - 'digest',
            former = CASE WHEN latter IS NOT NULL THEN former - 'digest' END
        WHERE (SELECT EXISTS (SELECT FROM asked))
            AND action = 'ban' AND coalesce(latter, former) ->> 'kind' <> 'browser'
            AND (coalesce(latter, former) ->> 'message')::bigint IN (SELECT message FROM asked)
        """,
        messages,
        erasures,
    )


class Held(NamedTuple):
    """Until when a ban holds, of what, and whether messages are refused."""

    target: BanTarget
    until: datetime
    refuses: bool
    why: str


async def of_message(connection: Connection, message: int, source: Source | None) -> Held | None:
    """The ban that holds for the author of a message who writes from `source` now, if any does."""
    found = await connection.fetchrow(
        f"""
        SELECT kind AS target, until, refuses, {WHY} AS why
        {holding("(SELECT author FROM message WHERE id = $1)", "$2::bytea[]")} LIMIT 1
        """,
        message,
        source.digests if source else (),
    )
    return None if found is None else Held(**dict(found))
