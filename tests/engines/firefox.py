"""Firefox, driven by itself."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.engines.processes import program, started
from tests.engines.webdriver import Marionette
from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

# Firefox sets many more by itself when it is driven. These are read before that.
PREFERENCES: dict[str, object] = {
    # Any free port, which it writes into its profile.
    "marionette.port": 0,
    "intl.accept_languages": "en-GB",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}


@asynccontextmanager
async def running(folder: Path, *, scripts: bool) -> AsyncGenerator[Marionette]:
    profile = folder / "profile"
    profile.mkdir()
    chosen = PREFERENCES | {"javascript.enabled": scripts}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(chosen[name])});\n" for name in chosen)
    (profile / "user.js").write_text("".join(lines))
    command = program("firefox-esr", "firefox", package="firefox-esr")
    options = ["--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    async with started(command, *options, folder=folder) as process:
        port = profile / "MarionetteActivePort"
        async with asyncio.timeout(PATIENCE):
            while not port.exists() or not port.read_text():
                assert process.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.05)
        async with Marionette.open(int(port.read_text())) as session:
            yield session
