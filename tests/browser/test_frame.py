"""A hand-written frame on another site's page, with scripts and without."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from playwright.async_api import Browser, Page, expect

from stena.app import create_app
from stena.settings import Settings, Wall
from tests.browser.site import FRAME, Site, inside, put, texts, visit, write
from tests.browser.visitor import TEXT_FIELD, WORDS, address
from tests.calm import calm
from tests.conftest import Front

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,)))


async def test_all_that_one_does_on_the_wall_is_done_in_the_frame(
    tab: Page, site: Site, client: Client
) -> None:
    for number in range(8):
        await put(client, f"earlier {number}")
    await visit(tab, site, client, FRAME)

    await write(tab, "Good morning, bees")
    await expect(texts(tab).first).to_have_text("Good morning, bees")
    await expect(texts(tab).first).to_be_in_viewport()
    await write(tab, "x" * 4001)
    await expect(inside(tab).locator("#text-refusal")).to_have_text(
        re.compile("1 character too many")
    )
    await expect(inside(tab).locator(TEXT_FIELD).first).to_have_value("x" * 4001)
    await write(tab, "And again")
    await expect(texts(tab).nth(1)).to_have_text("Good morning, bees")

    # Over http browsers keep no cookies of a frame: no authorship, but everything else works.
    card = inside(tab).locator("article", has_text="Good morning, bees")
    await expect(card.locator(".mine")).to_have_count(0)
    await card.get_by_role("link", name="Reply").click()
    answer = inside(tab).locator("form", has=inside(tab).locator("[name=reply_to]"))
    await answer.locator(TEXT_FIELD).fill("Good morning, you")
    await answer.get_by_role("button", name="Send the reply").click()
    reply = inside(tab).locator("article.reply")
    await expect(reply.locator(".words")).to_have_text("Good morning, you")
    await reply.locator("summary").click()
    await reply.locator("[value=love]").click()
    await expect(inside(tab).locator(".reply [value=love] span")).to_have_text("1")

    said = {message["text"]: message for message in await listed_in(client)}
    assert said["Good morning, bees"]["replies"] == 1
    await expect(tab.locator("#after")).to_have_text("Written in August.")
    assert tab.url == f"{site.origin}/"


@pytest.mark.usefixtures("links")
async def test_links_lead_out_of_the_frame_into_a_new_tab(
    tab: Page, site: Site, client: Client
) -> None:
    await put(client, f"Look: {address(client)}/m/1 is here")
    await visit(tab, site, client, FRAME)
    for link in ("Open the wall", f"{address(client)}/m/1"):
        async with tab.context.expect_page() as opened:
            await inside(tab).get_by_role("link", name=link).click()
        page = await opened.value
        await expect(page.locator("article .words")).to_contain_text("Look")
        assert page.url.startswith(address(client))
        assert "/embed" not in page.url
        await page.close()


async def test_earlier_messages_stay_in_the_frame(tab: Page, site: Site, client: Client) -> None:
    for number in range(52):
        await put(client, f"message {number}")
    await visit(tab, site, client, FRAME)
    await inside(tab).get_by_role("link", name="Earlier", exact=True).click()
    await expect(texts(tab).last).to_have_text("message 0")


async def test_a_frame_in_a_sandbox_works_where_that_lets_it(
    tab: Page, site: Site, client: Client
) -> None:
    allowed = "allow-same-origin allow-scripts allow-forms allow-popups"
    for sandbox, posted in ((allowed, True), ("allow-scripts allow-forms", False)):
        await visit(tab, site, client, FRAME.replace(" title", f' sandbox="{sandbox}" title'))
        await write(tab, f"With {sandbox}")
        if posted:
            await expect(texts(tab).first).to_have_text(f"With {sandbox}")
    await expect(inside(tab).get_by_text("This came from another site.")).to_be_visible()
    assert len(await listed_in(client)) == 1


async def test_over_https_a_visitor_changes_what_they_wrote_in_the_frame_of_that_site_only(
    browser: Browser,
    address: Address,
    script: bool,  # noqa: FBT001 -- a fixture
) -> None:
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(certificate)
    context = await browser.new_context(
        locale="en-GB", ignore_https_errors=True, java_script_enabled=script
    )
    page = await context.new_page()
    async with Site.open(certificate) as site:
        other = site.origin.replace("localhost", "127.0.0.1")
        settings = Settings(wall=Wall(origins=(site.origin, other)))
        server = Front(create_app(calm(settings), address))
        await server.start_server(ssl=certificate)
        async with server:
            wall = str(server.make_url("/")).rstrip("/")
            site.put(wall, FRAME)
            await page.goto(site.origin)
            await write(page, "Mine")
            await expect(inside(page).locator("#kept a")).to_be_visible()

            await page.goto(site.origin)
            if not script:
                await inside(page).get_by_role("link", name="Reply").click()
            await inside(page).get_by_role("link", name="Edit or delete").click()
            # The page before it has a field too, which has another label.
            await inside(page).get_by_label(WORDS).fill("Mine, and changed")
            await inside(page).get_by_role("button", name="Save").click()
            await expect(texts(page)).to_have_text(["Mine, and changed"])

            # On another site and on the wall's own page the visitor has other keys.
            own = "Edit or delete"
            site.put(wall, FRAME.replace("?thread=blog/first", "/m/1"))
            await page.goto(other)
            await expect(texts(page)).to_have_text(["Mine, and changed"])
            await expect(inside(page).get_by_role("link", name=own)).to_have_count(0)
            await page.goto(f"{wall}/m/1")
            await expect(page.locator("article .words")).to_have_text("Mine, and changed")
            await expect(page.get_by_role("link", name=own)).to_have_count(0)
            kept = await context.cookies(f"{wall}/embed")
            assert {cookie["name"] for cookie in kept} >= {"frame-key", "frame-mine"}
            assert all("localhost" in str(cookie["partitionKey"]) for cookie in kept)
    await context.close()


async def listed_in(client: Client) -> list[dict[str, object]]:
    answer = await client.get("/api/messages.list", params={"thread": "blog/first"})
    messages: list[dict[str, object]] = (await answer.json())["messages"]
    return messages
