from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import asyncpg
import structlog
from aiohttp import web

from stena.app import create_app
from stena.refusal import Refusal
from stena.store import revision
from stena.store.database import Database, plainly, remedy
from stena.web.protocol import Runner
from stena.web.requests import RequestLog

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address

log = structlog.get_logger(__name__)

# Some hosts kill 10 seconds after they asked to stop: 3 for bodies to arrive, then this for
# their answers.
SHUTDOWN_SECONDS = 5


class CannotServe(Exception):  # noqa: N818 -- it reads as what happened
    """One line: what is in the way, and what to do."""


async def serve(settings: Settings, address: Address) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first.

    Raises:
        CannotServe: the database does not answer, its migrations fail, or the port is taken.
    """
    stop = asyncio.Event()
    preparing = asyncio.ensure_future(_prepare(settings, address))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, stop, preparing)
    await asyncio.wait([preparing])
    if stop.is_set():
        return
    preparing.result()
    runner = Runner(
        create_app(settings, address),
        access_log_class=RequestLog,
        access_log=logging.getLogger("stena.requests") if settings.logging.requests else None,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        await _listen(runner, settings.common.host, settings.common.port)
        await stop.wait()
        log.info("stopping")
    finally:
        await runner.cleanup()


async def migrate(settings: Settings, address: Address) -> None:
    """Bring the database up to date.

    Raises:
        CannotServe: the database does not answer, or a migration fails.
    """
    postgres = settings.postgres
    async with Database.open(address, pool_size=1) as database:
        try:
            await database.wait(postgres.start_timeout)
        except Refusal as refusal:
            reason = refusal.__cause__ or refusal
            raise CannotServe(
                f"The database does not answer: {plainly(reason)}. {remedy(reason)}"
            ) from refusal
        async with database.connection() as connection:
            standing = await revision.standing(connection)
    if standing == "ahead":
        log.warning("database_is_newer", note="a newer release has migrated it; going on with it")
    if standing != "behind":
        return
    from stena.store import migration  # noqa: PLC0415 -- a second of loading, seldom needed

    try:
        await migration.upgrade(address, naive_time_zone=postgres.naive_time_zone)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotServe(
            f"The database could not be migrated, nothing was changed: {plainly(error)}"
        ) from error
    log.info("database_migrated")


async def _prepare(settings: Settings, address: Address) -> None:
    if settings.postgres.migrate:
        await migrate(settings, address)


def _stop(stop: asyncio.Event, preparing: asyncio.Future[None]) -> None:
    stop.set()
    preparing.cancel()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    """Open the port and say where the wall is, in one line on standard output."""
    site = web.TCPSite(runner, host, port, reuse_address=True)
    try:
        await site.start()
    except OSError as error:
        raise CannotServe(
            f"Port {port} on {host} cannot be used: {error.strerror}. Stop the program that uses "
            "it, or set another one: PORT=8081."
        ) from error
    port = runner.addresses[0][1]
    shown = "localhost" if host in {"0.0.0.0", "127.0.0.1", "::"} else host  # noqa: S104 -- compared
    print(f"The wall is at http://{shown}:{port}", flush=True)  # noqa: T201 -- the one line
