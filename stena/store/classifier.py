"""What was learned from the decisions of the team, and what it says of messages that wait.

Decisions are read in the order of their ids, each once, from a mark that all processes share. What
is learned from them and the mark are one transaction, so a kill loses nothing and repeats nothing.
A text that several decisions are about is counted once, until the last of them is undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.decision import KEEP_DAYS, MOST_AT_ONCE
from stena.term import READ, Count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stena.decision import Action
    from stena.store.database import Connection
    from stena.term import Terms

# Which decisions say that a text is spam, and which that it is wanted. A removal alone says
# neither: it may be an insult, or off topic.
SPAM: set[Action] = {"reject"}
WANTED: set[Action] = {"approve", "restore", "keep"}
# How many decisions a step reads, and how many different texts of each. Of these a decision teaches
# so many: half of what is needed, so that a single tap does not decide what spam is.
DECISIONS, TEXTS, MOST_OF_ONE = 10, 50, 10
# How many messages a step judges, of so many that wait: those that the first page of the desk has.
MESSAGES, MOST_JUDGED = 50, MOST_AT_ONCE
# How many terms are kept, and how many texts whose decisions can be undone without a trace. With
# their indexes they take about 40 MB at most.
MOST_LEARNED, MOST_UNDOABLE = 200_000, 10_000


class Mark(NamedTuple):
    """How far decisions were read.

    Attributes:
        decision: the last one.
        key: a secret for the digests of terms.
    """

    decision: int
    key: bytes


class Lesson(NamedTuple):
    """What a decision may teach.

    Attributes:
        decision: its id.
        is_spam: whether it says that its texts are spam, and not that they are wanted.
        texts: different ones, each cut to READ characters; none if the decision teaches nothing.
    """

    decision: int
    is_spam: bool
    texts: Sequence[str]


class Learned(NamedTuple):
    """What was learned up to now.

    Attributes:
        version: another one after each change.
        texts: how many.
        key: as Mark.
    """

    version: int
    texts: Count
    key: bytes


class Unjudged(NamedTuple):
    """A message that waits.

    Attributes:
        text: cut to READ characters.
        resembles_spam: what was said of it before.
    """

    message: int
    text: str
    resembles_spam: bool


async def mark(connection: Connection) -> Mark | None:
    """The mark, for this transaction alone; None while another one has it."""
    row = await connection.fetchrow("SELECT decision, key FROM classifier FOR UPDATE SKIP LOCKED")
    return Mark(**dict(row)) if row else None


async def undone(connection: Connection) -> list[int]:
    """Decisions that were undone after something was learned from them, some at once."""
    rows = await connection.fetch(
        """
        SELECT id FROM decision
        WHERE undone IS NOT NULL AND id IN (SELECT learned_text.decision FROM learned_text)
        ORDER BY id LIMIT $1
        """,
        DECISIONS,
    )
    return [row["id"] for row in rows]


async def unlearn(connection: Connection, decision: int) -> None:
    """Forget what a decision has taught, but for texts of which another one says the same."""
    await connection.execute(
        """
        WITH dropped AS (
            DELETE FROM learned_text WHERE decision = $1 RETURNING text, is_spam, terms
        ),
        gone AS MATERIALIZED (
            SELECT is_spam, terms FROM dropped WHERE NOT EXISTS (
                SELECT FROM learned_text AS other
                WHERE other.text = dropped.text AND other.is_spam = dropped.is_spam
                    AND other.decision <> $1
            )
        ),
        counted AS (
            UPDATE classifier SET version = version + 1,
                spam = greatest(spam - (SELECT count(*) FROM gone WHERE is_spam), 0),
                wanted = greatest(wanted - (SELECT count(*) FROM gone WHERE NOT is_spam), 0)
        )
        UPDATE learned_term SET spam = greatest(spam - less_spam, 0),
            wanted = greatest(wanted - less_wanted, 0)
        FROM (
            SELECT of.term, count(*) FILTER (WHERE is_spam) AS less_spam,
                count(*) FILTER (WHERE NOT is_spam) AS less_wanted
            FROM gone CROSS JOIN unnest(terms) AS of (term) GROUP BY of.term
        ) AS less
        WHERE learned_term.term = less.term
        """,
        decision,
    )


async def lessons(connection: Connection, after: int) -> list[Lesson]:
    """What the next decisions may teach, in their order.

    Texts that their author has edited since are left out, as the team has not seen them; so are the
    team's own. Of a decision in parts the first one stands for all.
    """
    rows = await connection.fetch(
        """
        SELECT id AS decision, action = ANY($3) AS is_spam, ARRAY(
            SELECT DISTINCT left(coalesce(withheld.text, message.text), $5)
            FROM message LEFT JOIN withheld ON withheld.message = message.id
            WHERE message.id = ANY(decision.messages) AND message.badge IS NULL
                AND coalesce(withheld.text, message.text) <> ''
                AND coalesce(message.edited, message.created) < decision.made
                AND decision.action = ANY($3 || $4) AND decision.undone IS NULL
                AND decision.first IS NULL AND decision.ground IS NULL
            LIMIT $6
        ) AS texts
        FROM (SELECT * FROM decision WHERE id > $1 ORDER BY id LIMIT $2) AS decision
        ORDER BY id
        """,
        after,
        DECISIONS,
        list(SPAM),
        list(WANTED),
        READ,
        TEXTS,
    )
    return [Lesson(**dict(row)) for row in rows]


async def learn(connection: Connection, lesson: Lesson, terms: Terms) -> None:
    """Count a text and its terms, unless another decision has said the same of it."""
    await connection.execute(
        """
        WITH known AS MATERIALIZED (
            SELECT EXISTS (SELECT FROM learned_text WHERE text = $2 AND is_spam = $3) AS is_known
        ),
        kept AS (
            INSERT INTO learned_text (decision, text, is_spam, terms) VALUES ($1, $2, $3, $4)
        ),
        counted AS (
            UPDATE classifier SET version = version + 1,
                spam = spam + $3::int, wanted = wanted + (NOT $3)::int
            FROM known WHERE NOT is_known
        )
        INSERT INTO learned_term AS old (term, spam, wanted, decision)
        SELECT term, $3::int, (NOT $3)::int, $1
        FROM unnest($4::bigint[]) AS given (term) JOIN known ON NOT is_known
        ON CONFLICT (term) DO UPDATE SET spam = old.spam + excluded.spam,
            wanted = old.wanted + excluded.wanted, decision = excluded.decision
        """,
        lesson.decision,
        terms.text,
        lesson.is_spam,
        terms.terms,
    )


async def move(connection: Connection, decision: int) -> None:
    """Set the mark: everything up to this decision is learned."""
    await connection.execute("UPDATE classifier SET decision = $1", decision)


async def learned(connection: Connection) -> Learned:
    row = await connection.fetchrow("SELECT version, spam, wanted, key FROM classifier")
    assert row is not None  # noqa: S101 -- the one row
    return Learned(row["version"], Count(row["spam"], row["wanted"]), row["key"])


async def unjudged(connection: Connection, learned: Learned) -> list[Unjudged]:
    """Messages that wait and are not judged by what was learned, at most MESSAGES.

    First those that were never judged, then those that were judged longest ago. While too little is
    learned, these are the ones that are still said to resemble spam.
    """
    rows = await connection.fetch(
        """
        SELECT message, left(text, $3) AS text, resembles_spam FROM withheld
        WHERE message IN (
            SELECT message FROM (
                SELECT message, judged, resembles_spam FROM withheld
                WHERE state = 'waiting' ORDER BY message DESC LIMIT $4
            ) AS newest
            WHERE CASE WHEN $2 THEN judged IS DISTINCT FROM $1 ELSE resembles_spam END
            ORDER BY judged NULLS FIRST, message DESC LIMIT $5
        )
        """,
        learned.version,
        learned.texts.is_enough,
        READ,
        MOST_JUDGED,
        MESSAGES,
    )
    return [Unjudged(**dict(row)) for row in rows]


async def counts(connection: Connection, terms: Sequence[int]) -> dict[int, Count]:
    """How many texts have each of the terms, of those that were learned."""
    rows = await connection.fetch(
        "SELECT term, spam, wanted FROM learned_term WHERE term = ANY($1) AND spam + wanted > 0",
        terms,
    )
    return {row["term"]: Count(row["spam"], row["wanted"]) for row in rows}


async def note(connection: Connection, learned: Learned, verdicts: Mapping[Unjudged, bool]) -> int:
    """Note which messages resemble spam, unless they were edited meanwhile. Runs inside `ordered`.

    Decisions lock the same rows, in another order, but only inside `ordered`.

    Returns:
        How many of them did not resemble it before.
    """
    marked: int = await connection.fetchval(
        """
        WITH noted AS (
            UPDATE withheld SET judged = $1, resembles_spam = given.resembles_spam
            FROM unnest($2::bigint[], $3::text[], $4::boolean[])
                AS given (message, text, resembles_spam)
            JOIN withheld AS before ON before.message = given.message
            WHERE withheld.message = given.message AND left(withheld.text, $5) = given.text
            RETURNING given.resembles_spam AND NOT before.resembles_spam AS is_marked
        )
        SELECT count(*) FILTER (WHERE is_marked) FROM noted
        """,
        learned.version,
        [one.message for one in verdicts],
        [one.text for one in verdicts],
        list(verdicts.values()),
        READ,
    )
    return marked


async def forget(connection: Connection) -> None:
    """Forget the rarest terms, the oldest first, and which decision has taught what long ago.

    Inside a transaction that has the mark. Of a decision that is undone after that, what it has
    taught stays.
    """
    await connection.execute(
        """
        DELETE FROM learned_text WHERE decision <= greatest(
            (SELECT max(id) FROM decision
             WHERE made < clock_timestamp() - make_interval(days => $1)),
            (SELECT decision FROM learned_text ORDER BY decision DESC OFFSET $2 LIMIT 1)
        )
        """,
        KEEP_DAYS,
        MOST_UNDOABLE,
    )
    await connection.execute("DELETE FROM learned_term WHERE spam + wanted = 0")
    await connection.execute(
        """
        DELETE FROM learned_term WHERE term IN (
            SELECT term FROM learned_term ORDER BY spam + wanted DESC, decision DESC OFFSET $1
        )
        """,
        MOST_LEARNED,
    )
