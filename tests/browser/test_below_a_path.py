"""A wall below a path of a site, behind a proxy that removes the path or passes it on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from stena.settings import Settings, Wall
from tests.article.repository import free_port
from tests.browser.site import FRAME, SCRIPT, Site, inside
from tests.browser.site import write as write_inside
from tests.browser.visitor import (
    CHANGE,
    DELETE,
    REPLY,
    WORDS,
    answered,
    card,
    replies,
    texts,
    write,
)
from tests.proxies import nginx
from tests.web.paying import brake

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client

# Host is not passed on either.
BELOW = """
server {{
    listen 127.0.0.1:{port};
    location /a/m/b/ {{ proxy_pass http://{wall}; proxy_buffering off; }}
    location / {{ return 404; }}
}}
"""


@pytest.fixture
def home() -> str:
    return f"http://127.0.0.1:{free_port()}/a/m/b"


@pytest.fixture
def settings(home: str, site: Site) -> Settings:
    return Settings(wall=Wall(url=home, origins=(site.origin,)))


@pytest.fixture(params=["", "/"], ids=["passed on", "removed"])
def way(
    request: pytest.FixtureRequest, home: str, client: Client, tmp_path: Path
) -> Generator[str]:
    """The address of the wall through nginx."""
    port = int(home.split(":")[2].partition("/")[0])
    wall = f"{client.host}:{client.port}{request.param}"
    with nginx(tmp_path, BELOW.format(port=port, wall=wall), port):
        yield home


async def test_a_visitor_does_all_that_they_can(way: str, tab: Page, script: bool) -> None:  # noqa: FBT001 -- a fixture
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    await tab.goto(f"{way}/")
    await write(tab, "Good morning")
    await expect(texts(tab)).to_have_text(["Good morning"])
    await answered(tab)
    # React.
    await card(tab, 1).locator("> footer summary").click()
    await card(tab, 1).locator("> footer button[value=love]").click()
    await expect(card(tab, 1).locator("> footer button[value=love] span").first).to_have_text("1")
    # Reply.
    await tab.goto(f"{way}/")
    await card(tab, 1).locator(".answer").click()
    await tab.get_by_label(REPLY).fill("And to you")
    await tab.get_by_role("button", name="Send the reply").click()
    await expect(replies(tab, 1)).to_have_text(["And to you"])
    # Edit, by the link on the card where scripts run.
    await tab.goto(f"{way}/" if script else f"{way}/m/1")
    await tab.get_by_role("link", name=CHANGE).first.click()
    await tab.get_by_label(WORDS).fill("Good evening")
    await tab.get_by_role("button", name="Save").click()
    await expect(texts(tab).first).to_have_text("Good evening")
    # Search.
    await tab.get_by_role("link", name="Search").click()
    await tab.get_by_role("searchbox").fill("evening")
    await tab.get_by_role("button", name="Search").click()
    await expect(tab.locator("#found .excerpt")).to_have_text(["Good evening"])
    # The feed names the page of the message.
    feed = await tab.get_by_role("link", name="RSS feed").get_attribute("href")
    answer = await tab.request.get(f"{way.removesuffix('/a/m/b')}{feed}")
    assert f'href="{way}/m/1"' in await answer.text()
    # Delete.
    await tab.get_by_role("link", name="Open").click()
    await tab.get_by_role("link", name=CHANGE).click()
    await tab.get_by_role("button", name=DELETE).click()
    await expect(tab).to_have_url(f"{way}/")
    await expect(tab.locator("#write")).to_be_visible()
    assert [url for url in asked if not url.startswith(way)] == []


async def test_a_newcomer_proves_work(way: str, page: Page, address: Address) -> None:
    await brake(address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{way}/")
    await write(page, "Good morning")
    await expect(texts(page)).to_have_text(["Good morning"])
    assert any(url.startswith(f"{way}/static/work.js?v=") for url in asked)
    assert [url for url in asked if not url.startswith(way)] == []


async def test_others_see_it_live_and_older_ones_on_the_next_page(
    way: str, page: Page, other: Page, client: Client
) -> None:
    for number in range(51):
        answer = await client.post("/api/messages.create", json={"text": f"message {number}"})
        assert answer.status == 201
    await page.goto(f"{way}/")
    await expect(page.locator("#live")).to_have_text(re.compile("Live"))
    await other.goto(f"{way}/")
    await write(other, "Just now")
    await expect(texts(page).first).to_have_text("Just now")
    # A card that a script has made.
    made = card(page, 52)
    await expect(made.locator("header a")).to_have_attribute("href", "/a/m/b/m/52")
    await expect(made.locator(".answer")).to_have_attribute("href", "/a/m/b/m/52#answer")
    await page.get_by_role("link", name="Earlier").click()
    await expect(texts(page).last).to_have_text("message 0")


async def test_another_site_embeds_it(way: str, page: Page, site: Site) -> None:
    for line in (SCRIPT, FRAME):
        site.put(way, line)
        # The policy of that site names origins.
        site._policy = site._policy.replace(way, way.removesuffix("/a/m/b"))  # noqa: SLF001 -- as above
        await page.goto(site.origin)
        await write_inside(page, f"From a frame {line[1]}")
        await expect(inside(page).locator("article:not(.sending) .words").first).to_have_text(
            f"From a frame {line[1]}"
        )
