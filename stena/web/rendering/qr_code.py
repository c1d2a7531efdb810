from __future__ import annotations

import segno
from markupsafe import Markup

from stena.web.rendering import worker


async def draw(address: str) -> Markup:
    """The QR code of an address, drawn off the event loop: it takes up to 25 ms.

    Raises:
        Refusal: busy.
    """
    return await worker.run(_drawn, address)


def _drawn(address: str) -> Markup:
    """Dark on light in every theme, as phones need it."""
    code = segno.make(address, micro=False, error="m")
    drawn = code.svg_inline(border=4, omitsize=True, dark="#2a1d18")
    return Markup(drawn)  # noqa: S704 -- generated from numbers
