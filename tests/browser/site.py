"""Another site, whose owner has embedded the wall."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.browser.visitor import TEXT_FIELD, address

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from playwright.async_api import FrameLocator, Locator, Page

    from tests.conftest import Client

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A blog</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">{}</head>
<body><h1>Bees</h1><p id="before">Eleven jars.</p>{}<p id="after">Written in August.</p></body>
</html>
"""
# A policy with no more than the wall needs: its script and its frame. No inline styles.
POLICY = "default-src 'none'; script-src {0}; frame-src {0}; connect-src {0}; img-src data:"


SCRIPT = '<script src="{}/embed.js" data-thread="blog/first" async></script>'
FRAME = (
    '<iframe src="{}/embed?thread=blog/first" title="Messages" width="100%" height="500"></iframe>'
)


class Site:
    """A blog of one page at localhost, which for browsers is another site than 127.0.0.1."""

    def __init__(self, server: TestServer) -> None:
        self._server = server
        self._lines = self._head = ""
        self._policy = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, context: ssl.SSLContext | None = None) -> AsyncGenerator[Site]:
        app = web.Application()
        server = TestServer(app)
        site = cls(server)
        app.router.add_get("/", site._page)
        await server.start_server(ssl=context)
        async with server:
            yield site

    @property
    def origin(self) -> str:
        return str(self._server.make_url("/").with_host("localhost")).rstrip("/")

    def put(self, wall: str, *lines: str, head: str = "") -> None:
        """Put these lines on the page, and one in its head; {} stands for the wall's address."""
        self._lines = "".join(lines).replace("{}", wall)
        self._head = head.replace("{}", wall)
        self._policy = POLICY.format(wall)

    async def _page(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": self._policy}
        return web.Response(
            text=PAGE.format(self._head, self._lines), content_type="text/html", headers=headers
        )


def inside(page: Page, place: int = 0) -> FrameLocator:
    return page.frame_locator("iframe").nth(place)


def texts(page: Page, place: int = 0) -> Locator:
    """The texts of the messages, without the preview of one that is being sent."""
    return inside(page, place).locator("article:not(.sending) .words")


async def visit(page: Page, site: Site, client: Client, *lines: str, head: str = "") -> None:
    site.put(address(client), *lines, head=head)
    await page.goto(site.origin)


async def put(client: Client, text: str, thread: str = "blog/first", **fields: object) -> int:
    """Post a message of somebody else on the wall of a page. Returns its id."""
    body = {"text": text, "thread": thread, **fields}
    answer = await client.post("/api/messages.create", json=body)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def write(page: Page, text: str) -> None:
    form = inside(page).locator("#write")
    await form.locator(TEXT_FIELD).fill(text)
    await form.locator("button").click()
