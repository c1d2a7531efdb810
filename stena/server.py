from __future__ import annotations

import asyncio
import ctypes
import errno
import logging
import signal
import socket
import struct
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from stena import owner
from stena.app import create_app
from stena.refusal import Refusal
from stena.store import inspection, revision
from stena.store.database import Database
from stena.store.remedies import DO_NOT_LISTEN, POOLED, SILENT, UTF8, plainly, remedy
from stena.store.watch import LOOK_SECONDS
from stena.web.app_keys import JOBS
from stena.web.internals.protocol import Runner
from stena.web.wire.access_log import AccessLog

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.settings import Settings
    from stena.store.database import Address
    from stena.store.watch import Watch
    from stena.web.wire.buckets import Buckets

log = structlog.get_logger(__name__)

# Some hosts kill the program 10 seconds after SIGTERM. First it serves on while proxies notice that
# it is not ready, and a moment more for connections that have begun. Request bodies then have 2
# seconds to arrive, and the responses these.
DRAIN_SECONDS = 2.0
SETTLE_SECONDS = 0.05
SHUTDOWN_SECONDS = 4
# The length of the accept queue; the kernel's own limit is often lower.
BACKLOG = 1024
# A client that vanishes without a word is disconnected when it has not acknowledged for so long
# what was sent; without this, Linux goes on sending for 15 minutes.
UNACKNOWLEDGED_SECONDS = 30


class CannotServe(Exception):  # noqa: N818 -- it reads as what happened
    """One line: what prevents the start, and what to do."""


