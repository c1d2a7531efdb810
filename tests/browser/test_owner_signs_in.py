"""The owner on a phone: the link of the command, another phone, a moderator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.visitor import address as address_of
from tests.browser.visitor import visiting
from tests.owner import CODE, make_code

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from stena.store.database import Address
    from tests.conftest import Client

SIGNED_IN = "You are signed in as owner, an owner."


async def sign_in(page: Page, code: str) -> None:
    await page.get_by_label("The code, or the whole link").fill(code)
    await page.get_by_role("button", name="Sign in").click()


async def test_the_owner_types_the_code(tab: Page, client: Client, address: Address) -> None:
    await tab.goto(f"{address_of(client)}/owner")
    await sign_in(tab, (await make_code(address)).lower().replace("-", " "))
    await expect(tab.get_by_text(SIGNED_IN)).to_be_visible()
    await tab.get_by_role("button", name="Sign out").click()
    await expect(tab.get_by_role("button", name="Sign in")).to_be_visible()


async def test_a_link_needs_a_press_of_the_button_and_leaves_the_address_bar(
    page: Page, client: Client, address: Address
) -> None:
    code = await make_code(address)
    await page.goto(f"{address_of(client)}/owner#{code}")
    await expect(page.get_by_label("The code, or the whole link")).to_have_value(code)
    await expect(page).to_have_url(f"{address_of(client)}/owner")
    await page.reload()
    await expect(page.get_by_text(SIGNED_IN)).to_have_count(0)
    await page.goto(f"{address_of(client)}/owner#{code}")
    await expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(SIGNED_IN)).to_be_visible()
    assert code not in str(await page.evaluate("[location.href, document.referrer]"))


async def test_a_link_that_is_opened_by_a_member_signs_in_anew(
    page: Page, client: Client, address: Address
) -> None:
    await page.goto(f"{address_of(client)}/owner")
    await sign_in(page, await make_code(address, "Anna", "moderator"))
    await expect(page.get_by_text("as Anna, a moderator.")).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in")).to_be_hidden()
    await page.goto(f"{address_of(client)}/owner#{await make_code(address)}")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text(SIGNED_IN)).to_be_visible()


async def test_a_moderator_is_invited_by_a_qr_code_and_removed_again(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    browser: Browser,
    client: Client,
    address: Address,
) -> None:
    await tab.goto(f"{address_of(client)}/owner")
    await sign_in(tab, await make_code(address))
    await tab.get_by_role("link", name="The team").click()
    await tab.get_by_label("The name of a new moderator").fill("Anna")
    await tab.get_by_role("button", name="Invite").click()
    await expect(tab.get_by_role("img", name="The link as a QR code")).to_be_visible()
    link = await tab.get_by_role("link", name="The link").get_attribute("href")
    assert link
    assert CODE.search(link)
    async with visiting(browser, script=script) as phone:
        await phone.goto(f"{address_of(client)}/owner")
        await sign_in(phone, link)
        await expect(phone.get_by_text("as Anna, a moderator.")).to_be_visible()
        await tab.get_by_role("link", name="Done").click()
        row = tab.get_by_role("listitem").filter(has_text="Anna")
        await row.get_by_role("button", name="Remove from the team").click()
        await expect(tab.get_by_role("listitem").filter(has_text="Anna")).to_have_count(0)
        await phone.reload()
        await expect(phone.get_by_role("button", name="Sign in")).to_be_visible()


async def test_the_page_in_russian_leads_the_same_way(
    russian_tab: Page, client: Client, address: Address
) -> None:
    await russian_tab.goto(f"{address_of(client)}/owner")
    await russian_tab.get_by_label("Код или ссылка целиком").fill(await make_code(address))
    await russian_tab.get_by_role("button", name="Войти").click()
    await expect(russian_tab.get_by_text("Вы вошли как owner, владелец.")).to_be_visible()
    await russian_tab.get_by_role("link", name="Ваши устройства").click()
    await russian_tab.get_by_role("button", name="Ещё один телефон").click()
    await expect(russian_tab.locator("code")).to_have_text(re.compile(r"^[0-9A-Z-]{30}$"))
