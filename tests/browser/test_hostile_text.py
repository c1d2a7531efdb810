"""Everything that is typed stays text, checked in a browser that would execute it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from stena.message import NAME_LIMIT
from tests.browser.card import TITLE, assert_shown, look
from tests.browser.hostile import TEXTS
from tests.browser.visitor import address, put, quiet, refusal, texts, write
from tests.browser.witness import Witness

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import Client

NAMES = [text if len(text) <= NAME_LIMIT and text.isprintable() else "" for text in TEXTS]

# The structure of a page, without its text and without the live status.
SKELETON = """
() => [...document.querySelectorAll(":not(#live, #live > *)")].map(
    (part) => [part.localName, ...[...part.attributes].map((a) => a.name)].join(" ")
)
"""
# What an executed text could do, and the trace that it leaves.
DEEDS = {
    "alert('x')": "dialog: x",
    "hit()": "hit()",
    "throw new Error('x')": "error: x",
    "console.error('x')": "console: x",
    "fetch('https://hostile.invalid/')": "policy: connect-src https://hostile.invalid",
    "location = 'https://hostile.invalid/'": "request: https://hostile.invalid/",
    "document.body.append(document.createElement('iframe'))": "frame: ",
    "document.body.innerHTML = '<img src=x onerror=hit()>'": "policy: require-trusted-types-for",
    "document.body.setAttribute('onclick', 'hit()')": "policy: require-trusted-types-for",
    "document.body.setAttribute('style', 'color: red')": "policy: style-src-attr",
    "trustedTypes.createPolicy('other', {})": "policy: trusted-types",
    "location = 'javascript:hit()'": "policy: ",
    "open('about:blank')": "popup: ",
}
SUBMIT = """
([text, name]) => {
    const form = document.getElementById("write");
    form.elements.text.value = text;
    form.elements.name.value = name;
    HTMLFormElement.prototype.submit.call(form);
}
"""


async def test_hostile_messages_are_shown_as_they_were_typed_and_do_nothing(
    witness: Witness, client: Client
) -> None:
    await put_all(client)
    page = witness.page
    await page.goto(address(client))
    earlier = page.get_by_role("link", name="Earlier", exact=True)
    for there in range(50, len(TEXTS), 50):
        await expect(texts(page)).to_have_count(there)
        await earlier.click()
    await expect(texts(page)).to_have_count(len(TEXTS))

    for (text, name), one in zip(typed(), reversed(await look(page)), strict=True):
        assert_shown(one, text, name)


async def test_hostile_messages_brought_by_a_script_do_nothing_either(
    witness: Witness, client: Client
) -> None:
    page = witness.page
    for begin in range(0, len(TEXTS), 49):
        # The list in the answer to a post is put into the open page.
        await page.goto(address(client))
        some = typed()[begin : begin + 49]
        for text, name in some:
            await put(client, text, name)
        await write(page, *some[0])
        await expect(page.locator("textarea")).to_have_value("")
        for one, (text, name) in zip(await look(page), [some[0], *some[::-1]], strict=False):
            assert_shown(one, text, name)


async def test_hostile_messages_do_nothing_on_pages_of_their_own(
    witness: Witness, client: Client
) -> None:
    for text, name in zip(together(24), NAMES, strict=False):
        number = await put(client, text, name)
        await witness.page.goto(f"{address(client)}/m/{number}")
        [one] = await look(witness.page)
        assert_shown(one, text, name)


async def test_hostile_words_in_a_refused_form_stay_in_their_fields(
    witness: Witness, client: Client
) -> None:
    page = witness.page
    await page.goto(address(client))
    await refuse(page, "good", "g" * 61)
    good = await page.evaluate(SKELETON)
    for text in together(24):
        name = " ".join(text.split())
        await refuse(page, text, name)
        assert await page.evaluate(SKELETON) == good
        assert await page.locator("textarea").input_value() == text.replace("\r\n", "\n")
        assert await page.locator("input[name=name]").input_value() == name
        assert await page.title() == TITLE


async def test_a_hostile_address_is_answered_by_the_same_page_as_any(
    witness: Witness, client: Client
) -> None:
    page = witness.page
    wall = address(client)
    words = [quote(text, safe="") for text in together(40)]
    for place in ("/nothing/{}", "/?x={}", "/?before={}", "/m/1{}"):
        await page.goto(wall + place.format("good"))
        good, title = await page.evaluate(SKELETON), await page.title()
        for word in words:
            await page.goto(wall + place.format(word))
            await quiet(page)
            assert await page.evaluate(SKELETON) == good
            assert await page.title() == title


async def test_the_witness_hears_what_a_hostile_text_would_do(
    browser: Browser, client: Client
) -> None:
    context = await browser.new_context()
    witness = await Witness.of(context, address(client))
    # No content: the browser sends the request and stays on the page.
    await context.route("https://hostile.invalid/**", lambda route: route.fulfill(status=204))
    await witness.page.goto(address(client))
    await quiet(witness.page)
    assert witness.heard == []
    for deed, trace in DEEDS.items():
        await witness.page.goto(address(client))
        await witness.page.evaluate(f"void setTimeout(() => {{ {deed} }})")
        await witness.hears(trace)
    await context.close()


@pytest.mark.usefixtures("links")
async def test_a_look_sees_what_is_not_ours(browser: Browser, client: Client) -> None:
    await put(client, "Good morning https://example.org/")
    # The policy keeps scripts from some of it.
    page = await browser.new_page(bypass_csp=True)
    await page.goto(address(client))
    assert await look(page) == [("Good morning https://example.org/", "")]
    for spoil in (
        "(words) => words.firstChild.append(document.createElement('b'))",
        "(words) => words.firstChild.setAttribute('onclick', 'hit()')",
        "(words) => words.append('hit')",
        "(words) => words.querySelector('a').href = 'javascript:hit()'",
        "(words) => words.querySelector('a').removeAttribute('rel')",
        "() => { document.title = 'hit'; }",
    ):
        await page.reload()
        await texts(page).evaluate(f"(words) => void ({spoil})(words)")
        with pytest.raises(AssertionError):
            await look(page)
    await page.context.close()


def together(size: int) -> list[str]:
    """The texts, several in each message: one that breaks out affects the others."""
    return ["\n".join(TEXTS[at : at + size]) for at in range(0, len(TEXTS), size)]


async def put_all(client: Client) -> None:
    for text, name in zip(TEXTS, NAMES, strict=True):
        # By the form; it accepts requests without a browser's headers too.
        answer = await client.post(
            "/messages", data={"text": text, "name": name}, allow_redirects=False
        )
        assert answer.status == 303, text


def typed() -> list[tuple[str, str]]:
    return list(zip(TEXTS, NAMES, strict=True))


async def refuse(page: Page, text: str, name: str) -> None:
    """Send the form like a browser without scripts."""
    async with page.expect_navigation():
        await page.evaluate(SUBMIT, [text, name])
    await quiet(page)
    await expect(refusal(page)).to_have_count(1)