async def serve(
    settings: Settings, address: Address, watch: Watch | None = None, *, debug: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in flight.

    After SIGTERM it serves on for a moment, not ready; SIGINT stops it at once.

    Args:
        settings: all of them.
        address: the database.
        watch: starts the database again if it ends; None if it is not ours.
        debug: as for create_app.

    Raises:
        CannotServe: the database does not answer, its migrations fail, the port is in use, or a
            background job keeps failing.
    """
    stop, at_once = _signalled()
    if not await _prepared(settings, address, stop):
        return
    serving = runner(settings, address, debug=debug)
    given_up = serving.app[JOBS].given_up
    await serving.setup()
    try:
        listening = listen(settings.common.host, settings.common.port)
        await web.SockSite(serving, listening, backlog=BACKLOG).start()
        announce(settings.common.host, listening.getsockname()[1])
        async with _watched(watch):
            await _any(stop, given_up)
            if not given_up.is_set():
                await _drain(serving, listening, at_once)
    finally:
        await serving.cleanup()
    if given_up.is_set():
        raise CannotServe(serving.app[JOBS].reason)


async def prepare(settings: Settings, address: Address) -> bool:
    """Migrate the database, unless postgres.migrate is false. Return False on a signal to stop.

    Raises:
        CannotServe: as migrate.
    """
    stop, _ = _signalled()
    return await _prepared(settings, address, stop)


def runner(
    settings: Settings,
    address: Address,
    *,
    debug: bool = False,
    buckets: Buckets | None = None,
) -> Runner:
    """The runner that serves requests in one process; its parameters are those of create_app."""
    return Runner(
        create_app(settings, address, debug=debug, buckets=buckets),
        access_log_class=AccessLog,
        access_log=logging.getLogger("stena.requests") if settings.logging.requests else None,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )


async def migrate(settings: Settings, address: Address) -> None:
    """Migrate the database.

    Raises:
        CannotServe: the database does not answer, a pooler before it cannot be listened through,
            or a migration fails.
    """
    postgres = settings.postgres
    # As if there were a pooler: nothing of it disturbs its other clients.
    async with Database.open(replace(address, pooled=True), pool_size=2) as database:
        try:
            await database.wait(postgres.start_timeout)
            async with database.connection() as connection:
                schema_state = await revision.schema_state(connection)
                unfit = await inspection.unfit(connection)
            shared = not address.pooled and await inspection.shares_sessions(database)
        except Refusal as refusal:
            reason = refusal.__cause__ or refusal
            raise CannotServe(f"{SILENT}: {plainly(reason)}. {remedy(reason)}") from refusal
    if shared:
        raise CannotServe(f"{SILENT}: {POOLED}. {DO_NOT_LISTEN}")
    if unfit:
        log.warning("database_encoding", note=unfit, mend=UTF8)
    if schema_state == "ahead":
        log.warning("database_is_newer", note="a newer release has migrated it; going on with it")
    if schema_state != "behind":
        return
    from stena.store import migration  # noqa: PLC0415 -- it takes a second to load and is rarely needed

    try:
        await migration.upgrade(address, naive_time_zone=postgres.naive_time_zone)
    except migration.NotMigrated as reason:
        raise CannotServe(str(reason)) from reason
    log.info("database_migrated")


def _signalled() -> tuple[asyncio.Event, asyncio.Event]:
    """What a signal to stop sets, and what Ctrl-C or a second SIGTERM sets too."""
    stop, at_once = asyncio.Event(), asyncio.Event()

    def terminate() -> None:
        (at_once if stop.is_set() else stop).set()

    def interrupt() -> None:
        stop.set()
        at_once.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    return stop, at_once


async def _drain(serving: Runner, listening: socket.socket, at_once: asyncio.Event) -> None:
    """Serve on until proxies send nothing more, then let no new connection begin."""
    if at_once.is_set():
        return
    serving.drain()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await at_once.wait()
            return
    take_no_more(listening)
    await asyncio.sleep(SETTLE_SECONDS)


async def _any(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()


@asynccontextmanager
async def _watched(watch: Watch | None) -> AsyncGenerator[None]:
    """Keep our own database running."""

    async def look(watch: Watch) -> None:
        while True:
            await asyncio.to_thread(watch.look)
            await asyncio.sleep(LOOK_SECONDS)

    if watch is None:
        yield
        return
    looking = asyncio.create_task(look(watch))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


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
    if not stop.is_set():
        await owner.prepare(settings.wall.owner_code, address)
    return not stop.is_set()


def listen(host: str, port: int) -> socket.socket:
    """Open the port; connections queue from now on until they are accepted.

    Raises:
        CannotServe: the port is in use, or this machine does not have the address.
    """
    try:
        if ":" in host:
            both = host == "::" and socket.has_dualstack_ipv6()
            listening = socket.create_server(
                (host, port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=both
            )
        else:
            listening = socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        mend = (
            "Stop the program that uses it, or set another one: PORT=8081."
            if error.errno == errno.EADDRINUSE
            else "Set STENA_COMMON__HOST=0.0.0.0, or a port above 1023: PORT=8081."
        )
        # Python appends the address, which the line already has.
        why = str(error.strerror).partition(" (")[0]
        raise CannotServe(f"Port {port} on {host} cannot be used: {why}. {mend}") from error
    # Accepted connections inherit it. macOS has no such option.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = UNACKNOWLEDGED_SECONDS * 1000
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return listening


def take_no_more(listening: socket.socket) -> None:
    """Let no new connection begin, while those that wait are still accepted.

    A port that closes resets the connections that wait in its queue, whose requests may have been
    sent. On Linux a filter (BPF) drops what asks for a new one; when the port has closed, a
    repeated try is refused, and a proxy takes another wall. Elsewhere nothing is done.
    """
    if sys.platform != "linux":
        return
    program = b"".join(struct.pack("HBBI", *step) for step in _DROP_SYN)
    code = ctypes.create_string_buffer(program)
    attached = struct.pack("HP", len(_DROP_SYN), ctypes.addressof(code))
    with suppress(OSError):  # a kernel without it
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, attached)


# linux/filter.h: load the flags of the TCP header; if SYN is set, keep nothing, else all.
_DROP_SYN = ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
_SO_ATTACH_FILTER = 26


def announce(host: str, port: int) -> None:
    """Print the address of the wall, in one line on standard output."""
    shown = "localhost" if host in {"0.0.0.0", "127.0.0.1", "::"} else host  # noqa: S104 -- compared
    print(f"The wall is at http://{shown}:{port}", flush=True)  # noqa: T201 -- the only output of the program
