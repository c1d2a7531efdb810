"""Waves of spam and honest people at one wall each: what is visible, and what it costs whom.

The defences that are measured, and those that do not exist yet, are in docs/design/civility.md.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from benchmarks.civility import figures, plot, scenarios
from benchmarks.civility.plan import FLOODS, Plan
from benchmarks.programs import database
from stena.store import migration
from stena.store.database import Address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Sequence
    from pathlib import Path

    from benchmarks.civility.scenarios import Finding, Scene
    from benchmarks.figures import Figure, Scale

# The database that those of the scenarios are copies of.
TEMPLATE = "civility"
# S5 goes on for so many times as long as the others: what passes in the beginning does not count.
S5_LONGER = 3
# The keys that slept have been paid for, so there are few of them.
S8_SHORTER = 3
# In which all of a surge come; a minute less than the target allows it, so this is a steeper one.
SURGE_SECONDS = 240


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    """Simulate all scenarios at once, each on a wall of its own."""
    template = Address(database(url, TEMPLATE))
    asyncio.run(migration.upgrade(template, naive_time_zone="UTC"))
    findings = asyncio.run(_simulate(folder, url, scale))
    # The figures alone are on the standard output.
    print(figures.table(findings), file=sys.stderr)
    plot.draw(findings, (scale.pictures or folder) / "civility.svg")
    yield from figures.of(findings, scale)


async def _simulate(folder: Path, url: str, scale: Scale) -> dict[str, Finding]:
    acts = _acts(scale)
    names = [f"{TEMPLATE}_{name.lower()}" for name in acts]
    copies = await _copies(url, names)

    async def run(name: str, copy: str) -> Finding:
        plan, seed = Plan(scale.seed, name), scale.seed
        async with scenarios.scene(folder, copy, plan, seed, scale.tried_for) as at:
            return await acts[name](at)

    return dict(zip(acts, await asyncio.gather(*map(run, acts, copies)), strict=True))


def _acts(scale: Scale) -> dict[str, Callable[[Scene], Awaitable[Finding]]]:
    """What happens in each scenario, by its name."""
    after, seconds, surge = scale.seen_after, scale.flood, scale.surge
    acts: dict[str, Callable[[Scene], Awaitable[Finding]]] = {
        kind: partial(scenarios.flood, kind=kind, seconds=seconds, seen_after=after)
        for kind in FLOODS
    }
    longer = seconds * S5_LONGER
    acts["S5"] = partial(scenarios.flood, kind="S5", seconds=longer, seen_after=after)
    acts["crowds"] = partial(scenarios.crowds, seconds=longer, seen_after=after)
    acts["surge"] = partial(
        scenarios.surge, seconds=surge, share=surge / SURGE_SECONDS, seen_after=after
    )
    for name in ("alone", "watched"):
        acts[name] = partial(
            scenarios.slow,
            steps=scale.steps,
            hours=scale.hours,
            seconds=seconds / S8_SHORTER,
            seen_after=after,
            watched=name == "watched",
        )
    return acts


async def _copies(url: str, names: Sequence[str]) -> list[str]:
    """The URLs of new walls without a message."""
    connection = await asyncpg.connect(url)
    for name in names:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    await connection.close()
    return [url.replace("/postgres?", f"/{name}?") for name in names]
