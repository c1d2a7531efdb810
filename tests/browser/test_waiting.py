"""Messages that wait for the owner, as their author and other visitors see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.browser.visitor import address, put, texts
from tests.web.moderating import approve, held, make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


async def test_an_author_sees_that_a_message_waits_and_then_that_it_is_there(
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    client: Client,
) -> None:
    await moderate(client, "rule", mode="all")
    await tab.goto(address(client))
    await tab.get_by_role("textbox", name="What's on your mind?").fill("Is anybody there?")
    await tab.get_by_role("button", name="Put it on the wall").click()
    await expect(tab.locator("#held")).to_contain_text("the owner of the wall looks at it first")
    await expect(tab.locator("#kept a")).to_have_count(1)
    [waiting] = await held(client)
    assert waiting["text"] == "Is anybody there?"
    await tab.goto(f"{address(client)}/m/{waiting['id']}")
    await expect(tab.locator(".words").first).to_have_text("Is anybody there?")
    await approve(client, waiting["id"])
    if not script:
        await tab.reload()
    await expect(tab.locator("#held")).to_have_count(0)
    await tab.goto(address(client))
    await expect(texts(tab)).to_have_text(["Is anybody there?"])


async def test_an_approved_message_takes_its_place_among_the_others(
    page: Page, client: Client
) -> None:
    await moderate(client, "rule", thread="", mode="open")
    await put(client, "first")
    await moderate(client, "rule", mode="all")
    answer = await client.post("/api/messages.create", json={"text": "second"})
    second = (await answer.json())["message"]["id"]
    await moderate(client, "rule", mode="open")
    await put(client, "third")
    await page.goto(address(client))
    await expect(texts(page)).to_have_text(["third", "first"])
    await expect(page.locator("#live")).to_be_visible()
    await approve(client, second)
    await expect(texts(page)).to_have_text(["third", "second", "first"])


async def test_an_approved_reply_takes_its_place_in_the_conversation(
    page: Page, client: Client
) -> None:
    above = await put(client, "above")
    await put(client, "first", reply_to=above)
    await moderate(client, "rule", mode="all")
    answer = await client.post("/api/messages.create", json={"text": "second", "reply_to": above})
    second = (await answer.json())["message"]["id"]
    await moderate(client, "rule", mode="open")
    await put(client, "third", reply_to=above)
    await page.goto(f"{address(client)}/m/{above}")
    words = page.locator(".replies .words")
    await expect(words).to_have_text(["first", "third"])
    await approve(client, second)
    await expect(words).to_have_text(["first", "second", "third"])


async def test_a_removed_message_leaves_open_pages_and_comes_back_by_undo(
    page: Page, client: Client
) -> None:
    await put(client, "stays")
    number = await put(client, "rude words")
    await page.goto(address(client))
    await expect(texts(page)).to_have_text(["rude words", "stays"])
    decision = await remove(client, number)
    await expect(texts(page)).to_have_text(["stays"])
    await undo(client, decision)
    await expect(texts(page)).to_have_text(["rude words", "stays"])


async def test_the_place_of_a_removed_message_with_replies_stays(
    page: Page, client: Client
) -> None:
    number = await put(client, "rude words", "Rude")
    await put(client, "an answer", reply_to=number)
    await page.goto(address(client))
    await remove(client, number)
    article = page.locator(f"#m{number}")
    await expect(article.locator(":scope > .words")).to_have_text("This message is not shown.")
    await expect(article.locator(":scope > header")).to_contain_text("Removed")
    shown = await article.locator(":scope > header").inner_text()
    await page.reload()
    await expect(article.locator(":scope > header")).to_have_text(shown)
