"""The stream of the desk: it says that something has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.member import Pass
from stena.refusal import Refusal
from stena.web.app_keys import TEAM_STREAMS
from stena.web.wire import member
from stena.web.wire.team_streams import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from stena.decision import Decision


async def stream(request: web.Request) -> web.StreamResponse:
    """Send a number whenever it is another one; it ends with the session.

    A heartbeat is the same number again: a browser shows no comments to scripts, and so the page
    notices when something on the way holds its stream back.

    Raises:
        Refusal: signed_out; as TeamStreams.serve.
    """
    session = await member.session(request)
    if session is None:
        raise Refusal("signed_out")
    of = Pass(session.member.id, session.member.role, session=session.id)
    return await request.app[TEAM_STREAMS].serve(request, Stream(of, None, _event))


def _event(number: int, _: Sequence[Decision]) -> bytes:
    return b"data: %d\n\n" % number
