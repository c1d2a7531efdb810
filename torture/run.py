"""One run: the wall under load, the faults, and the comparison in the end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aiohttp.test_utils import unused_port

from torture import figures, history, network, pages
from torture.clients import clients
from torture.faults import Faults
from torture.plan import CALM_AFTER, plan
from torture.postgres import serving
from torture.programs import Program
from torture.readers import reading
from torture.writers import Writers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from torture.network import Link
    from torture.postgres import Postgres
    from torture.readers import Reader

# How many processes each program has.
PROGRAMS = (1, 2)
# A request that its client gave up may be carried out later, until the wall gives it up itself.
LATE_SECONDS = 5
# After the last fault a reader is sent everything within so many seconds.
SENT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Options:
    """What is run.

    Attributes:
        seed: decides the faults, and what the clients do.
        seconds: how long there are faults.
        rate: how many requests the writers make a second, all together.
        apart: whether the harness is in a network namespace of its own.
    """

    seed: int
    seconds: float
    rate: float
    apart: bool


async def run(options: Options) -> list[str]:
    """Run it, print what happens and the figures. Returns what was violated, a sentence each."""
    async with _wall(options) as (postgres, programs), clients() as asking:
        faults = Faults(programs, postgres, asyncio.get_running_loop().time())
        writers = Writers(asking, programs, options.seed, options.rate)
        async with reading(options.seed, programs) as readers:
            async with writers.at_work():
                await faults.follow(plan(options.seed, options.seconds, network=options.apart))
                await asyncio.sleep(CALM_AFTER)
                for program in programs:
                    await program.serves()
            await asyncio.sleep(LATE_SECONDS)
            rows = await history.rows(postgres.url)
            await _all_sent(readers, max(row.change for row in rows))
        wrong = [*asking.wrong, *writers.wrong, *history.in_order(rows)]
        wrong += history.kept(rows, writers.kept)
        wrong += history.unseen(writers.unseen, faults.log)
        for reader in readers:
            wrong += history.sent(rows, reader)
        wrong += [line async for line in pages.shown(rows, asking, programs)]
        for program in programs:
            wrong += [f"the log of {program}: {line}" for line in program.errors()]
        print(f"{len(rows)} messages, {max(row.change for row in rows)} changes")
        print(
            f"{len(readers)} readers opened {sum(reader.streams for reader in readers)} streams "
            f"and got `reset` {sum(len(reader.resets) for reader in readers)} times"
        )
        for line in figures.lines(asking.requests, faults.log, faults.began):
            print(line)
    return wrong


@asynccontextmanager
async def _wall(options: Options) -> AsyncGenerator[tuple[Postgres, list[Program]]]:
    """A database, and programs that serve it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="stena-torture-")))
        port = network.DATABASE_PORT if options.apart else unused_port()
        links = [
            await stack.enter_async_context(network.linked(number)) if options.apart else None
            for number, _ in enumerate(PROGRAMS, 1)
        ]
        listening = "*" if options.apart else "127.0.0.1"
        postgres = await stack.enter_async_context(serving(folder / "postgres", listening, port))
        programs = [
            _program(number, processes, link, port, folder)
            for number, (processes, link) in enumerate(zip(PROGRAMS, links, strict=True), 1)
        ]
        for program in programs:
            await stack.enter_async_context(program.running())
            await program.serves()
        yield postgres, programs


def _program(number: int, processes: int, link: Link | None, port: int, folder: Path) -> Program:
    database = link.database if link else "127.0.0.1"
    here = f"{link.program}:{network.WALL_PORT}" if link else f"127.0.0.1:{unused_port()}"
    return Program(
        number,
        processes,
        url=f"http://{here}",
        database=f"postgres://postgres@{database}:{port}/postgres",
        log=folder / f"program-{number}.log",
        link=link,
    )


async def _all_sent(readers: Sequence[Reader], newest: int) -> None:
    """Wait until all readers know the newest change; who does not is found by the comparison."""
    deadline = asyncio.get_running_loop().time() + SENT_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if all(reader.last >= newest for reader in readers):
            return
        await asyncio.sleep(0.05)
