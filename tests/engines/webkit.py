"""WebKitGTK, the engine of Safari as Debian has it, on a screen in memory."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import ClientConnectionError, ClientSession

from tests.article.repository import free_port
from tests.engines.processes import program, started
from tests.engines.webdriver import Remote
from tests.machine import lacks
from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PACKAGE = "webkit2gtk-driver"
ENVIRONMENT = {
    # Pictures are drawn by the processor, and no other program is asked about settings or faces.
    "GSETTINGS_BACKEND": "memory",
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "NO_AT_BRIDGE": "1",
    "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
}


@asynccontextmanager
async def running(folder: Path, *, scripts: bool) -> AsyncGenerator[Remote]:
    command = [program("WebKitWebDriver", package=PACKAGE)]
    async with screen(folder) as display:
        # Not one that the system may give to a connection meanwhile.
        port = free_port()
        variables = ENVIRONMENT | {"DISPLAY": display}
        async with started(*command, f"--port={port}", folder=folder, variables=variables):
            url = f"http://127.0.0.1:{port}"
            await until_ready(url)
            arguments = ["--automation", f"--enable-javascript={str(scripts).lower()}"]
            options = {"binary": browser(), "args": arguments}
            async with Remote.open(url, {"webkitgtk:browserOptions": options}) as session:
                yield session


def browser() -> str:
    """The small browser that comes with the library; its folder has the name of the machine."""
    found = next(Path("/usr/lib").glob("*/webkit*/MiniBrowser"), None)
    return str(found) if found else lacks(f"there is no MiniBrowser: run .ci/need {PACKAGE}")


@asynccontextmanager
async def screen(folder: Path) -> AsyncGenerator[str]:
    """A screen that nobody else uses: the server takes a free number, and writes it."""
    read, write = os.pipe()
    command = [
        program("Xvfb", package="xvfb"),
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1600x2000x24",
    ]
    async with started(*command, "-nolisten", "tcp", folder=folder, passed=[write]):
        os.close(write)
        with os.fdopen(read) as numbers:
            number = await asyncio.wait_for(asyncio.to_thread(numbers.readline), PATIENCE)
        assert number, (folder / "log").read_text()
        yield f":{number.strip()}"


async def until_ready(url: str) -> None:
    async with ClientSession(url) as client, asyncio.timeout(PATIENCE):
        while True:
            try:
                async with client.get("/status") as answer:
                    if (await answer.json(content_type=None))["value"]["ready"]:
                        return
            except ClientConnectionError:
                await asyncio.sleep(0.05)
