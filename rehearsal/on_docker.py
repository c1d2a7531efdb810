"""Checks of publishing without Heroku."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aiohttp

from rehearsal import browser, owner
from rehearsal.on_heroku import TEMPLATE
from rehearsal.visitors import texts
from rehearsal.workshop import Failed, until

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.heroku.database import Server
    from rehearsal.walk import Walk
    from rehearsal.workshop import Workshop

# By the name that the command `owner` prints.
URL = "http://localhost:8080"
WORDS = "On a machine of my own"
NEW_LINE = '<meta name="generator" content="The next version">'


class OnDocker:
    """Checks the wall from the machine that it runs on."""

    def __init__(self, workshop: Workshop, database: Server, project: Path, walk: Walk) -> None:
        self._workshop = workshop
        self._project = project
        self._database = database
        self._walk = walk
        self._written = False
        self._began = self.seconds_to_owner = 0.0
        walk.before += [
            ("docker compose up", self.change_something),
            ("docker run", self.give_database),
        ]
        walk.after += [
            ("docker compose up", self.composed),
            ("docker compose exec -T web python -m stena owner", self.owned),
            ("docker run", self.ready),
            ("docker stop", self.stopped),
        ]

    async def change_something(self) -> None:
        """Change the page, if a version is running already."""
        if self._written:
            template = self._project / TEMPLATE
            template.write_text(template.read_text().replace("</head>", f"{NEW_LINE}\n</head>"))
        elif await _answers():
            raise Failed(f"Something else answers at {URL}: stop it first.")
        else:
            self._began = time.monotonic()

    async def composed(self) -> None:
        """Post a message the first time; find it the second time."""
        if not self._written:
            await browser.write(URL, None, WORDS)
            self._written = True
            return
        async with aiohttp.ClientSession() as visitor:
            if WORDS not in await texts(visitor, URL):
                raise Failed("After a new version with compose the message is gone.")
            async with visitor.get(URL) as answer:
                if NEW_LINE not in await answer.text():
                    raise Failed("The page is not that of the new version.")

    async def owned(self) -> None:
        await owner.become(self._walk, URL, None, WORDS)
        self.seconds_to_owner = time.monotonic() - self._began

    async def give_database(self) -> None:
        """Use Heroku's database, as one that a host provides."""
        self._workshop.variables["DATABASE_URL"] = self._database.url

    async def ready(self) -> None:
        await until(_answers, f"{URL}/readyz answers")

    async def stopped(self) -> None:
        code = await self._workshop.must("podman inspect --format '{{.State.ExitCode}}' wall")
        if code != "0":
            raise Failed(f"The container that was stopped ended with {code}.")

    def report(self) -> str:
        return f"With compose, from nothing to the owner's desk: {self.seconds_to_owner:.0f} s."


async def _answers() -> bool:
    try:
        async with (
            aiohttp.ClientSession() as visitor,
            visitor.get(f"{URL}/readyz") as answer,
        ):
            return answer.ok
    except aiohttp.ClientError:
        return False
