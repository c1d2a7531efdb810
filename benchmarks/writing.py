"""Write throughput of two processes against pgbench, which commits each row on its own."""

from __future__ import annotations

import asyncio
import math
import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.figures import ratio
from benchmarks.load import CLIENTS, CREATE, rate
from benchmarks.programs import echo, filled, wall
from stena.store import cluster

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Figure, Scale

PROCESSES = 2
TABLE = """
CREATE TABLE plain (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL,
    name text,
    created timestamptz NOT NULL DEFAULT now()
)
"""
INSERT = """
\\set number random(1, 1000000)
INSERT INTO plain (text) VALUES ('message ' || :number || ' of a benchmark');
"""


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    script = folder / "insert.sql"
    script.write_text(INSERT)
    database = filled(url, "writing", 60)
    asyncio.run(create_table(database))
    inserting = partial(inserts, database, script)
    with wall(folder, database, PROCESSES) as ours:
        create = f"{ours.url}/api/messages.create"
        yield ratio(
            "create in two",
            partial(rate, create, script=CREATE),
            inserting,
            scale,
        )
    # The limit of two processes of the framework, with nothing stored.
    with echo(folder, PROCESSES=str(PROCESSES)) as bare:
        yield ratio(
            "echo in two",
            partial(rate, f"{bare}/echo", script=CREATE),
            inserting,
            scale,
        )


async def create_table(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(TABLE)
    await connection.close()


def inserts(url: str, script: Path, seconds: float) -> float:
    """Rows per second, one in each transaction, from as many clients as the wall has.

    pgbench counts in whole seconds, and prints nothing if it is stopped before.
    """
    command: list[str | Path] = [cluster.binaries() / "pgbench", "--no-vacuum", "-M", "prepared"]
    command += [f"-c{CLIENTS}", "-j2", f"-T{math.ceil(seconds)}", "-f", script, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    # Without one transaction, pgbench prints no tps.
    found = re.search(r"transactions actually processed: 0\b|tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    return float(found[1] or 0)
