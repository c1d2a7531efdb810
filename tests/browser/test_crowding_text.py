"""Harmless text that overflows its card unless the styles prevent it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.crowding import CROWDING
from tests.browser.visitor import address, put

if TYPE_CHECKING:
    from tests.browser.witness import Witness
    from tests.conftest import Client

# The position of the text in the next card's header, and the topmost element at each end.
NEIGHBOUR = """
(article) => {
    const order = (element) => {
        const text = element.firstChild;
        return [0, text.length - 1].map((at) => {
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect();
        });
    };
    const name = article.querySelector(".name");
    const time = article.querySelector("time");
    name.scrollIntoView({ block: "center" });
    const parts = { name, time, text: article.querySelector("p") };
    const letters = Object.values(parts).flatMap(order);
    const [first, second] = [name, time].map((part) => part.getBoundingClientRect());
    return {
        onTop: letters.every(({ x, y, width, height }) =>
            article.contains(document.elementFromPoint(x + width / 2, y + height / 2))),
        inside: letters.every(({ left, right }) => left >= 0 && right <= innerWidth),
        forwards: Object.keys(parts).filter((part) => {
            const [one, last] = order(parts[part]);
            return one.left < last.left;
        }),
        apart: first.right <= second.left || first.bottom <= second.top,
    };
}
"""
CUT_OFF = """
(parts) => parts.filter((part) => part.scrollWidth > part.clientWidth)
    .map((part) => part.textContent.slice(0, 20))
"""
GOOD = {"onTop": True, "inside": True, "forwards": ["name", "time", "text"], "apart": True}


async def test_crowding_texts_stay_in_their_cards_on_a_small_phone(
    witness: Witness, client: Client
) -> None:
    page = witness.page
    for text, name in CROWDING.values():
        await put(client, "Good morning", "Marina")
        await put(client, text, name)
    await page.goto(address(client))

    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    # Nothing is cut off at the card's edge, except a letter with many combining marks.
    cut = await page.locator(".words > *, .name").evaluate_all(CUT_OFF)
    assert [text for text in cut if not text.startswith("Q")] == []
    neighbours = page.get_by_role("article", name="Marina")
    await expect(neighbours).to_have_count(len(CROWDING))
    for kind, neighbour in zip(reversed(CROWDING), await neighbours.all(), strict=True):
        seen = await neighbour.evaluate(NEIGHBOUR)
        assert (kind, seen) == (kind, GOOD)


async def test_a_crowding_name_does_not_turn_its_own_time_around(
    witness: Witness, client: Client
) -> None:
    await put(client, "Good morning", "\u202eMarina\u2067.")
    await witness.page.goto(address(client))

    # The name itself is reversed, as its author typed it.
    turned = GOOD | {"forwards": ["time", "text"]}
    assert await witness.page.locator("article").evaluate(NEIGHBOUR) == turned
