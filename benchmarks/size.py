"""How much more a large wall costs to read than a small one: nothing, for pages go by key.

Two walls of the same program, one of 100 messages and one of 1,000,000, are read in turn with
wrk, and the requests a second of each pair are divided: 1.00 means that the size costs nothing.
Machines are noisy, so only the median of the pairs means anything, and only as a ratio.

    make bench
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.load import rate
from stena.store import embedded, migration
from stena.store.database import Address
from tests.program import running

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL, LARGE = 100, 1_000_000
LIMIT = 0.9
# Each path as a wall of so many messages is asked for it.
PATHS: dict[str, Callable[[int], str]] = {
    "GET /": lambda _: "/",
    "messages.list": lambda _: "/api/messages.list",
    "messages.list?before=, in the middle": lambda size: (
        f"/api/messages.list?before={size // 2 + 1}"
    ),
}


def main() -> None:
    chosen = arguments()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.run(Path(folder) / "postgres") as url,
    ):
        addresses = [asyncio.run(fill(url, size)).url for size in (SMALL, LARGE)]
        with (
            running(errors=Path(folder) / "small", DATABASE_URL=addresses[0]) as small,
            running(errors=Path(folder) / "large", DATABASE_URL=addresses[1]) as large,
        ):
            for name, path in PATHS.items():
                # Both warm: connections open, statements prepared, pages of the database cached.
                rate(small.url + path(SMALL), 2)
                rate(large.url + path(LARGE), 2)
                pairs = [
                    (
                        rate(small.url + path(SMALL), chosen.seconds),
                        rate(large.url + path(LARGE), chosen.seconds),
                    )
                    for _ in range(chosen.pairs)
                ]
                report(name, pairs)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4, help="how long each wall is read")
    return parser.parse_args()


async def fill(url: str, size: int) -> Address:
    """A migrated database with so many messages of about 100 characters."""
    name = f"wall{size}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    address = Address(url.replace("/postgres?", f"/{name}?"))
    await migration.upgrade(address, naive_time_zone="UTC")
    connection = await asyncpg.connect(address.url)
    await connection.execute(
        "INSERT INTO message (text, name) "
        "SELECT repeat('words ', 15) || number, 'visitor ' || number % 100 "
        "FROM generate_series(1, $1::int) AS number",
        size,
    )
    await connection.execute("VACUUM ANALYZE message")
    await connection.close()
    return address


def report(name: str, pairs: list[tuple[float, float]]) -> None:
    ratio = statistics.median(large / small for small, large in pairs)
    verdict = "as it must be" if ratio >= LIMIT else f"below {LIMIT}"
    print(f"{name:40} {LARGE:,} against {SMALL} messages: {ratio:.2f} ({verdict})")


if __name__ == "__main__":
    main()
