"""What a visitor sees and does, in the commands of WebDriver."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.engines.webdriver import Refused
from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tests.engines.webdriver import Session

# The texts of messages, without the preview of one that is being sent.
WORDS = "article:not(.sending) > .words"
# The key of an element's id in the answers of a driver.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SHOW = "arguments[0].scrollIntoView({ block: 'nearest', behavior: 'instant' })"


class Visitor:
    """A visitor at a browser, who waits for what should happen."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def go(self, url: str) -> None:
        await self._session.send("Navigate", url=url)

    async def reload(self) -> None:
        await self._session.send("Refresh")

    async def address(self) -> str:
        return str(await self._session.send("GetCurrentURL"))

    async def click(self, selector: str) -> None:
        """Click the first such element."""

        async def clicked() -> bool:
            element = await self._find(selector)
            if element:
                await self._click(element)
            return bool(element)

        await self.until(clicked, f"click {selector}")

    async def fill(self, selector: str, text: str) -> None:
        """Replace what is in a field."""

        async def cleared() -> bool:
            element = await self._find(selector)
            if element:
                await self._session.send("ElementClear", id=element)
            return bool(element)

        await self.until(cleared, f"clear {selector}")
        await self.type(selector, text)

    async def type(self, selector: str, text: str) -> None:
        """Add to what is in a field."""

        async def typed() -> bool:
            element = await self._find(selector)
            if element:
                # In a frame WebKit gives the focus only to what was clicked.
                await self._click(element)
                await self._session.send("ElementSendKeys", id=element, text=text)
            return bool(element)

        await self.until(typed, f"type into {selector}")

    async def texts(self, selector: str = WORDS) -> list[str]:
        return [
            await self._session.send("GetElementText", id=element)
            for element in await self._found(selector)
        ]

    async def sees(self, expected: list[str], selector: str = WORDS) -> None:
        """Wait until exactly these texts are there, in this order."""
        seen: list[str] = []

        async def there() -> bool:
            seen[:] = await self.texts(selector)
            return seen == expected

        await self.until(there, lambda: f"{selector} shows {seen}, not {expected}")

    async def sees_first(self, expected: str, selector: str = WORDS) -> None:
        """Wait until the first such element contains this text."""
        seen = ""

        async def there() -> bool:
            nonlocal seen
            element = await self._find(selector)
            seen = await self._session.send("GetElementText", id=element) if element else "nothing"
            return expected in seen

        await self.until(there, lambda: f"{selector} shows {seen}, not {expected}")

    async def sees_one(self, expected: str, selector: str = WORDS) -> None:
        """Wait until one such element has this text."""

        async def there() -> bool:
            return expected in await self.texts(selector)

        await self.until(there, f"{selector} does not show {expected}")

    async def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 -- JSON
        return await self._session.send("ExecuteScript", script=script, args=list(arguments))

    async def until_true(self, script: str, *arguments: object) -> None:
        """Wait until this expression is true in the page."""

        async def holds() -> bool:
            return bool(await self.run(f"return {script}", *arguments))

        await self.until(holds, script)

    @asynccontextmanager
    async def inside(self, place: int = 0) -> AsyncGenerator[None]:
        """Look into a frame of the page."""

        async def entered() -> bool:
            await self._session.send("SwitchToFrame", id=place)
            return True

        await self.until(entered, "enter the frame")
        try:
            yield
        finally:
            await self._session.send("SwitchToFrame", id=None)

    async def resize(self, height: int) -> None:
        """Make the window so high."""
        await self._session.send("SetWindowRect", x=0, y=0, width=1200, height=height)

    async def open_window(self) -> None:
        """Open another window, beside this one."""
        await self._session.send("NewWindow", type="window")

    async def look_at(self, window: str) -> None:
        await self._session.send("SwitchToWindow", handle=window)

    async def windows(self) -> list[str]:
        return list(await self._session.send("GetWindowHandles"))

    async def close_window(self) -> None:
        await self._session.send("CloseWindow")

    async def forget(self) -> None:
        """Remove the cookies that the browser has for this page."""
        await self._session.send("DeleteAllCookies")

    async def until(
        self, holds: Callable[[], Awaitable[bool]], what: str | Callable[[], str]
    ) -> None:
        """Wait until it is true. A page that changes meanwhile refuses what was found before."""
        clock = asyncio.get_running_loop().time
        # A command that is cancelled would leave its answer to the next one.
        end = clock() + PATIENCE
        while True:
            refused = ""
            try:
                if await holds():
                    return
            except Refused as error:
                refused = f" ({error})"
            if clock() > end:
                raise AssertionError(f"{what if isinstance(what, str) else what()}{refused}")
            await asyncio.sleep(0.05)

    async def _click(self, element: str) -> None:
        # WebKit's driver does not bring into sight what is below the edge of the window.
        await self.run(SHOW, {ELEMENT: element})
        await self._session.send("ElementClick", id=element)

    async def _find(self, selector: str) -> str | None:
        return next(iter(await self._found(selector)), None)

    async def _found(self, selector: str) -> list[str]:
        fields = {"using": "css selector", "value": selector}
        return [one[ELEMENT] for one in await self._session.send("FindElements", **fields)]
