"""What an export has: the rows of the tables that make a wall the same elsewhere, as JSON.

Nothing that signs anybody in is among them, and no key of the digests of addresses. What follows
from these rows is not either: the words of the search, what was learned, what the brake counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.store.order import CHANNEL, ordered

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from stena.store.database import Connection

# The number is arbitrary.
IMPORT_LOCK = 7_836_204
# How many rows are fetched at once.
FETCHED = 200


class Kind(NamedTuple):
    """Rows of one table.

    Attributes:
        table: its name.
        fields: the columns.
        order: by which columns the rows are sorted.
        where: SQL: which rows.
        conflict: SQL: what is inserted in place of a row that every wall has.
    """

    table: str
    fields: str
    order: str
    where: str = "true"
    conflict: str = ""

    @property
    def names(self) -> list[str]:
        return self.fields.split()

    @property
    def columns(self) -> str:
        return ", ".join(f'"{name}"' for name in self.names)


_RULE = "mode reports hours_from hours_to outside time_zone slow_seconds close_days links"
# In the order in which rows refer to each other. The order of letters is not the database's, so
# that it is the same on another server.
KINDS = {
    "rule": Kind(
        "rule",
        f"thread {_RULE}",
        'thread COLLATE "C"',
        # Every wall has this one from its beginning.
        """
            thread <> '' OR mode <> 'open' OR reports IS DISTINCT FROM 3 OR num_nonnulls(hours_from,
                hours_to, outside, time_zone, slow_seconds, close_days, links) > 0
        """,
        "ON CONFLICT (thread) DO UPDATE SET "
        + ", ".join(f"{name} = EXCLUDED.{name}" for name in _RULE.split()),
    ),
    "member": Kind("member", "id name role created left_at", "id"),
    "message": Kind(
        "message",
        "id text created name state once change parent thread edited author link replies "
        "reactions gone appeared worded tombstone disappeared badge links",
        "id",
    ),
    "withheld": Kind(
        "withheld", "message text name since state why resembles_spam wave", "message"
    ),
    "reaction": Kind("reaction", "message kind author", "message, kind, author"),
    "pin": Kind("pin", "message thread since", "message"),
    "lock": Kind("conversation_lock", "message since", "message"),
    "notice": Kind("notice", "thread text", 'thread COLLATE "C"'),
    "word": Kind("word", "entry refuses", 'entry COLLATE "C"'),
    "browser": Kind("browser", "author", "author"),
    "standing": Kind("standing", "author message since", "author"),
    "ban": Kind(
        "ban", "kind digest id until days refuses message member", "id", "kind = 'browser'"
    ),
    "decision": Kind(
        "decision",
        "id made member action messages before newly_known no_longer_known undone why subject "
        "former latter still_known first ground asked_by newly_linked counted",
        "id",
    ),
    "report": Kind("report", "id message author reason words weight made settled", "id"),
    "figure": Kind(
        "figure", "hour layer outcome count", 'hour, layer COLLATE "C", outcome COLLATE "C"'
    ),
    "erasure": Kind("erasure", "id author member asked top below erased done", "id"),
}
# Their next numbers are the same elsewhere too.
SEQUENCES = (
    "member_id_seq", "message_id_seq", "message_change", "ban_id_seq", "decision_id_seq",
    "report_id_seq", "erasure_id_seq",
)  # fmt: skip


async def rows(connection: Connection) -> AsyncGenerator[tuple[str, str]]:
    """The kind of each row, and the row as JSON, in their order.

    In a transaction, which is one snapshot if it is REPEATABLE READ.
    """
    # Times are written as the session has them, and bytes as the setting says.
    await connection.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'")
    for name, kind in KINDS.items():
        query = f"""
            SELECT row_to_json(row)::text FROM (
                SELECT {kind.columns} FROM {kind.table} WHERE {kind.where} ORDER BY {kind.order}
            ) AS row
        """
        async for row in connection.cursor(query, prefetch=FETCHED):
            yield name, row[0]


async def count(connection: Connection) -> int:
    """How many rows there are."""
    total = 0
    for kind in KINDS.values():
        total += await connection.fetchval(f"SELECT count(*) FROM {kind.table} WHERE {kind.where}")
    return total


async def last_numbers(connection: Connection) -> dict[str, int]:
    """The last number of each sequence, 0 if it has given none."""
    return {
        name: await connection.fetchval(
            f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}"
        )
        for name in SEQUENCES
    }


async def insert(connection: Connection, name: str, given: Sequence[str]) -> None:
    """Insert rows of one kind, each as JSON."""
    kind = KINDS[name]
    await connection.execute(
        f"""
        INSERT INTO {kind.table} ({kind.columns}) OVERRIDING SYSTEM VALUE
        SELECT {kind.columns} FROM json_populate_recordset(NULL::{kind.table}, $1::json)
        {kind.conflict}
        """,
        f"[{','.join(given)}]",
    )


async def finish(connection: Connection, numbers: dict[str, int]) -> None:
    """Let the numbers go on after those of the export, and all processes read everything anew."""
    async with ordered(connection):
        for name in SEQUENCES:
            number = numbers[name]
            await connection.execute(
                "SELECT setval($1::text::regclass, greatest($2::bigint, 1), $2 > 0)", name, number
            )
        # All words are to be indexed. What was posted elsewhere is no news for the detection.
        await connection.execute("UPDATE message_words_mark SET change = 0, folded = 0, stale = 0")
        await connection.execute(
            """
            UPDATE detected SET (change, message) = (
                SELECT coalesce(max(change), 0), coalesce(max(id), 0) FROM message
            )
            """
        )
        await connection.execute("UPDATE word_list SET changed = clock_timestamp()")
        await connection.execute(
            "SELECT pg_notify($1, $2)", CHANNEL, str(numbers["message_change"])
        )


async def lock(connection: Connection) -> bool:
    """Take the lock of the one import, which ends with the connection; False if another has it."""
    taken: bool = await connection.fetchval(f"SELECT pg_try_advisory_lock({IMPORT_LOCK})")
    return taken


async def serves(connection: Connection) -> bool:
    """Whether a wall is connected to this database."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND application_name IN ('stena', 'stena listen')
        )
        """
    )
    return found
