"""The database: whether it answers, and whether it is one that the wall can use well."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from stena import config
from stena.doctor.finding import Finding
from stena.owner import COMMAND
from stena.refusal import Refusal
from stena.store import alert, connecting, embedded, inspection
from stena.store.database import Address, Database
from stena.store.remedies import DO_NOT_LISTEN, MAY_NOT, POOLED, SILENT, UTF8, plainly, remedy
from stena.team import Team

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stena.alert import ChannelState
    from stena.settings import Postgres
    from stena.store.inspection import Facts

# PostgreSQL's developers support a major version for five years.
OLDEST_VERSION = 14
# Messages use the clock of the database; cookies and certificates use ours.
CLOCK_SECONDS = 5
# PostgreSQL stops when the disk is full; the write-ahead log alone may take 1 GB.
LITTLE_DISK, NO_DISK = 2 * 10**9, 2 * 10**8


def database(postgres: Postgres, processes: int | None, owner_code: str) -> Iterator[Finding]:
    if postgres.database_url:
        address = Address(postgres.database_url, postgres.require_ssl, pooled=True)
        yield from _answers(address, postgres, processes, owner_code)
        return
    data = config.data_folder()
    yield from _disk(data)
    running = embedded.running(data)
    if running:
        yield from _answers(Address(running, pooled=True), postgres, processes, owner_code)
    else:
        yield Finding("ok", "database", f"the wall's own, in {data}; it starts with the wall.")


def _disk(data: Path) -> Iterator[Finding]:
    there = next(folder for folder in (data, *data.resolve().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    what = f"{free / 10**9:.1f} GB are free on the disk of the data ({data})."
    if free >= LITTLE_DISK:
        yield Finding("ok", "disk", what)
        return
    yield Finding(
        "warning" if free >= NO_DISK else "error",
        "disk",
        what,
        "PostgreSQL stops when the disk is full.",
        "Free some space, or move the data: STENA_DATA=/a/larger/disk.",
    )


def _answers(
    address: Address, postgres: Postgres, processes: int | None, owner_code: str
) -> Iterator[Finding]:
    if hosts := asyncio.run(connecting.probe(address)):
        yield _hosts(hosts)
    try:
        facts = asyncio.run(_facts(address))
    except Refusal as refusal:
        reason = refusal.__cause__ or refusal
        yield Finding("error", "database", f"{SILENT}: {plainly(reason)}.", mend=remedy(reason))
        return
    yield Finding("ok", "database", "it answers.")
    yield from (_listening(facts, postgres), _encoding(facts), _version(facts))
    yield from (_encryption(facts), _writing(facts), _migrations(facts))
    if processes:
        yield _connections(facts, postgres, processes)
    yield _clock(facts)
    if facts.schema_state != "behind":
        yield asyncio.run(_owner(address, owner_code))
        yield from asyncio.run(_alerts(address))


def _hosts(hosts: dict[str, datetime | Exception | None]) -> Finding:
    """What a fail-over would find."""
    failed = [error for error in hosts.values() if isinstance(error, Exception)]
    started = {since for since in hosts.values() if isinstance(since, datetime)}
    what = f"{'; '.join(f'{host} {_role(role)}' for host, role in hosts.items())}."
    if len(started) > 1:
        return Finding(
            "warning",
            "hosts",
            what,
            "Each of the two primaries would get a part of the messages.",
            "Stop the one that the other has replaced, and make it a standby.",
        )
    if failed:
        why = "The wall works without it, but cannot fail over to it."
        return Finding("warning", "hosts", what, why, remedy(failed[0]))
    return Finding("ok", "hosts", what)


def _role(role: datetime | Exception | None) -> str:
    if isinstance(role, Exception):
        return f"cannot be used ({plainly(role)})"
    return "can only be read from" if role is None else "can be written to"


async def _facts(address: Address) -> Facts:
    async with Database.open(address, pool_size=2) as database:
        await database.wait(0)
        return await inspection.inspect(database)


async def _owner(address: Address, code: str) -> Finding:
    """Advice, and never a failure: a wall serves without an owner."""
    async with Database.open(address, pool_size=1) as database:
        team = Team(database)
        if code and await team.is_spent(code):
            return Finding(
                "ok",
                "owner",
                "the code in wall.owner_code has been used.",
                mend="Remove it: unset STENA_WALL__OWNER_CODE.",
            )
        if await team.has_owner():
            return Finding("ok", "owner", "there is one.")
    return Finding("ok", "owner", "there is none yet.", mend=f"To become the owner, run: {COMMAND}")


async def _alerts(address: Address) -> list[Finding]:
    """The channels of alerts; none where none is set up."""
    async with Database.open(address, pool_size=1) as database, database.connection() as connection:
        channels = await alert.channels(connection)
    return [_channel(channel) for channel in channels]


def _channel(channel: ChannelState) -> Finding:
    about = f"alerts by {channel.name}"
    if channel.reason is None:
        return Finding("ok", about, "the last one was delivered, or none was sent yet.")
    number = f" ({channel.status})" if channel.status else ""
    what = f"the last attempt failed: {channel.reason}{number}."
    # A channel that has failed only just now is tried again.
    return Finding(
        "warning" if channel.is_failing else "ok",
        about,
        what,
        "It has failed for a day, so the team is not told." if channel.is_failing else "",
        "Press “Send a test” at /owner/alerts, which says why.",
    )


def _listening(facts: Facts, postgres: Postgres) -> Finding:
    if not postgres.listen:
        what = "postgres.listen is false: changes of other processes appear once a second."
        return Finding("ok", "listening", what)
    if facts.shares_sessions:
        return Finding("error", "listening", f"{POOLED}.", mend=DO_NOT_LISTEN)
    return Finding("ok", "listening", "changes of other processes arrive at once.")


def _encoding(facts: Facts) -> Finding:
    if facts.unfit:
        return Finding("warning", "encoding", f"{facts.unfit}.", mend=UTF8)
    return Finding("ok", "encoding", "it has all letters.")


def _version(facts: Facts) -> Finding:
    major, minor = divmod(facts.version, 10_000)
    what = f"PostgreSQL {major}.{minor}."
    if major >= OLDEST_VERSION:
        return Finding("ok", "version", what)
    return Finding(
        "warning",
        "version",
        what,
        "It gets no security fixes any more, and the wall is not tested with it.",
        f"Upgrade the server to {OLDEST_VERSION} or newer: heroku pg:upgrade, or pg_upgrade.",
    )


def _encryption(facts: Facts) -> Finding:
    if facts.encrypted or facts.local:
        return Finding("ok", "encryption", "the connection is encrypted or stays on this machine.")
    if facts.private:
        return Finding("ok", "encryption", "none, but the network is private.")
    return Finding(
        "warning",
        "encryption",
        "the connection is not encrypted.",
        "Anyone on the network between the wall and the database can read its password.",
        "Set STENA_POSTGRES__REQUIRE_SSL=true.",
    )


def _writing(facts: Facts) -> Finding:
    if not facts.writable:
        return Finding(
            "error",
            "privileges",
            "this server is a read-only standby.",
            mend="Set postgres.database_url to the primary server.",
        )
    if facts.may_use is False or (facts.schema_state == "behind" and not facts.may_create):
        return Finding(
            "error",
            "privileges",
            "the user in postgres.database_url may not write to the tables or create them.",
            mend=MAY_NOT,
        )
    return Finding("ok", "privileges", "the wall may read, write and migrate.")


def _migrations(facts: Facts) -> Finding:
    if facts.schema_state == "current":
        return Finding("ok", "migrations", "all are made.")
    if facts.schema_state == "ahead":
        return Finding(
            "warning",
            "migrations",
            "a newer release has migrated this database.",
            "This release can serve it, as after a rollback, but does not know all of it.",
            "Publish the newer release again.",
        )
    return Finding(
        "warning",
        "migrations",
        "some are missing.",
        "The wall runs them when it starts, unless postgres.migrate is false.",
        "Run: python -m stena migrate",
    )


def _connections(facts: Facts, postgres: Postgres, processes: int) -> Finding:
    one = processes * (postgres.pool_size + postgres.listen)
    # During a release the old and the new version are both connected, and one migrates.
    needed = 2 * one + 1
    what = (
        f"the wall uses up to {one}, and up to {needed} during a release; "
        f"the server allows it {facts.connections}."
    )
    if needed <= facts.connections:
        return Finding("ok", "connections", what)
    fitting = (facts.connections - 1) // (2 * processes) - postgres.listen
    return Finding(
        "warning" if one <= facts.connections else "error",
        "connections",
        what,
        "When none is left, visitors get 503.",
        f"Set STENA_POSTGRES__POOL_SIZE={max(1, fitting)}, or fewer processes.",
    )


def _clock(facts: Facts) -> Finding:
    off = abs(datetime.now(UTC) - facts.now)
    if off <= timedelta(seconds=CLOCK_SECONDS):
        return Finding("ok", "clock", "it agrees with the database's.")
    return Finding(
        "warning",
        "clock",
        f"it differs from the database's by {off.total_seconds():.0f} seconds.",
        "Certificates may appear to be expired, and times such as “a minute ago” are wrong.",
        "Set the clock: timedatectl set-ntp true",
    )
