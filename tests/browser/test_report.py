"""A visitor with a phone reports a message, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from stena.settings import Settings, Wall
from tests.browser.site import Site, inside, texts, visit
from tests.browser.site import put as put_there
from tests.browser.visitor import address, put
from tests.web.moderating import SIGNED, make_token

if TYPE_CHECKING:
    from playwright.async_api import Page

    from stena.store.database import Address
    from tests.conftest import Client

THANKS = "Thank you, the owner will look."


@pytest.fixture
def settings(site: Site) -> Settings:
    return Settings(wall=Wall(origins=(site.origin,)))


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def words(client: Client) -> list[str]:
    """The words of the reports, as the team reads them."""
    answer = await client.get("/api/moderation.reported", headers=SIGNED)
    return [one for found in (await answer.json())["messages"] for one in found["reports"]["words"]]


async def test_a_visitor_reports_a_message(tab: Page, client: Client) -> None:
    await put(client, "buy now", "Seller")
    await tab.goto(f"{address(client)}/m/1")
    await tab.get_by_role("link", name="Report").click()
    await expect(tab.get_by_text("buy now")).to_be_visible()
    await tab.get_by_role("button", name="Send the report").click()
    # The browser asks for a reason first.
    await expect(tab.locator(":invalid[type=radio]").first).to_be_focused()
    await tab.get_by_label("Spam or advertising").check()
    await tab.get_by_label("More about it").fill("again")
    await tab.get_by_role("button", name="Send the report").click()
    await expect(tab.get_by_role("heading", name=THANKS)).to_be_visible()
    await tab.get_by_role("link", name="Back to the wall").click()
    await expect(tab.get_by_text("buy now")).to_be_visible()
    assert await words(client) == ["again"]


async def test_a_visitor_reports_a_message_in_russian(russian_tab: Page, client: Client) -> None:
    await put(client, "налетай")
    await russian_tab.goto(f"{address(client)}/m/1")
    await russian_tab.get_by_role("link", name="Пожаловаться").click()
    await russian_tab.get_by_label("Чьи-то личные данные").check()
    await russian_tab.get_by_role("button", name="Отправить жалобу").click()
    thanks = russian_tab.get_by_role("heading", name="Спасибо, владелец посмотрит.")
    await expect(thanks).to_be_visible()


async def test_a_report_on_another_site_stays_in_the_frame(
    page: Page, site: Site, client: Client
) -> None:
    number = await put_there(client, "buy now")
    await visit(page, site, client, f'<iframe src="{{}}/embed/m/{number}?theme=dark"></iframe>')
    frame = inside(page)
    await frame.get_by_role("link", name="Report").click()
    await frame.get_by_label("Something else").check()
    await frame.get_by_label("More about it").fill("from a blog")
    await frame.get_by_role("button", name="Send the report").click()
    await expect(frame.get_by_role("heading", name=THANKS)).to_be_visible()
    await expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    assert await words(client) == ["from a blog"]
    # Back to the wall of that site's page, not to the main one.
    await frame.get_by_role("link", name="Back to the wall").click()
    await expect(texts(page)).to_have_text(["buy now"])
