"""The page that shows a new sign-in code, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.web.rendering import page as pages
from stena.web.rendering import qr_code
from stena.web.wire.addresses import at
from stena.web.wire.look import LOOK, OWNER

if TYPE_CHECKING:
    from aiohttp import web

    from stena.member import Session, SignInCode


async def show(
    request: web.Request, session: Session, made: SignInCode, *, name: str = "", back: str
) -> web.Response:
    """The code as a link, as a QR code and as letters.

    Args:
        request: names the page.
        session: of the member who made the code.
        made: the code.
        name: for whom it is, empty for the member who made it.
        back: the page that links to this one.
    """
    look = request[LOOK]
    # In the fragment, which browsers send to no server: hosts and proxies log paths.
    link = f"{look.site}{at(look, OWNER)}#{made.text}"
    picture = await qr_code.draw(link) if look.site else ""
    text = pages.render(
        request,
        look,
        "owner/code.html",
        back=back,
        link=link,
        made=made,
        name=name,
        picture=picture,
        session=session,
    )
    return pages.respond(look, text)
