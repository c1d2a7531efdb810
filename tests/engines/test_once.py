"""What is sent twice is one message, in the engines of Firefox and of Safari."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.visitor import address, put

if TYPE_CHECKING:
    from tests.conftest import Client
    from tests.engines.visitor import Visitor

WORDS = "Good morning, wall"


async def test_the_same_words_sent_twice_are_one_message_which_is_shown(
    visitor: Visitor, client: Client
) -> None:
    await send_twice(visitor, client)


async def test_the_same_words_sent_twice_without_scripts_are_one_message_which_is_shown(
    visitor_without_scripts: Visitor, client: Client
) -> None:
    await send_twice(visitor_without_scripts, client)


async def send_twice(visitor: Visitor, client: Client) -> None:
    """Send the same words from a page and, after somebody else has posted, from that page anew."""
    await visitor.go(address(client))
    await visitor.fill("#write textarea", WORDS)
    await visitor.click("#write button")
    await visitor.sees([WORDS])
    await put(client, "Meanwhile")
    await visitor.go(address(client))
    await visitor.sees(["Meanwhile", WORDS])
    await visitor.fill("#write textarea", WORDS)
    await visitor.click("#write button")
    # On the page that is the answer, or by a script on this one.
    await visitor.until_true("document.querySelector('#write textarea').value === ''")
    await visitor.sees(["Meanwhile", WORDS])
    await put(client, "The last")
    await visitor.go(address(client))
    await visitor.sees(["The last", "Meanwhile", WORDS])
