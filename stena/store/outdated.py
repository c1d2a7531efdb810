"""A newer release alters tables while this one serves.

PostgreSQL then refuses each prepared statement whose columns have changed. The driver drops its
prepared statements, in all connections of the pool, and tries once more if the statement is in no
transaction. The next of several alterations may outdate that one too: it waits while the statement
is prepared, and alters the table before the statement is executed.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Record

    Given = ParamSpec("Given")
    Result = TypeVar("Result")
    # A method of a connection.
    Statement = TypeVar("Statement", bound=Callable[..., Awaitable[Any]])
    _Connection = asyncpg.Connection[Record]
else:
    _Connection = asyncpg.Connection

# As often as transactions are tried. All migrations of a release alter a table less often.
TIMES = 10


def again_if_outdated(
    transaction: Callable[Given, Awaitable[Result]],
) -> Callable[Given, Awaitable[Result]]:
    """Repeat a transaction that was rolled back since a table was altered."""

    @wraps(transaction)
    async def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for _ in range(TIMES - 1):
            try:
                return await transaction(*args, **kwargs)
            except asyncpg.InvalidCachedStatementError:
                continue
        return await transaction(*args, **kwargs)

    return run


def _again_if_alone(statement: Statement) -> Statement:
    """Repeat a statement that was refused since a table was altered, if in no transaction."""

    @wraps(statement)
    async def run(connection: _Connection, *args: object, **options: object) -> object:
        try:
            return await statement(connection, *args, **options)
        except asyncpg.InvalidCachedStatementError:
            if connection.is_in_transaction():
                raise
        # What prepares it locks its tables until the transaction ends.
        async with connection.transaction():
            return await statement(connection, *args, **options)

    return cast("Statement", run)


class LastingConnection(_Connection):
    """A connection whose statements outlast several alterations of their tables in a row."""

    execute = _again_if_alone(_Connection.execute)
    fetch = _again_if_alone(_Connection.fetch)
    fetchrow = _again_if_alone(_Connection.fetchrow)
    fetchval = _again_if_alone(_Connection.fetchval)
