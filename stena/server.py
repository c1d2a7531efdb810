from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from typing import TYPE_CHECKING

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
# How many connections may wait to be taken; the kernel's own limit is often the lower one.
BACKLOG = 1024
SILENT = "The database cannot be used"


class CannotServe(Exception):  # noqa: N818 -- it reads as what happened
    """One line: what is in the way, and what to do."""


async def serve(settings: Settings, address: Address, *, debug: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first.

    Args:
        settings: all of them.
        address: the database.
        debug: as for create_app.

    Raises:
        CannotServe: the database does not answer, its migrations fail, or the port is taken.
    """
    stop = _signalled()
    if not await _prepared(settings, address, stop):
        return
    serving = runner(settings, address, debug=debug)
    await serving.setup()
    try:
        listening = listen(settings.common.host, settings.common.port)
        await web.SockSite(serving, listening, backlog=BACKLOG).start()
        announce(settings.common.host, listening.getsockname()[1])
        await stop.wait()
    finally:
        await serving.cleanup()


async def prepare(settings: Settings, address: Address) -> bool:
    """Bring the database up to date, unless the settings forbid it; False where told to stop.

    Raises:
        CannotServe: as migrate.
    """
    return await _prepared(settings, address, _signalled())


def runner(settings: Settings, address: Address, *, debug: bool = False) -> Runner:
    """What answers requests in one process."""
    return Runner(
        create_app(settings, address, debug=debug),
        access_log_class=RequestLog,
        access_log=logging.getLogger("stena.requests") if settings.logging.requests else None,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )


async def migrate(settings: Settings, address: Address) -> None:
    """Bring the database up to date.

    Raises:
        CannotServe: the database does not answer, or a migration fails.
    """
    postgres = settings.postgres
    async with Database.open(address, pool_size=1) as database:
        try:
            await database.wait(postgres.start_timeout)
            async with database.connection() as connection:
                standing = await revision.standing(connection)
        except Refusal as refusal:
            reason = refusal.__cause__ or refusal
            raise CannotServe(f"{SILENT}: {plainly(reason)}. {remedy(reason)}") from refusal
    if standing == "ahead":
        log.warning("database_is_newer", note="a newer release has migrated it; going on with it")
    if standing != "behind":
        return
    from stena.store import migration  # noqa: PLC0415 -- a second of loading, seldom needed

    try:
        await migration.upgrade(address, naive_time_zone=postgres.naive_time_zone)
    except migration.NotMigrated as reason:
        raise CannotServe(str(reason)) from reason
    log.info("database_migrated")


def _signalled() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _prepared(settings: Settings, address: Address, stop: asyncio.Event) -> bool:
    if settings.postgres.migrate:
        migrating = asyncio.ensure_future(migrate(settings, address))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({migrating, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            migrating.cancel()
            await asyncio.wait({migrating})
        else:
            migrating.result()
    return not stop.is_set()


def listen(host: str, port: int) -> socket.socket:
    """The port, in which connections wait from now on until they are taken.

    Raises:
        CannotServe: the port is taken, or there is no such address here.
    """
    try:
        if ":" in host:
            both = host == "::" and socket.has_dualstack_ipv6()
            return socket.create_server(
                (host, port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=both
            )
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        mend = (
            "Stop the program that uses it, or set another one: PORT=8081."
            if error.errno == errno.EADDRINUSE
            else "Set STENA_COMMON__HOST=0.0.0.0, or a port above 1023: PORT=8081."
        )
        # Python adds where it tried to, which the sentence says already.
        why = str(error.strerror).partition(" (")[0]
        raise CannotServe(f"Port {port} on {host} cannot be used: {why}. {mend}") from error


def announce(host: str, port: int) -> None:
    """Say where the wall is, in one line on standard output."""
    shown = "localhost" if host in {"0.0.0.0", "127.0.0.1", "::"} else host  # noqa: S104 -- compared
    print(f"The wall is at http://{shown}:{port}", flush=True)  # noqa: T201 -- the one line
