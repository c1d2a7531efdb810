"""A member of the team removes a message where visitors read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.visitor import address as address_of
from tests.browser.visitor import put, texts
from tests.owner import make_code

if TYPE_CHECKING:
    from playwright.async_api import Page

    from stena.store.database import Address
    from tests.conftest import Client


async def sign_in(page: Page, client: Client, address: Address) -> None:
    await page.goto(f"{address_of(client)}/owner")
    await page.get_by_label("The code, or the whole link").fill(await make_code(address))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation", name="Lists")).to_be_visible()


async def test_a_member_removes_a_message_on_the_wall_and_undoes_it(
    page: Page, other: Page, client: Client, address: Address
) -> None:
    await put(client, "stays")
    number = await put(client, "rude words")
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    await other.goto(address_of(client))
    await page.locator(f"#m{number}").get_by_role("button", name="Remove").click()
    await expect(texts(page)).to_have_text(["stays"])
    await expect(texts(other)).to_have_text(["stays"])
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    await undo.click()
    await expect(texts(page)).to_have_text(["rude words", "stays"])
    await expect(texts(other)).to_have_text(["rude words", "stays"])


async def test_a_message_with_replies_leaves_its_place(
    page: Page, client: Client, address: Address
) -> None:
    number = await put(client, "rude words")
    await put(client, "an answer", reply_to=number)
    await sign_in(page, client, address)
    await page.goto(f"{address_of(client)}/m/{number}")
    words = page.locator(f"#m{number} > .words")
    await page.locator(f"#m{number} > footer").get_by_role("button", name="Remove").click()
    await expect(words).to_have_text("This message is not shown.")
    await page.get_by_role("button", name="Undo").click()
    await expect(words).to_have_text("rude words")


async def test_a_new_message_has_the_button_too(
    page: Page, client: Client, address: Address
) -> None:
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    await expect(page.locator("#live")).to_be_visible()
    number = await put(client, "just now")
    await expect(page.locator(f"#m{number}").get_by_role("button", name="Remove")).to_be_visible()


async def test_a_visitor_has_no_such_button_and_loads_nothing_for_it(
    page: Page, client: Client
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    await put(client, "hello")
    await page.goto(address_of(client))
    await expect(page.locator("#live")).to_be_visible()
    assert any("post.js" in one for one in loaded)
    assert not any("team.js" in one for one in loaded)
    await expect(page.get_by_role("button", name="Remove")).to_have_count(0)


async def test_a_member_who_is_signed_out_meanwhile_removes_nothing(
    page: Page, client: Client, address: Address
) -> None:
    number = await put(client, "hello")
    await sign_in(page, client, address)
    await page.goto(address_of(client))
    remove = page.locator(f"#m{number} .removes")
    await expect(remove).to_have_text("Remove")
    cookies = await page.context.cookies()
    await page.context.clear_cookies(name="owner")
    assert {one["name"] for one in cookies} >= {"owner", "team"}
    await remove.click()
    await expect(remove).to_have_text("That did not work. Try again")
    await expect(texts(page)).to_have_text(["hello"])
