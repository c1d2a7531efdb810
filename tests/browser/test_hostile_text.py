"""Whatever is typed stays text, looked at in a browser that would run it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from stena.message import NAME_LIMIT
from tests.browser.hostile import TEXTS
from tests.browser.visitor import address, put, quiet, refusal, texts, write
from tests.browser.witness import Witness
from tests.marks import is_as_typed

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.conftest import Client

TITLE = "The wall"
NAMES = [text if len(text) <= NAME_LIMIT and text.isprintable() else "" for text in TEXTS]

# Every element inside the messages, with its attributes.
PARTS = """
(messages) => messages.flatMap((message) => [message, ...message.querySelectorAll("*")]).map(
    (part) => [
        part.localName,
        Object.fromEntries([...part.attributes].map(({ name, value }) => [name, value])),
    ]
)
"""
KINDS = {
    "article": {"id", "class", "aria-labelledby"},
    "header": {"id"},
    "bdi": {"class"},
    "span": {"class"},
    "a": {"href", "rel"},
    "time": {"datetime", "title"},
    "div": {"class"},
    "p": {"dir"},
    "blockquote": {"dir"},
    "em": set(),
    "strong": set(),
    "code": set(),
}
# What a page is made of, without the words in it.
SKELETON = """
() => [...document.querySelectorAll("*")].map(
    (part) => [part.localName, ...[...part.attributes].map((a) => a.name)].join(" ")
)
"""
# What a text that ran could do, and how it is heard of.
DEEDS = {
    "alert('x')": "dialog: x",
    "hit()": "hit()",
    "throw new Error('x')": "error: x",
    "console.error('x')": "console: x",
    "fetch('https://hostile.invalid/')": "policy: connect-src https://hostile.invalid",
    "location = 'https://hostile.invalid/'": "request: https://hostile.invalid/",
    "document.body.append(document.createElement('iframe'))": "frame: ",
    "document.body.innerHTML = '<img src=x onerror=hit()>'": "policy: script-src-attr",
    "document.body.innerHTML = '<p style=color:red>'": "policy: style-src-attr",
    "location = 'javascript:hit()'": "policy: script-src-elem",
    "open('about:blank')": "popup: ",
}
# innerText is what is seen, textContent what is there.
WORDS = """
(all) => all.map((words) => [
    [...words.children].map((block) => block.innerText).join(""),
    [...words.children].map((block) => block.textContent).join(""),
    words.textContent,
])
"""
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
    seen = await look(page)
    earlier = page.get_by_role("link", name="Earlier", exact=True)
    while await earlier.count():
        await earlier.click()
        await page.wait_for_url(f"**/?before={len(TEXTS) - len(seen) + 1}")
        seen += await look(page)

    for (text, name), one in zip(typed(), reversed(seen), strict=True):
        assert_shown(one, text, name)


async def test_hostile_messages_brought_by_a_script_do_nothing_either(
    witness: Witness, client: Client
) -> None:
    page = witness.page
    for begin in range(0, len(TEXTS), 49):
        # The wall that comes with the answer to a post is put into the page that is open.
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
    # No content: the browser asks, and stays where it is.
    await context.route("https://hostile.invalid/**", lambda route: route.fulfill(status=204))
    await witness.page.goto(address(client))
    await quiet(witness.page)
    assert witness.heard == []
    for deed, trace in DEEDS.items():
        await witness.page.goto(address(client))
        await witness.page.evaluate(f"void setTimeout(() => {{ {deed} }})")
        await witness.hears(trace)
    await context.close()


async def test_a_look_sees_what_is_not_ours(page: Page, client: Client) -> None:
    await put(client, "Good morning https://example.org/")
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


def together(size: int) -> list[str]:
    """The texts, so many in each: one that breaks out takes the rest with it."""
    return ["\n".join(TEXTS[at : at + size]) for at in range(0, len(TEXTS), size)]


async def put_all(client: Client) -> None:
    for text, name in zip(TEXTS, NAMES, strict=True):
        # The form is the front door; without a browser's headers it is a program's as well.
        answer = await client.post(
            "/messages", data={"text": text, "name": name}, allow_redirects=False
        )
        assert answer.status == 303, text


def typed() -> list[tuple[str, str]]:
    return list(zip(TEXTS, NAMES, strict=True))


def assert_shown(one: tuple[str, str], text: str, name: str) -> None:
    shown, shown_name = one
    # What the wall makes of line ends.
    text = re.sub("\r\n|\u2028|\u2029", "\n", text).strip()
    assert is_as_typed(shown, text), (shown, text)
    assert shown_name == name


async def look(page: Page) -> list[tuple[str, str]]:
    """The texts and names of all messages of a page, made of nothing but our own elements."""
    await quiet(page)
    assert (await page.title()) == TITLE
    articles = page.locator("article")
    parts: list[tuple[str, dict[str, Any]]] = await articles.evaluate_all(PARTS)
    for kind, attributes in parts:
        assert attributes.keys() <= KINDS.get(kind, set()), (kind, attributes)
        assert kind in KINDS, kind
        if kind == "a" and not re.fullmatch("/m/[0-9]+", attributes["href"]):
            assert re.match("https?://", attributes["href"], re.IGNORECASE), attributes
            assert {"nofollow", "noopener"} <= set(attributes.get("rel", "").split())
    words: list[list[str]] = await texts(page).evaluate_all(WORDS)
    for seen, *there in words:
        assert [seen, seen] == there
    names = await articles.evaluate_all(
        "(all) => all.map((one) => one.querySelector('.name')?.textContent ?? '')"
    )
    return [(seen, name) for (seen, *_), name in zip(words, names, strict=True)]


async def refuse(page: Page, text: str, name: str) -> None:
    """Send the form as a browser without scripts does."""
    async with page.expect_navigation():
        await page.evaluate(SUBMIT, [text, name])
    await quiet(page)
    await expect(refusal(page)).to_have_count(1)
