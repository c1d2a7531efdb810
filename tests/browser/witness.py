"""Records everything that a page must never do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Frame, Page, Request

WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
    heard(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


class Witness:
    """A page whose alerts, errors, foreign requests and policy violations are recorded.

    Attributes:
        heard: one line for each; empty for a correct page.
    """

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.heard: list[str] = []
        self._something = asyncio.Event()
        self._origin = origin

    @classmethod
    async def of(cls, context: BrowserContext, origin: str) -> Witness:
        """Open a page, and record from before anything is loaded into it."""
        page = await context.new_page()
        witness = cls(page, origin)
        await page.expose_function("hit", lambda *_: witness.hear("hit() was called"))
        await page.expose_function("heard", witness.hear)
        await page.add_init_script(WATCH)
        page.on("dialog", witness.refuse_dialog)
        page.on("pageerror", lambda error: witness.hear(f"error: {error}"))
        page.on("console", witness.read_console)
        page.on("request", witness.look_at_request)
        page.on("frameattached", witness.look_at_frame)
        page.on("popup", lambda popup: witness.hear(f"popup: {popup.url}"))
        return witness

    def hear(self, what: str) -> None:
        self.heard.append(what)
        self._something.set()

    async def hears(self, trace: str) -> None:
        """Wait until a line contains `trace`."""
        async with asyncio.timeout(60):
            while not any(trace in line for line in self.heard):
                self._something.clear()
                await self._something.wait()

    async def refuse_dialog(self, dialog: Dialog) -> None:
        self.hear(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def read_console(self, message: ConsoleMessage) -> None:
        # A refused form and a missing page are expected, although browsers log them as errors.
        answered = message.location["url"].startswith(self._origin)
        if message.type == "error" and not (
            answered and message.text.startswith("Failed to load resource")
        ):
            self.hear(f"console: {message.text}")

    def look_at_request(self, request: Request) -> None:
        if not request.url.startswith(f"{self._origin}/"):
            self.hear(f"request: {request.url}")

    def look_at_frame(self, frame: Frame) -> None:
        self.hear(f"frame: {frame.url}")
