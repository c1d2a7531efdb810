"""The brake: while a wall is flooded, newcomers pay for their messages, or these wait.

Level 1: they pay, and what has a link waits. Level 2: all that they post waits. The level that the
wall sets itself holds until `brake.until`, so it ends where nothing renews it. One that an owner
has set goes before it until `brake.set_until`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.brake import Brake, InForce
from stena.store.rule import IS_NEW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from stena.brake import Level
    from stena.store.database import Connection

PRICE, WAIT = 1, 2
# A brake that nothing renews for so long lets go. Longer than another process needs to take over.
RENEWED_SECONDS = 12

IS_SET = "set_until > clock_timestamp()"
LEVEL = f"""
    CASE WHEN {IS_SET} THEN set_level WHEN until > clock_timestamp() THEN level ELSE 0 END
"""
# SQL: the level is the one that the wall sets itself.
RELEASE = "UPDATE brake SET set_level = NULL, set_at = NULL, set_until = '-infinity', sweep = NULL"
# SQL: whether the brake is off.
OFF = f"NOT EXISTS (SELECT FROM brake WHERE {LEVEL} > 0)"
# SQL: whether a reaction or a report, `asked`, needs a payment first.
IS_UNPAID = f"""
    (NOT asked.is_paid AND (asked.is_suspect OR NOT {OFF})
        AND NOT EXISTS (SELECT FROM browser WHERE browser.author = asked.author))
"""
# SQL: the brake that holds for a `draft`; no columns where it is off.
BRAKE = f"""
    LEFT JOIN (SELECT {LEVEL} AS level, closed FROM brake) AS brake
        ON brake.level > 0 AND {IS_NEW}
"""
# SQL: whether a `draft` is taken only once its author has paid, unless it waits anyway.
IS_ASKED = f"""
    (draft.payment IS NULL AND (
        brake.level = {PRICE} OR brake.level IS NULL AND draft.is_suspect AND {IS_NEW}
    ))
"""
# SQL: whether it waits, and why: its author chose that, or the brake says so.
WAITS = f"""
    coalesce(
        brake.level = {WAIT}
            OR brake.level = {PRICE} AND (draft.has_link OR draft.payment = ANY(brake.closed))
            OR (brake.level = {PRICE} OR draft.is_suspect AND {IS_NEW})
                AND draft.payment = 'look',
        false
    )
"""
WHY = f"""
    CASE WHEN brake.level = {WAIT} OR draft.payment IS DISTINCT FROM 'look' THEN 'brake'
        ELSE 'look' END
"""
# SQL: how a newcomer has paid for a `draft`; NULL for a draft that costs nothing.
WAY = "CASE WHEN brake.level > 0 AND draft.payment <> 'look' THEN draft.payment END"


class BrakeState(NamedTuple):
    """The brake as the job that sets it finds it.

    Attributes:
        now: the time of the database.
        brake: as it sets itself; off if nothing has renewed it.
        set_level: the level that an owner has set, None if none has.
        set_at: when that was.
        sweep: the decision by which messages wait since it rose, None if none does.
    """

    now: datetime
    brake: Brake
    set_level: Level | None
    set_at: datetime | None
    sweep: int | None

    @property
    def level(self) -> Level:
        return self.brake.level if self.set_level is None else self.set_level

    @property
    def since(self) -> datetime | None:
        return self.brake.since if self.set_level is None else self.set_at


async def state(connection: Connection) -> BrakeState:
    row = await connection.fetchrow(
        f"""
        SELECT clock_timestamp() AS now, level, since, reason, newcomers, usual, low_since, sweep,
            until > clock_timestamp() AS is_renewed, CASE WHEN {IS_SET} THEN set_level END
                AS set_level, set_at
        FROM brake
        """
    )
    assert row is not None  # noqa: S101 -- for mypy: the migration inserts it
    names = ("level", "since", "reason", "newcomers", "usual", "low_since")
    brake = Brake(**{name: row[name] for name in names}) if row["is_renewed"] else Brake()
    sweep = row["sweep"] if row["is_renewed"] or row["set_level"] else None
    return BrakeState(row["now"], brake, row["set_level"], row["set_at"], sweep)


async def renew(
    connection: Connection, brake: Brake, closed: Sequence[str], sweep: int | None
) -> None:
    """Let the level hold for RENEWED_SECONDS from now.

    Args:
        connection: of the transaction of the job.
        brake: as it sets itself.
        closed: the ways of paying of which too many messages were bad.
        sweep: as of BrakeState.
    """
    await connection.execute(
        """
        UPDATE brake SET level = $1::smallint, since = $2, reason = $3, newcomers = $4, usual = $5,
            low_since = $6, closed = $7, sweep = $8,
            until = CASE WHEN $1::smallint = 0 THEN '-infinity'
                ELSE clock_timestamp() + make_interval(secs => $9) END
        """,
        brake.level,
        brake.since,
        brake.reason,
        brake.newcomers,
        brake.usual,
        brake.low_since,
        closed,
        sweep,
        RENEWED_SECONDS,
    )


async def in_force(connection: Connection) -> InForce:
    """The brake that holds now."""
    row = await connection.fetchrow(
        f"""
        SELECT {LEVEL} AS level,
            CASE WHEN {IS_SET} THEN set_at ELSE since END AS since,
            CASE WHEN {IS_SET} THEN 'set' ELSE reason END AS reason,
            CASE WHEN NOT {IS_SET} THEN newcomers END AS newcomers,
            CASE WHEN NOT {IS_SET} THEN usual END AS usual,
            CASE WHEN {IS_SET} THEN set_until END AS until,
            closed
        FROM brake
        """
    )
    assert row is not None  # noqa: S101 -- as above
    found = InForce(**dict(row))
    # What a level that has ended was set for says nothing.
    return found if found.level or found.until else InForce(0, None, None, None, None, None, ())


async def put(connection: Connection, level: Level, minutes: int) -> None:
    """Set the level for some minutes, whatever the wall would set itself. Inside `ordered`."""
    await connection.execute(
        """
        UPDATE brake SET set_level = $1, set_at = clock_timestamp(),
            set_until = clock_timestamp() + make_interval(mins => $2), sweep = NULL
        """,
        level,
        minutes,
    )


async def release(connection: Connection) -> None:
    """Let the wall set the level itself again. Runs inside `ordered`."""
    await connection.execute(RELEASE)


async def why_edit_waits(connection: Connection, number: int, *, has_link: bool) -> str | None:
    """Why an edit by a newcomer waits: as a new message would, but for the price.

    At level 1 only an edit that brings a link does. Others are looked at after the commit.
    """
    why: str | None = await connection.fetchval(
        f"""
        SELECT {WHY} FROM (
            SELECT author, false AS by_team, NULL AS payment,
                false AS is_suspect, $2 AND links IS NULL AS has_link
            FROM message WHERE id = $1
        ) AS draft
        {BRAKE}
        WHERE {WAITS}
        """,
        number,
        has_link,
    )
    return why
