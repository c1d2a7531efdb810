"""A newcomer whose message has to be paid for gets it up, with scripts and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, Page, Request, Route, expect

from stena.settings import Common, Settings, Wall
from tests.browser.states_of_visitors import never
from tests.browser.visitor import BUTTON, address, fill, put, texts
from tests.web.paying import brake

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

TEXT = "Is anybody there?"
LOOK = "Let the owner look at it first"
# With so many numbers to try the work ends long after a test.
ENDLESS = 99_999_999
WORK = "**/work.js*"


@pytest.fixture(autouse=True)
async def braked(address: Address) -> None:
    await brake(address, seconds=3600)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", ENDLESS)
    # By chance the first number would be the right one.
    monkeypatch.setattr("stena.step.number_of", lambda _, ticket: ticket.most)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time be a payment at once."""
    monkeypatch.setattr("stena.step.WAIT", 0)


def body(request: Request) -> str:
    return request.post_data or ""


def button(page: Page, name: str = BUTTON) -> Locator:
    return page.get_by_role("button", name=name)


def field(page: Page) -> Locator:
    return page.locator("#write textarea")


async def post(page: Page, client: Client, path: str = "/") -> None:
    await page.goto(f"{address(client)}{path}")
    await fill(page, TEXT, "Anna")
    await button(page).click()


async def test_a_newcomer_gets_a_message_up(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await post(tab, client)
    if not script:
        await expect(tab.get_by_text("In 20 seconds press")).to_be_visible()
        await expect(field(tab)).to_have_value(TEXT)
        await expect(tab.locator("#write [name=name]")).to_have_value("Anna")
        # Too early, however long the machine has taken until now.
        monkeypatch.setattr("stena.step.WAIT", 3600)
        await button(tab).click()
        await expect(tab.get_by_text(re.compile("In 3[0-9]{3} seconds press"))).to_be_visible()
        monkeypatch.setattr("stena.step.WAIT", 0)
        await button(tab).click()
    await expect(texts(tab)).to_have_text([TEXT])
    await expect(tab.locator(".step")).to_have_count(0)
    await expect(field(tab)).to_have_value("")


async def test_a_newcomer_gets_a_message_up_in_russian(
    russian_tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await russian_tab.goto(address(client))
    await fill(russian_tab, "Есть кто живой?")
    await button(russian_tab, "Оставить на стене").click()
    if not script:
        await expect(russian_tab.get_by_text("Через 20 секунд нажмите")).to_be_visible()
        monkeypatch.setattr("stena.step.WAIT", 0)
        await button(russian_tab, "Оставить на стене").click()
    await expect(texts(russian_tab)).to_have_text(["Есть кто живой?"])


@pytest.mark.usefixtures("endless")
async def test_the_owner_may_look_first(tab: Page, client: Client) -> None:
    await post(tab, client)
    await button(tab, LOOK).click()
    await expect(tab.locator("#held")).to_contain_text("the owner of the wall looks at it first")
    await expect(tab.locator(".step")).to_have_count(0)


async def test_the_work_is_sent_once_with_the_nonce_of_the_first_try(
    page: Page, client: Client
) -> None:
    sent: list[str] = []
    page.on("request", lambda one: sent.append(body(one)) if one.method == "POST" else None)
    await post(page, client)
    await expect(texts(page)).to_have_text([TEXT])
    first, second = sent
    assert second.startswith(f"{first}&ticket=")
    assert "&way=work&solution=" in second


@pytest.mark.usefixtures("endless")
async def test_a_visitor_who_stops_the_work_waits_instead(
    page: Page, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post(page, client)
    await expect(page.get_by_role("status").filter(has_text="solving")).to_be_visible()
    await expect(page.get_by_role("progressbar")).to_have_js_property("max", 1)
    await expect(page.get_by_text("In 20 seconds press")).to_be_hidden()
    await expect(button(page)).to_be_disabled()
    await expect(page.get_by_role("progressbar")).not_to_have_attribute("value", "0")
    await button(page, "Stop").click()
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    await expect(button(page)).to_be_focused()
    await expect(field(page)).to_have_value(TEXT)
    await expect(field(page)).to_be_editable()
    monkeypatch.setattr("stena.step.WAIT", 0)
    await button(page).click()
    await expect(texts(page)).to_have_text([TEXT])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("missing", ["the class", "the file"])
async def test_without_a_worker_time_is_left(page: Page, client: Client, missing: str) -> None:
    if missing == "the class":
        await page.add_init_script("delete window.Worker")
    else:
        await page.route(WORK, lambda route: route.abort())
    await post(page, client)
    await expect(page.get_by_text(f"Press “{BUTTON}” once more")).to_be_visible()
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    await button(page).click()
    await expect(texts(page)).to_have_text([TEXT])


async def test_a_reply_is_paid_for_where_it_is_written(
    page: Page, client: Client, address: Address
) -> None:
    await brake(address, 0)
    above = await put(client, "above")
    await brake(address)
    await page.goto(str(client.make_url(f"/m/{above}")))
    await page.locator("#answer textarea").fill(TEXT)
    await button(page, "Send the reply").click()
    await expect(page.locator(".replies .words")).to_have_text([TEXT])
    assert page.url.endswith(f"/m/{above}")


async def test_a_message_in_a_frame_is_paid_for(page: Page, client: Client) -> None:
    await post(page, client, "/embed?thread=news")
    await expect(texts(page)).to_have_text([TEXT])


class TestAQuestion:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(question="How many windows?", answer="twelve"))

    async def test_who_knows_the_answer_need_not_wait(self, tab: Page, client: Client) -> None:
        # The work never ends.
        await tab.route(WORK, never)
        await post(tab, client)
        await tab.get_by_label("How many windows?").fill("Twelve")
        await button(tab).click()
        await expect(texts(tab)).to_have_text([TEXT])
        await tab.unroute(WORK)


class TestAnAddressThatChanges:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    async def test_the_page_works_once_and_then_asks_its_visitor(
        self, page: Page, client: Client
    ) -> None:
        sent: list[Request] = []

        async def from_elsewhere(route: Route) -> None:
            sent.append(route.request)
            headers = {**route.request.headers, "x-forwarded-for": f"192.0.2.{len(sent)}"}
            await route.continue_(headers=headers)

        await page.route("**/messages", from_elsewhere)
        async with page.expect_response(lambda answer: "solution=" in body(answer.request)):
            await post(page, client)
        await expect(page.locator("#write")).not_to_have_attribute("data-worked", "yes")
        await expect(page.get_by_text("In 20 seconds press")).to_be_visible()
        await expect(field(page)).to_have_value(TEXT)
        async with page.expect_response("**/messages"):
            await button(page).click()
        assert ["solution=" in body(request) for request in sent] == [False, True, False]
