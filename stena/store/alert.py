"""Events become alerts, and alerts are delivered: each to every channel, at least once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stena.alert import ABOUT, MERGED, ChannelState, Delivery, Happened, Situation
from stena.store import brake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from stena.alert import Event, Facts, Kind, Undelivered
    from stena.store.database import Connection

# So long an alert is tried to be delivered, and so long attempts fail before a channel is failing.
GIVE_UP_HOURS = 24
# The pause after the first failure, which doubles with each; and the longest one.
FIRST_PAUSE, LONGEST_PAUSE = 10, 3600
# For so long a process that has claimed an alert is the only one that sends it. Longer than any
# attempt: if it is killed meanwhile, another one sends the alert after this time.
CLAIM_SECONDS = 60
# SQL: whether the team knows of an attack, and not of its end.
ATTACKED = """
    SELECT facts FROM alert WHERE kind = 'attack'
        AND made > coalesce((SELECT made FROM alert WHERE kind = 'over'), '-infinity')
"""


async def set_up(connection: Connection, names: Sequence[str]) -> None:
    """Keep these channels, and no others. Events are written from now on if there are any."""
    await connection.execute(
        """
        WITH forgotten AS (DELETE FROM channel WHERE name <> ALL($1)),
        undelivered AS (DELETE FROM delivery WHERE channel <> ALL($1)),
        unsent AS (DELETE FROM outbox WHERE cardinality($1) = 0)
        INSERT INTO channel (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
        """,
        names,
    )


async def is_pending(connection: Connection) -> bool:
    """Whether there is anything to make or to deliver, now or later."""
    found: bool = await connection.fetchval(
        f"""
        SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM delivery)
            OR EXISTS ({ATTACKED})
        """
    )
    return found


async def situation(connection: Connection) -> Situation:
    row = await connection.fetchrow(
        f"""
        SELECT clock_timestamp() AS now, (SELECT {brake.LEVEL} FROM brake) AS level,
            ({ATTACKED}) AS attack
        """
    )
    assert row is not None  # noqa: S101 -- for mypy: it always has one
    events = await connection.fetch(
        """
        SELECT kind, sum(times)::int AS times, min(happened) AS first,
            (array_agg(facts ORDER BY id))[1] AS facts
        FROM outbox GROUP BY kind
        """
    )
    made = await connection.fetch("SELECT kind, made FROM alert")
    return Situation(
        row["now"],
        row["level"],
        {
            one["kind"]: Happened(one["times"], one["first"], json.loads(one["facts"]))
            for one in events
        },
        {one["kind"]: one["made"] for one in made},
        json.loads(row["attack"]) if row["attack"] else None,
    )


async def make(connection: Connection, kind: Kind, facts: Facts) -> None:
    """Make an alert of the events that there are, for every channel.

    An event that is written meanwhile is not forgotten: what is counted is what is deleted.
    """
    await connection.execute(
        """
        WITH taken AS (
            DELETE FROM outbox WHERE id IN (
                SELECT id FROM outbox WHERE kind = ANY($2) ORDER BY id FOR UPDATE SKIP LOCKED
            )
            RETURNING kind, times
        ),
        facts AS (
            SELECT coalesce(jsonb_object_agg(kind, times), '{}') AS counts
            FROM (
                SELECT kind, sum(times) AS times FROM taken WHERE kind <> 'brake' GROUP BY kind
            ) AS counted
        ),
        replaced AS (
            DELETE FROM delivery WHERE id IN (
                SELECT id FROM delivery
                WHERE $4 AND kind = $1 AND claimed_until <= clock_timestamp()
                FOR UPDATE SKIP LOCKED
            )
            RETURNING channel, facts
        ),
        before AS (
            SELECT channel, sum((facts ->> 'waits')::int) AS waits,
                sum((facts ->> 'reported')::int) AS reported,
                sum((facts ->> 'urgent')::int) AS urgent
            FROM replaced GROUP BY channel
        ),
        noted AS (
            INSERT INTO alert (kind, made, facts) VALUES ($1, clock_timestamp(), $3::jsonb)
            ON CONFLICT (kind) DO UPDATE SET made = excluded.made, facts = excluded.facts
        )
        INSERT INTO delivery (channel, kind, facts)
        SELECT channel.name, $1, $3::jsonb || jsonb_strip_nulls(jsonb_build_object(
            'waits', nullif(coalesce((counts ->> 'waits')::int, 0) + coalesce(waits, 0), 0),
            'reported',
                nullif(coalesce((counts ->> 'reported')::int, 0) + coalesce(reported, 0), 0),
            'urgent', nullif(coalesce((counts ->> 'urgent')::int, 0) + coalesce(urgent, 0), 0)
        ))
        FROM channel CROSS JOIN facts LEFT JOIN before ON before.channel = channel.name
        """,
        kind,
        list(ABOUT[kind]),
        json.dumps(facts),
        kind in MERGED,
    )


async def forget(connection: Connection, kind: Event) -> None:
    """Forget events that change nothing."""
    await connection.execute("DELETE FROM outbox WHERE kind = $1", kind)


async def claim(connection: Connection, channel: str) -> Delivery | None:
    """The oldest alert that this channel has to deliver now, for CLAIM_SECONDS.

    Times that are too far away are from before the database's clock was set back.
    """
    row = await connection.fetchrow(
        """
        WITH due AS (
            SELECT delivery.id FROM delivery JOIN channel ON channel.name = delivery.channel
            WHERE channel = $1
                AND next_at NOT BETWEEN clock_timestamp()
                    AND clock_timestamp() + make_interval(secs => $3)
                AND claimed_until NOT BETWEEN clock_timestamp()
                    AND clock_timestamp() + make_interval(secs => $2)
            ORDER BY made LIMIT 1
            FOR UPDATE OF delivery SKIP LOCKED
        )
        UPDATE delivery SET claimed_until = clock_timestamp() + make_interval(secs => $2)
        FROM due WHERE delivery.id = due.id
        RETURNING delivery.id, kind, made, facts
        """,
        channel,
        CLAIM_SECONDS,
        2 * LONGEST_PAUSE,
    )
    if row is None:
        return None
    return Delivery(row["id"], row["kind"], row["made"], json.loads(row["facts"]))


async def drop(connection: Connection, number: UUID) -> None:
    """An alert has nothing to say any more."""
    await connection.execute("DELETE FROM delivery WHERE id = $1", number)


async def delivered(connection: Connection, channel: str, number: UUID | None) -> None:
    """Note that the channel has delivered an alert; a test has no number here."""
    await connection.execute(
        """
        WITH done AS (DELETE FROM delivery WHERE id = $2)
        UPDATE channel SET delivered = clock_timestamp(), attempts = 0, next_at = '-infinity',
            first_failed = NULL, error = NULL, status = NULL
        WHERE name = $1
        """,
        channel,
        number,
    )


async def failed(connection: Connection, channel: str, number: UUID, failure: Undelivered) -> None:
    """Note that an attempt has failed. The next one is after a pause that doubles.

    Alerts that are a day old are given up.
    """
    await connection.execute(
        """
        WITH given_up AS (
            DELETE FROM delivery
            WHERE channel = $1 AND made < clock_timestamp() - make_interval(hours => $5)
        ),
        released AS (
            UPDATE delivery SET claimed_until = '-infinity'
            WHERE id = $8 AND made >= clock_timestamp() - make_interval(hours => $5)
        )
        UPDATE channel SET attempts = attempts + 1, failed = clock_timestamp(),
            first_failed = coalesce(first_failed, clock_timestamp()), error = $2, status = $3,
            next_at = clock_timestamp() + make_interval(secs => greatest(
                $4, least($7, $6 * 2.0 ^ least(attempts, 20)) * (1 + random() / 4)
            ))
        WHERE name = $1
        """,
        channel,
        failure.reason,
        failure.status,
        min(failure.pause, LONGEST_PAUSE),
        GIVE_UP_HOURS,
        FIRST_PAUSE,
        LONGEST_PAUSE,
        number,
    )


async def note_failure(connection: Connection, channel: str, failure: Undelivered) -> None:
    """Note that a test has failed, which delays nothing."""
    await connection.execute(
        """
        UPDATE channel SET failed = clock_timestamp(), error = $2, status = $3,
            first_failed = coalesce(first_failed, clock_timestamp())
        WHERE name = $1
        """,
        channel,
        failure.reason,
        failure.status,
    )


async def channels(connection: Connection) -> list[ChannelState]:
    """The channels, in the order of their names."""
    rows = await connection.fetch(
        """
        SELECT name, delivered, failed, error AS reason, status,
            coalesce(first_failed < clock_timestamp() - make_interval(hours => $1), false)
                AS is_failing,
            (SELECT count(*) FROM delivery WHERE channel = name) AS pending
        FROM channel ORDER BY name
        """,
        GIVE_UP_HOURS,
    )
    return [ChannelState(**dict(row)) for row in rows]
