"""Connections to a pooler that gives each transaction another session of the server."""

from __future__ import annotations

from contextlib import nullcontext
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.transaction import Transaction

if TYPE_CHECKING:
    from asyncpg import Record

    _Connection = asyncpg.Connection[Record]
else:
    _Connection = asyncpg.Connection


class PooledConnection(_Connection):
    """A connection on which every statement runs in a transaction, alone if it is in none.

    Between transactions it has no session of its own, so it keeps nothing there: no settings, and
    no prepared statements, whose parts the pooler would send to different sessions. A statement
    alone is committed when it returns, as on any other connection.

    Attributes:
        limit: how many seconds a statement, or a pause in a transaction, may take; None for the
            server's own limits.
    """

    limit: float | None = None

    def transaction(self, **options: Any) -> Transaction:  # noqa: ANN401 -- the driver's options
        limit = None if self.is_in_transaction() else self.limit
        return _Limited(self, limit, **options)

    def _in_transaction(self) -> Transaction | nullcontext[None]:
        """The transaction of a statement: the one that it is in, or one of its own."""
        return nullcontext() if self.is_in_transaction() else self.transaction()

    async def execute(self, query: str, *args: object, **options: Any) -> str:  # noqa: ANN401 -- as above
        # Without arguments it is one message to the server, which no pooler takes apart.
        async with self._in_transaction() if args else nullcontext():
            return await super().execute(query, *args, **options)

    async def fetch(self, query: str, *args: object, **options: Any) -> Any:  # noqa: ANN401 -- as above
        async with self._in_transaction():
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: object, **options: Any) -> Any:  # noqa: ANN401 -- as above
        async with self._in_transaction():
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: object, **options: Any) -> Any:  # noqa: ANN401 -- as above
        async with self._in_transaction():
            return await super().fetchval(query, *args, **options)

    async def prepare(self, query: str, **options: Any) -> Any:  # noqa: ANN401 -- as above
        # Alembic's statements. The driver's own names are those of every other process too, and
        # the session may have been another's.
        return await super().prepare(query, **{**options, "name": f"stena_{token_hex(8)}"})


class _Limited(Transaction):
    """A transaction with limits of its own."""

    def __init__(
        self,
        connection: PooledConnection,
        limit: float | None,
        *,
        isolation: Any = None,  # noqa: ANN401 -- as above
        readonly: bool = False,
        deferrable: bool = False,
    ) -> None:
        super().__init__(connection, isolation, readonly, deferrable)
        self._limits = None if limit is None else (connection, limits("SET LOCAL", limit))

    async def start(self) -> None:
        await super().start()
        if self._limits:
            connection, statements = self._limits
            await connection.execute(statements)


def limits(set_: str, seconds: float) -> str:
    """The statements that set the server's limits, by SET or SET LOCAL."""
    milliseconds = round(seconds * 1000)
    return (
        f"{set_} statement_timeout = {milliseconds}; "
        f"{set_} idle_in_transaction_session_timeout = {milliseconds}"
    )
