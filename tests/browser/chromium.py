"""The browser of the tests, and its options."""

from __future__ import annotations

import os
import shutil

# The first has the same engine without the windows around it, and takes half the processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Without the last four, Chromium asks Google's servers for updates at each start.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    named = os.environ.get("STENA_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "there is no Chromium: run .ci/need chromium"
    return found
