"""Reactions and reports of a newcomer while the wall is flooded, with scripts and without."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, Request, Route, expect

from stena.settings import Common, Settings
from tests.browser.test_reactions import button, counts, picker, pressed
from tests.browser.visitor import address, put
from tests.program import PATIENCE
from tests.web.moderating import make_token
from tests.web.paying import brake
from tests.web.reporting import reported

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

# With so many numbers to try the work ends long after a test.
ENDLESS = 99_999_999
WORK = "**/work.js*"
REACTIONS = "**/reactions"
THANKS = "Thank you, the owner will look."


@pytest.fixture(autouse=True)
async def braked(client: Client, address: Address) -> None:
    await make_token(address)
    await put(client, "message")
    await brake(address, seconds=3600)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", ENDLESS)
    # A random number may be the first one that is tried.
    monkeypatch.setattr("stena.step.number_of", lambda _, ticket: ticket.most)


def body(request: Request) -> str:
    return request.post_data or ""


async def love(page: Page) -> None:
    await picker(page).click()
    await button(page, "love").click()


async def test_a_newcomers_reaction_counts(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await tab.goto(address(client))
    if script:
        async with tab.expect_response(lambda answer: "solution=" in body(answer.request)):
            await love(tab)
        await expect(tab).to_have_url(f"{address(client)}/")
    else:
        await love(tab)
        await expect(tab.get_by_text("In 20 seconds press")).to_be_visible()
        again = tab.get_by_role("button", name="❤️ Send it")
        # Too early, however long the machine has taken until now.
        monkeypatch.setattr("stena.step.WAIT", 3600)
        await again.click()
        await expect(tab.get_by_text(re.compile("In 3[0-9]{3} seconds press"))).to_be_visible()
        monkeypatch.setattr("stena.step.WAIT", 0)
        await again.click()
        await expect(tab).to_have_url(f"{address(client)}/m/1")
    await expect(pressed(tab)).to_have_text(["❤️1"])
    assert await counts(client) == {"love": 1}


@pytest.mark.usefixtures("endless")
async def test_it_is_shown_while_the_browser_works_and_taken_back_by_the_same_button(
    page: Page, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A quarter of it is asked for.
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 4 * ENDLESS)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(body(one)) if one.method == "POST" else None)
    await page.goto(address(client))
    async with page.expect_response(REACTIONS), page.expect_worker() as work:
        await love(page)
    await expect(pressed(page)).to_have_text(["❤️1"])
    ended = asyncio.Event()
    (await work.value).on("close", lambda _: ended.set())
    async with page.expect_response(REACTIONS):
        await button(page, "love").click()
    await asyncio.wait_for(ended.wait(), PATIENCE)
    await expect(pressed(page)).to_have_count(0)
    assert sent == ["kind=love", "off=love"]
    assert await counts(client) == {}


async def test_it_is_taken_back_where_it_cannot_be_paid_for(page: Page, client: Client) -> None:
    await page.route(WORK, lambda route: route.abort())
    await page.goto(address(client))
    async with page.expect_response(REACTIONS):
        await love(page)
    await expect(pressed(page)).to_have_count(0)
    await expect(button(page, "love")).to_be_hidden()
    assert await counts(client) == {}


async def test_a_reaction_in_a_frame_is_paid_for(page: Page, client: Client) -> None:
    await page.goto(f"{address(client)}/embed")
    async with page.expect_response(lambda answer: "solution=" in body(answer.request)):
        await love(page)
    await expect(pressed(page)).to_have_text(["❤️1"])
    assert await counts(client) == {"love": 1}


async def send_a_report(page: Page, client: Client) -> None:
    await page.goto(f"{address(client)}/m/1/report")
    await page.get_by_label("Spam or advertising").check()
    await page.get_by_label("More about it").fill("again")
    await page.get_by_role("button", name="Send the report").click()


async def test_a_newcomers_report_arrives(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await send_a_report(tab, client)
    if not script:
        await expect(tab.get_by_text("In 20 seconds press")).to_be_visible()
        await expect(tab.get_by_label("Spam or advertising")).to_be_checked()
        monkeypatch.setattr("stena.step.WAIT", 0)
        await tab.get_by_role("button", name="Send the report").click()
    await expect(tab.get_by_role("heading", name=THANKS)).to_be_visible()
    [one] = await reported(client)
    assert (one["reports"]["weight"], one["reports"]["words"]) == (0.5, ["again"])


@pytest.mark.usefixtures("endless")
async def test_a_visitor_who_stops_the_work_for_a_report_waits_instead(
    page: Page, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_a_report(page, client)
    await expect(page.get_by_role("status").filter(has_text="solving")).to_be_visible()
    await expect(page.get_by_label("Spam or advertising")).to_be_disabled()
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_label("Spam or advertising")).to_be_checked()
    await expect(page.get_by_label("Spam or advertising")).to_be_enabled()
    monkeypatch.setattr("stena.step.WAIT", 0)
    await page.get_by_role("button", name="Send the report").click()
    await expect(page.get_by_role("heading", name=THANKS)).to_be_visible()


class TestAnAddressThatChanges:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    async def test_a_page_works_once_and_then_asks_its_visitor(
        self, page: Page, client: Client
    ) -> None:
        sent: list[Request] = []

        async def from_elsewhere(route: Route) -> None:
            if route.request.method == "POST":
                sent.append(route.request)
            headers = {**route.request.headers, "x-forwarded-for": f"192.0.2.{len(sent)}"}
            await route.continue_(headers=headers)

        await page.route("**/report", from_elsewhere)
        async with page.expect_response(lambda answer: "solution=" in body(answer.request)):
            await send_a_report(page, client)
        # The page before said it too, while it was left.
        await expect(page.locator("#report")).not_to_have_attribute("data-worked", "yes")
        await expect(page.get_by_text("In 20 seconds press")).to_be_visible()
        async with page.expect_response(lambda answer: answer.request.method == "POST"):
            await page.get_by_role("button", name="Send the report").click()
        assert ["solution=" in body(request) for request in sent] == [False, True, False]
