"""Checks of publishing on Heroku, before and after some of the commands."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal import browser, owner
from rehearsal.image import STOP_SECONDS, examine, stop_early
from rehearsal.images import PYTHON
from rehearsal.visitors import KEYS, Load, client, texts
from rehearsal.workshop import Failed, until

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.heroku.platform import Platform
    from rehearsal.walk import Walk
    from rehearsal.workshop import Workshop

# How long a load goes on before a release and after it.
BEFORE, AFTER = 3, 5
PUSHED = "registry.heroku.com/our-wall/web"
TEMPLATE = "stena/web/templates/base.html"
SECOND_VERSION = '<meta name="generator" content="The second version">'
TITLE = "The wall of our yard"
FIRST, LATER = "The first message, from a browser", "Written after the password was changed"
SECRET = re.compile(r"p[0-9a-f]{64}")
LOGGED = (
    "app[api]: Release v1 created by …",
    "app[api]: Attach DATABASE …",
    "app[api]: Deployed web …",
    'heroku[router]: method=POST path="/messages"…status=303…',
    "app[api]: Rollback to v…",
    "app[api]: Set STENA_WALL__TITLE config vars …",
    "app[api]: Update DATABASE …",
    "heroku[web.1]: Stopping all processes with SIGTERM",
    "heroku[web.1]: Process exited with status 0",
    "heroku[run.…]: Process exited with status 0",
)


@dataclass(slots=True)
class Figures:
    """The measurements of this run; they depend on the machine."""

    image_bytes: int = 0
    own_bytes: int = 0
    boots: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    load: Load | None = None
    connections: int = 0
    seconds_to_owner: float = 0


class OnHeroku:
    """Checks the app from outside, like the owner and the visitors."""

    def __init__(self, workshop: Workshop, platform: Platform, project: Path, walk: Walk) -> None:
        self._workshop = workshop
        self._platform = platform
        self._project = project
        self._walk = walk
        self.figures = Figures()
        self._counting: asyncio.Task[None] | None = None
        self._began = 0.0
        self._codes: list[str] = []
        walk.before += [
            ("heroku login", self.begin),
            ("heroku container:push web", self.change_something),
        ]
        walk.after += [
            ("heroku container:push web", self.examine_image),
            ("heroku container:release web", self.released),
            ("heroku open", self.opened),
            ('heroku run "python -m stena owner"', self.owned),
            ("heroku rollback", self.rolled_back),
            ("heroku config:set STENA_WALL__TITLE", self.titled),
            ("heroku pg:credentials:rotate", self.rotated),
        ]

    async def begin(self) -> None:
        self._began = time.monotonic()

    async def change_something(self) -> None:
        """Change the page and start a load, if a version is running already."""
        if self._platform.app.current.image is None:
            return
        template = self._project / TEMPLATE
        template.write_text(template.read_text().replace("</head>", f"{SECOND_VERSION}\n</head>"))
        await self._platform.database.know(KEYS)
        self.figures.load = Load(self._workshop, self._url, self._port)
        await self.figures.load.start()
        self._counting = asyncio.create_task(self._count_connections())
        await asyncio.sleep(BEFORE)

    async def examine_image(self) -> None:
        self.figures.image_bytes, self.figures.own_bytes = await examine(
            self._workshop, PUSHED, PYTHON
        )
        if self._platform.app.current.image is None:
            await stop_early(self._workshop, PUSHED)

    async def released(self) -> None:
        await self._up()
        if self.figures.load is None:
            await self._check_users()
            return
        await asyncio.sleep(AFTER)
        await self.figures.load.stop()
        if self._counting:
            self._counting.cancel()
        if not self.figures.connections:
            raise Failed("The connections to the database were not counted.")
        if SECOND_VERSION not in await self._page():
            raise Failed("The page is not that of the second version.")

    async def opened(self) -> None:
        """Read the address that `heroku open` gives to the browser; go there, and post."""
        file = self._workshop.folder / "browser"

        async def started() -> bool:
            return file.exists() and self._platform.app.host in file.read_text()

        await until(started, "`heroku open` starts the browser")
        await browser.write(file.read_text().strip(), self._platform.ports["proxy"], FIRST)
        await self._check_encryption()

    async def owned(self) -> None:
        port = self._platform.ports["proxy"]
        self._codes = await owner.become(self._walk, self._url, port, FIRST)
        self.figures.seconds_to_owner = time.monotonic() - self._began

    async def rolled_back(self) -> None:
        await self._up()
        if SECOND_VERSION in await self._page():
            raise Failed("The page is still that of the second version.")

    async def titled(self) -> None:
        await self._up()
        if TITLE not in await self._page():
            raise Failed(f"The title “{TITLE}” is not on the page.")

    async def rotated(self) -> None:
        await self._up()
        await self._write(LATER)
        async with client(self._workshop, self._port) as visitor:
            kept = await texts(visitor, self._url)
        if FIRST not in kept or LATER not in kept:
            raise Failed("After the password was changed a message is gone.")

    async def finish(self) -> None:
        """Check the log of all commands.

        Raises:
            Failed: a line is missing; it contains a secret or a visitor's text; a request was
                refused; a dyno did not stop as it should.
        """
        await self._platform.dynos.finish()
        await self._walk.log.shows(LOGGED)
        text = self._walk.log.text
        written = [one for one in (FIRST, LATER, *self._codes) if one in text]
        if found := SECRET.search(text) or written:
            raise Failed(f"The log contains a secret or a visitor's text: {found}")
        if errors := self._platform.router.errors:
            raise Failed(f"The router had to refuse: {errors[:5]}")
        for dyno in self._platform.dynos.past:
            if dyno.code != 0 or dyno.stop_seconds > STOP_SECONDS:
                raise Failed(
                    f"{dyno.container} ended with {dyno.code} after {dyno.stop_seconds:.1f} s."
                )
            self.figures.stops.append(dyno.stop_seconds)

    def report(self) -> str:
        figures, load = self.figures, self.figures.load
        if load is None:
            raise Failed("docs/publish.md releases no second version.")
        boots = figures.boots[1:]
        return (
            "From nothing to the owner's desk, all browsers included: "
            f"{figures.seconds_to_owner:.0f} s.\n"
            f"The image has {figures.image_bytes / 2**20:.0f} MiB, "
            f"{figures.own_bytes / 2**20:.0f} of them on top of Python's.\n"
            f"From the start of the container to the first page: {statistics.median(boots):.1f}"
            f" s (median of {len(boots)}, nothing to migrate); to stop: {max(figures.stops):.1f}"
            " s at most.\n"
            f"A new version under load: {load.requests} requests, none failed; "
            f"{len(load.written)} messages, each once; {load.reconnected} streams went on in the "
            f"new version; {figures.connections} connections to the database at most."
        )

    async def _count_connections(self) -> None:
        """Count the most connections while one release replaces another."""
        while True:
            now = await self._platform.database.connections()
            self.figures.connections = max(self.figures.connections, now)
            await asyncio.sleep(0.1)

    async def _up(self) -> None:
        """Wait until the newest dyno is up and the one before it has ended."""
        dynos = self._platform.dynos

        async def settled() -> bool:
            if dynos.web and dynos.web.state == "crashed":
                lines = "\n".join(list(self._platform.app.log.lines)[-20:])
                raise Failed(f"The wall did not start: {lines}")
            return dynos.settled

        await until(settled, "the new version is up and the one before it gone")
        if dynos.web:
            self.figures.boots.append(dynos.web.boot_seconds)

    async def _check_users(self) -> None:
        container = self._platform.dynos.web and self._platform.dynos.web.container
        users = await self._workshop.must(f"podman top {container} huser")
        if "root" in users.split():
            raise Failed("Something in the container runs as root.")

    async def _check_encryption(self) -> None:
        form = {"text": "A cookie, please", "nonce": "rehearsal-cookie"}
        async with client(self._workshop, self._port) as visitor:
            async with visitor.get(self._url) as answer:
                if "Strict-Transport-Security" not in answer.headers:
                    raise Failed("Behind the router the wall does not know that it is encrypted.")
            async with visitor.post(f"{self._url}/messages", data=form) as answer:
                cookies = [one.headers.get("Set-Cookie", "") for one in answer.history]
        if not any("Secure" in cookie for cookie in cookies):
            raise Failed("The cookie is not for encrypted connections only.")

    async def _page(self) -> str:
        async with (
            client(self._workshop, self._port) as visitor,
            visitor.get(self._url, headers={"Accept-Language": "en"}) as answer,
        ):
            return await answer.text()

    async def _write(self, text: str) -> None:
        async with (
            client(self._workshop, self._port) as visitor,
            visitor.post(f"{self._url}/api/messages.create", json={"text": text}) as answer,
        ):
            if not answer.ok:
                raise Failed(f"The wall answers {answer.status} to a message.")

    @property
    def _url(self) -> str:
        return f"https://{self._platform.app.host}"

    @property
    def _port(self) -> int:
        return self._platform.ports["router"]
