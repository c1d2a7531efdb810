"""Connections to a pooler that gives each transaction another session of the server."""

from __future__ import annotations

from contextlib import nullcontext
from secrets import token_hex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncpg import Record

    # PostgreSQL's name of a time limit, and its seconds; 0 for no limit. What is not named is as
    # the server has it.
    Limits = Mapping[str, float]
    _Connection = asyncpg.Connection[Record]
else:
    _Connection = asyncpg.Connection

NO_LIMITS: Limits = MappingProxyType({})


class PooledConnection(_Connection):
    """A connection on which every statement runs in a transaction, alone if it is in none.

    Between transactions it has no session of its own, so it keeps nothing there: no settings, and
    no prepared statements, whose parts the pooler would send to different sessions. A statement
    alone is committed when it returns, as on any other connection.

    Attributes:
        limits: the time limits of each transaction.
    """

    limits: Limits = NO_LIMITS

    def transaction(self, **options: Any) -> Transaction:  # noqa: ANN401 -- the driver's options
        limits = NO_LIMITS if self.is_in_transaction() else self.limits
        return _Limited(self, limits, **options)

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
        limits: Limits,
        *,
        isolation: Any = None,  # noqa: ANN401 -- as above
        readonly: bool = False,
        deferrable: bool = False,
    ) -> None:
        super().__init__(connection, isolation, readonly, deferrable)
        self._limiting = connection, setting("SET LOCAL", limits)

    async def start(self) -> None:
        await super().start()
        connection, statements = self._limiting
        if statements:
            await connection.execute(statements)


def setting(set_: str, limits: Limits) -> str:
    """The statements that set the server's limits, by SET or SET LOCAL; empty for none."""
    return "; ".join(f"{set_} {name} = {round(limits[name] * 1000)}" for name in limits)
