"""Browsers that lack what newer ones have: Chrome 100, Firefox 100, Safari 15, and older ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from stena.web.rendering.assets import STATIC
from tests.browser.visitor import (
    FIELD,
    WORDS,
    address,
    answer,
    card,
    listed,
    open_reply,
    put,
    react,
    replies,
    texts,
    visiting,
    write,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.conftest import Client

# What one of the browsers lacks that docs/publish.md names, and what scripts like to use, by MDN's
# data. What is of a prototype is there, too.
YOUNG = {
    "AbortSignal": ("timeout", "any", "throwIfAborted"),
    "Array": ("at", "findLast", "findLastIndex", "fromAsync", "toReversed", "toSorted"),
    "Crypto": ("randomUUID",),
    "Document": ("startViewTransition", "caretPositionFromPoint"),
    "Element": (
        "checkVisibility",
        "computedStyleMap",
        "getHTML",
        "moveBefore",
        "setHTML",
        "setHTMLUnsafe",
    ),
    "HTMLElement": ("inert", "popover", "showPopover", "hidePopover", "togglePopover"),
    "HTMLDialogElement": ("show", "showModal", "requestClose", "closedBy"),
    "HTMLFormElement": ("requestSubmit",),
    "HTMLInputElement": ("showPicker",),
    "Intl": ("DurationFormat", "Segmenter", "supportedValuesOf"),
    "Map": ("groupBy",),
    "Navigator": ("locks", "share", "canShare", "storage", "userActivation", "wakeLock"),
    "Object": ("groupBy", "hasOwn"),
    "Promise": ("withResolvers",),
    "ReadableStream": ("pipeThrough",),
    "Set": ("difference", "intersection", "isSubsetOf", "union"),
    "String": ("at", "isWellFormed", "toWellFormed"),
    "SubmitEvent": ("submitter",),
    "URL": ("canParse",),
    "Window": (
        "BroadcastChannel",
        "CompressionStream",
        "Iterator",
        "Sanitizer",
        "TextDecoderStream",
        "cookieStore",
        "navigation",
        "requestIdleCallback",
        "scheduler",
        "structuredClone",
    ),
}
# These the scripts use where they are, and do without where they are not.
OPTIONAL = {
    "BroadcastChannel": {"group"},
    "inert": {"decide", "desk", "post"},
    "locks": {"group"},
    "submitter": {"team"},
    "wakeLock": {"awake"},
}
WITHOUT = """
for (const [owner, names] of Object.entries({young})) {{
    for (const name of names) {{
        const places = [globalThis[owner], globalThis[owner]?.prototype];
        for (const place of owner === "Window" ? [globalThis] : places) delete place?.[name];
    }}
}}
"""
# A selector that one of them does not know is an error.
WITHOUT_HAS = """
const queries = ["querySelector", "querySelectorAll"];
const owners = [[Element, [...queries, "matches", "closest"]], [Document, queries]];
for (const [owner, names] of owners) {
    for (const name of names) {
        const known = owner.prototype[name];
        owner.prototype[name] = function (selector) {
            if (selector.includes(":has(")) throw new DOMException(selector, "SyntaxError");
            return known.call(this, selector);
        };
    }
}
"""


def without(young: object) -> str:
    return WITHOUT.format(young=json.dumps(young))


def test_scripts_use_what_all_supported_browsers_have_or_do_without() -> None:
    names = {name for names in YOUNG.values() for name in names}
    found: dict[str, set[str]] = {}
    for path in STATIC.glob("*.js"):
        code = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        assert ":has(" not in code
        for name in re.findall(r"(?:\.|\bnew )(\w+)", code):
            if name in names:
                found.setdefault(name, set()).add(path.stem)
    assert found == OPTIONAL


@pytest.mark.parametrize(
    "lacking",
    [
        without(YOUNG) + WITHOUT_HAS,
        without({"Navigator": ["locks"]}),
        without({"Window": ["BroadcastChannel"]}),
    ],
    ids=["all", "locks", "channels"],
)
async def test_a_visitor_of_an_older_browser_does_all_that_they_can(
    page: Page, client: Client, lacking: str
) -> None:
    for number in range(51):
        await put(client, f"message {number}")
    await page.add_init_script(lacking)
    await page.goto(address(client))
    await expect(page.locator("#live")).to_have_text(re.compile("Live"))
    await page.get_by_label(FIELD).fill("Mine")
    await page.get_by_label(FIELD).press("Control+Enter")
    await expect(texts(page).first).to_have_text("Mine")
    await expect(page.get_by_label(FIELD)).to_have_value("")
    # Without leaving the page: a script has taken the form over.
    assert page.url == f"{address(client)}/"
    await put(client, "Live")
    await expect(texts(page).first).to_have_text("Live")
    await open_reply(page, 53)
    await answer(page, "A reply")
    await expect(replies(page, 53)).to_have_text(["A reply"])
    for times in (1, 0, 1):
        # Always by the picker: the stream may bring the press before once more.
        await card(page, 53).locator("> footer summary").click()
        love = card(page, 53).locator("> footer button[value=love]")
        await love.click()
        await expect(love.locator("span")).to_have_count(times)
    await react(client, 53, "love")
    await expect(love).to_have_text(re.compile("2$"))
    await page.get_by_role("link", name="Earlier", exact=True).click()
    await expect(texts(page).last).to_have_text("message 0")
    await page.goto(f"{address(client)}/m/52")
    await expect(texts(page)).to_have_text(["Mine"])
    await page.get_by_role("link", name="Edit or delete").click()
    await page.get_by_label(WORDS).fill("Mine still")
    await page.get_by_role("button", name="Save").click()
    await expect(texts(page)).to_have_text(["Mine still"])


# Every browser that runs modules has these; they stand for whatever one may lack.
@pytest.mark.parametrize("lacking", ["AbortController", "URLSearchParams", "FormData"])
async def test_where_anything_is_missing_the_forms_work_as_without_scripts(
    browser: Browser, client: Client, lacking: str
) -> None:
    async with visiting(browser) as page:
        await page.add_init_script(f"delete globalThis.{lacking};")
        await page.goto(address(client))
        await write(page, "Good morning")
        await expect(texts(page)).to_have_text(["Good morning"])
        await expect(page).to_have_url(f"{address(client)}/#m1")
        await card(page, 1).locator("> footer summary").click()
        await card(page, 1).locator("> footer button[value=love]").click()
        love = card(page, 1).locator("> footer button[value=love] span")
        await expect(love).to_have_text("1")
        # Once, and not lost after a reload.
        await page.goto(f"{address(client)}/m/1")
        await expect(card(page, 1).locator("> footer button[value=love] span")).to_have_text("1")
        assert len(await listed(client)) == 1
