"""`make screenshot` takes docs/screenshot.png: the page of a wall with a few messages on it."""  # noqa: INP001 -- a script

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.program import post, running

PICTURE = Path(__file__).with_name("screenshot.png")
# Oldest first, as they would have been written.
MESSAGES = [
    ("Passed my driving test today, at the fifth try!", "Amir"),
    ("Lost by the bakery: one grey mitten, left hand. The right one is lonely.", None),
    ("Whoever plays the piano at seven in the evening: please don't stop.", "The fourth floor"),
    ("A crate of apples from our garden stands at the gate. Help yourselves.", "Vera and Tom"),
    ("The pictures of our walk: https://photos.example/riverside", "Ines"),
    ("Hello, wall!\nFirst time anyone has let me write on one.", "Marina"),
]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running(errors=place / "log", STENA_DATA=str(place / "data")) as wall:
            for text, name in MESSAGES:
                leave(wall.url, text, name)
            take(wall.url)


def leave(url: str, text: str, name: str | None) -> None:
    body = json.dumps({"text": text, "name": name}).encode()
    status, answer = post(f"{url}/api/messages.create", body, "application/json")
    if status != 201:  # noqa: PLR2004 -- Created
        sys.exit(answer)


def take(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.OPTIONS
        )
        page = browser.new_page(
            viewport={"width": 840, "height": 900}, locale="en-GB", timezone_id="Europe/Berlin"
        )
        page.goto(url, wait_until="load")
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
