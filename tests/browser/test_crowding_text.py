"""Text that is nobody's attack and still tries to leave its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.visitor import address, put

if TYPE_CHECKING:
    from tests.browser.witness import Witness
    from tests.conftest import Client

TALL = "Q" + "\u0301\u0317\u0489\u0334" * 400 + "algo"
CROWDING = {
    "no space": ("x" * 4000, "W" * 60),
    "wide letters": ("\u3042" * 4000, "\ufdfd" * 60),
    "piled marks": (TALL, TALL[:60]),
    "a long address": ("https://example.org/" + "a" * 3900, "https://example.org/" + "a" * 40),
    "turned around": ("\u202e turned \u2067 around \u202e", "\u202eturned\u2067"),
    "never closed": ("\u202a\u202b\u202d\u202e\u2066\u2067\u2068" * 100 + "x", "\u2067\u202ex"),
    "right to left": (
        "\u05e9\u05dc\u05d5\u05dd " * 300,
        "\u0645\u0631\u062d\u0628\u0627",
    ),
    "emoji": ("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 500, "\U0001f1fa\U0001f1f3" * 30),
    "joined": ("\u200d" * 2000 + "x" + "\u2060" * 1000, "a\u2060" * 30),
    "lines": ("\n".join(f"line {number}" for number in range(200)), "200"),
    "spaces": ("a" + "\u00a0" * 3990 + "b", "a" + "\u3164" * 50 + "b"),
    "tabs": ("a" + "\t" * 3990 + "b", "T"),
    "vertical": ("\ufe3d\u1805\ua9c4" * 300, "\u102a\ua9c5" * 30),
}
# Where the letters of the neighbour's header are, and who is in front at each end of it.
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
    # Nor is anything cut off at the card's edge, but one letter under a pile of marks.
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

    # The name itself is turned, as its owner typed it.
    turned = GOOD | {"forwards": ["time", "text"]}
    assert await witness.page.locator("article").evaluate(NEIGHBOUR) == turned
