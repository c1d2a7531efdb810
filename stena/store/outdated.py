from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Given = ParamSpec("Given")
    Result = TypeVar("Result")


def again_if_outdated(
    transaction: Callable[Given, Awaitable[Result]],
) -> Callable[Given, Awaitable[Result]]:
    """Run a transaction once more if a newer release has altered a table meanwhile.

    PostgreSQL then refuses a prepared statement whose columns have changed. Outside of a
    transaction the driver prepares it anew; inside, all of it has been rolled back and has to be
    repeated. The driver has dropped its prepared statements by then, in all connections of the
    pool.
    """

    @wraps(transaction)
    async def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return await transaction(*args, **kwargs)
        except asyncpg.InvalidCachedStatementError:
            return await transaction(*args, **kwargs)

    return run
