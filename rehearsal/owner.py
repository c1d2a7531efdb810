"""Becoming the owner: what the command prints, followed in a browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rehearsal import browser
from rehearsal.workshop import Failed

if TYPE_CHECKING:
    from rehearsal.walk import Walk

LINK = re.compile(r"(https?://\S+)/owner#(\S+)")


class Printed(NamedTuple):
    """A link and a code, as the command prints them.

    Attributes:
        home: the address of the wall.
    """

    home: str
    code: str


async def become(walk: Walk, home: str, proxy: int | None, text: str) -> list[str]:
    """Follow the printed link on a phone; then sign in once more, without scripts.

    Args:
        walk: has just run the command.
        home: the address of the wall, with which the link has to begin.
        proxy: the port of a proxy for the browser; None for none.
        text: of a message on the wall, which is removed and restored.

    Returns:
        The codes, which no log may contain.

    Raises:
        Failed: the link is another one, or leads to no desk.
    """
    first = _printed(walk.printed)
    if first.home != home:
        raise Failed(f"The owner's link leads to {first.home}, and the wall is at {home}.")
    await browser.own_by_link(f"{home}/owner#{first.code}", proxy, text)
    second = _printed(await walk.again())
    await browser.own_by_code(home, second.code, proxy, text)
    return [first.code, second.code]


def _printed(text: str) -> Printed:
    if found := LINK.search(text):
        return Printed(found[1], found[2])
    raise Failed(f"The command prints no link: {text}")
