"""The screen in a hall, as tests open it and change what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.browser.visitor import address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Locator, Page, Route

    from tests.conftest import Client

KEY = "k" * 20
# What is new glows for 20 seconds, and is not new any more afterwards.
STAY_NEW = """
() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".message.new { animation-play-state: paused; }");
    document.adoptedStyleSheets = [sheet];
}
"""


def hall(client: Client, query: str = "") -> str:
    return f"{address(client)}/live{query}"


def again_in(seconds: int) -> Callable[[Route], Awaitable[None]]:
    """The page as it is, which without scripts comes again after another while."""

    async def fulfil(route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace('content="15"', f'content="{seconds}"')
        await route.fulfill(response=answer, body=body)

    return fulfil


def words(page: Page) -> Locator:
    return page.locator("main .words")


async def change(client: Client, method: str, **fields: object) -> Any:  # noqa: ANN401 -- JSON
    answer = await client.post(f"/api/messages.{method}", json=fields | {"key": KEY})
    assert answer.ok, await answer.text()
    return await answer.json()
