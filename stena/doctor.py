"""What would keep this wall from serving, or from serving well: looked at, not changed."""

from __future__ import annotations

import asyncio
import os
import shutil
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from stena import config, host, server
from stena.refusal import Refusal
from stena.store import embedded, inspection
from stena.store.database import MAY_NOT, Address, Database, plainly, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stena.settings import Common, Postgres
    from stena.store.inspection import Facts

Level = Literal["ok", "warning", "error"]

# PostgreSQL's developers look after a major version for five years.
OLDEST_VERSION = 14
# Times of messages are the database's, and those of cookies and certificates are ours.
CLOCK_SECONDS = 5
# PostgreSQL stops where it can write no more: the log of transactions alone may take 1 GB.
LITTLE_DISK, NO_DISK = 2 * 10**9, 2 * 10**8


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what is so, why it matters, and what mends it."""

    level: Level
    about: str
    what: str
    why: str = ""
    mend: str = ""

    def __str__(self) -> str:
        return " ".join(
            filter(None, (f"{self.level}: {self.about}: {self.what}", self.why, self.mend))
        )


def examine(file: Path | None) -> list[Finding]:
    """All findings, in the order in which they would stop a start.

    What a mistake in the settings leaves in the dark is not examined, all the rest is.
    """
    try:
        settings, mistakes = config.read(file)
    except config.Mistakes as unreadable:
        return [Finding("error", "settings", str(unreadable))]
    found = [Finding("error", "settings", mistake.line) for mistake in mistakes]
    found = found or [Finding("ok", "settings", "no mistakes.")]
    wrong = {mistake.section for mistake in mistakes}
    if "common" not in wrong:
        found += [*_port(settings.common), *_reach(settings.common), *_proxies(settings.common)]
    if "postgres" not in wrong:
        processes = None if "common" in wrong else settings.common.processes
        found += _database(settings.postgres, processes)
    return found


def _port(common: Common) -> Iterator[Finding]:
    try:
        server.listen(common.host, common.port).close()
    except server.CannotServe as reason:
        if _is_ours(common.port):
            yield Finding("ok", "port", f"a wall answers on port {common.port}.")
        else:
            yield Finding("error", "port", str(reason))
    else:
        yield Finding("ok", "port", f"port {common.port} on {common.host} is free.")


def _is_ours(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.headers["Server"] == "stena")
    except OSError:
        return False


def _reach(common: Common) -> Iterator[Finding]:
    level: Level = "error" if host.name(os.environ) else "warning"
    for reason in host.unreached(common, os.environ):
        yield Finding(level, "reach", *reason)


def _proxies(common: Common) -> Iterator[Finding]:
    where = host.name(os.environ)
    if where and not common.proxies:
        yield Finding(
            "warning",
            "proxies",
            f"{where}'s router stands before the wall, and common.proxies is 0.",
            "All visitors seem to have one address, so one who floods the wall stops all.",
            "Set STENA_COMMON__PROXIES=1.",
        )
    else:
        yield Finding("ok", "proxies", f"{common.proxies} stand before the wall.")


def _database(postgres: Postgres, processes: int | None) -> Iterator[Finding]:
    if postgres.database_url:
        address = Address(postgres.database_url, postgres.require_ssl)
        yield from _answers(address, postgres, processes)
        return
    data = config.data_folder()
    yield from _disk(data)
    running = embedded.running(data)
    if running:
        yield from _answers(Address(running), postgres, processes)
    else:
        yield Finding("ok", "database", f"one of its own, in {data}, which starts with the wall.")


def _disk(data: Path) -> Iterator[Finding]:
    there = next(folder for folder in (data, *data.resolve().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    what = f"{free / 10**9:.1f} GB are free where the data are ({data})."
    if free >= LITTLE_DISK:
        yield Finding("ok", "disk", what)
        return
    yield Finding(
        "warning" if free >= NO_DISK else "error",
        "disk",
        what,
        "PostgreSQL stops where it can write no more.",
        "Make room, or move the data: STENA_DATA=/a/larger/disk.",
    )


def _answers(address: Address, postgres: Postgres, processes: int | None) -> Iterator[Finding]:
    try:
        facts = asyncio.run(_facts(address))
    except Refusal as refusal:
        reason = refusal.__cause__ or refusal
        yield Finding(
            "error", "database", f"{server.SILENT}: {plainly(reason)}.", mend=remedy(reason)
        )
        return
    yield Finding("ok", "database", "it answers.")
    yield from (_version(facts), _encryption(facts), _writing(facts), _migrations(facts))
    if processes:
        yield _connections(facts, postgres, processes)
    yield _clock(facts)


async def _facts(address: Address) -> Facts:
    async with Database.open(address, pool_size=1) as database:
        await database.wait(0)
        async with database.connection() as connection:
            return await inspection.inspect(connection)


def _version(facts: Facts) -> Finding:
    major, minor = divmod(facts.version, 10_000)
    what = f"PostgreSQL {major}.{minor}."
    if major >= OLDEST_VERSION:
        return Finding("ok", "version", what)
    return Finding(
        "warning",
        "version",
        what,
        "Nobody mends its faults any more, and the wall is not tried with it.",
        f"Upgrade the server to {OLDEST_VERSION} or newer: heroku pg:upgrade, or pg_upgrade.",
    )


def _encryption(facts: Facts) -> Finding:
    if facts.encrypted or facts.local:
        return Finding("ok", "encryption", "nobody between the wall and the database can listen.")
    if facts.private:
        return Finding("ok", "encryption", "none, in a private network.")
    return Finding(
        "warning",
        "encryption",
        "the connection is not encrypted.",
        "Whoever stands between the wall and the database reads its password.",
        "Set STENA_POSTGRES__REQUIRE_SSL=true.",
    )


def _writing(facts: Facts) -> Finding:
    if not facts.writable:
        return Finding(
            "error",
            "privileges",
            "this server is a standby, which takes no message.",
            mend="Name the primary server in postgres.database_url.",
        )
    if facts.may_use is False or (facts.standing == "behind" and not facts.may_create):
        return Finding(
            "error",
            "privileges",
            "the user of postgres.database_url may not write or make the tables.",
            mend=MAY_NOT,
        )
    return Finding("ok", "privileges", "the wall may read, write and migrate.")


def _migrations(facts: Facts) -> Finding:
    if facts.standing == "current":
        return Finding("ok", "migrations", "all are made.")
    if facts.standing == "ahead":
        return Finding(
            "warning",
            "migrations",
            "a newer release has migrated this database.",
            "This one serves it for a while, as after a rollback, but does not know all of it.",
            "Publish the newer release again.",
        )
    return Finding(
        "warning",
        "migrations",
        "some are still to be made.",
        "The wall makes them when it starts, unless postgres.migrate is false.",
        "Run: python -m stena migrate",
    )


def _connections(facts: Facts, postgres: Postgres, processes: int) -> Finding:
    one = processes * (postgres.pool_size + postgres.listen)
    # While a release takes over from the one before, both are connected; and one migrates.
    needed = 2 * one + 1
    what = (
        f"the wall takes up to {one}, and {needed} while it is published; "
        f"the server has {facts.connections} for it."
    )
    if needed <= facts.connections:
        return Finding("ok", "connections", what)
    fitting = (facts.connections - 1) // (2 * processes) - postgres.listen
    return Finding(
        "warning" if one <= facts.connections else "error",
        "connections",
        what,
        "Where none is left, visitors get 503.",
        f"Set STENA_POSTGRES__POOL_SIZE={max(1, fitting)}, or fewer processes.",
    )


def _clock(facts: Facts) -> Finding:
    off = abs(datetime.now(UTC) - facts.now)
    if off <= timedelta(seconds=CLOCK_SECONDS):
        return Finding("ok", "clock", "it agrees with the database's.")
    return Finding(
        "warning",
        "clock",
        f"it is {off.total_seconds():.0f} seconds off the database's.",
        "Certificates may seem to be out of date, and “a minute ago” is wrong.",
        "Set the clock: timedatectl set-ntp true",
    )
