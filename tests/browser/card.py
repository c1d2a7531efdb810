"""A message as a browser shows it, checked to consist of our own elements only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.browser.visitor import quiet, texts
from tests.marks import is_as_typed

if TYPE_CHECKING:
    from playwright.async_api import Page

TITLE = "The wall"

# Every element inside the messages with its attributes; links also with their content.
PARTS = """
(messages) => [...new Set(
    messages.flatMap((message) => [message, ...message.querySelectorAll("*")]).map((part) => {
        const value = (attribute) => part.localName === "a" ? attribute.value : "";
        const attributes = [...part.attributes].map((one) => [one.name, value(one)]);
        return JSON.stringify([part.localName, Object.fromEntries(attributes)]);
    })
)].map((part) => JSON.parse(part))
"""
KINDS = {
    "article": {"id", "class", "aria-labelledby", "tabindex"},
    "header": {"id"},
    "bdi": {"class"},
    "span": {"class", "data-hue"},
    "a": {"href", "rel", "class", "target"},
    "time": {"datetime", "title"},
    "div": {"class", "role", "aria-label"},
    "p": {"dir"},
    "blockquote": {"dir"},
    "em": set(),
    "strong": set(),
    "code": set(),
    "footer": set(),
    "form": {"class", "action", "method"},
    "button": {"name", "value"},
    "details": {"class", "name"},
    "i": {"role", "aria-label"},
    "summary": {"aria-label"},
}
# innerText is the visible text, textContent all of it; they have to be the same.
WORDS = """
(all) => all.map((words) => {
    const seen = [...words.children].map((block) => block.innerText).join("");
    const there = [...words.children].map((block) => block.textContent).join("");
    return [seen, seen === there && there === words.textContent];
})
"""


async def look(page: Page) -> list[tuple[str, str]]:
    """The texts and names of all messages of a page, checked for foreign elements."""
    await quiet(page)
    # The title of a message's own page begins with its first words.
    assert f" · {await page.title()}".endswith(f" · {TITLE}")
    articles = page.locator("article")
    parts: list[tuple[str, dict[str, Any]]] = await articles.evaluate_all(PARTS)
    for kind, attributes in parts:
        assert attributes.keys() <= KINDS.get(kind, set()), (kind, attributes)
        assert kind in KINDS, kind
        if kind == "a" and not re.fullmatch("/m/[0-9]+(#answer|/edit)?", attributes["href"]):
            assert re.match("https?://", attributes["href"], re.IGNORECASE), attributes
            # In a text; other links of ours have other attributes.
            assert attributes.keys() == {"href", "rel"}
            assert {"nofollow", "noopener"} <= set(attributes["rel"].split())
    words: list[tuple[str, bool]] = await texts(page).evaluate_all(WORDS)
    assert [seen for seen, same in words if not same] == []
    names = await articles.evaluate_all(
        "(all) => all.map((one) => one.querySelector(':scope > header .name')?.textContent ?? '')"
    )
    return [(seen, name) for (seen, _), name in zip(words, names, strict=True)]


def assert_shown(one: tuple[str, str], text: str, name: str) -> None:
    shown, shown_name = one
    # The wall normalizes line ends.
    text = re.sub("\r\n|\u2028|\u2029", "\n", text).strip()
    assert is_as_typed(shown, text), (shown, text)
    assert shown_name == name
