"""What each layer of the defense stopped, and how often it was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stena.figure import OUTCOMES, SHOWN_DAYS
from stena.web.app_keys import FIGURES
from stena.web.inputs import query
from stena.web.owner import session as sessions
from stena.web.rendering import page as pages
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp import web

    from stena.figure import Counts, Layer
    from stena.message import Payment

# Those that stop messages by themselves, each a row of the table.
STOPPING = [layer for layer, outcomes in OUTCOMES.items() if "waited" in outcomes]
# How a step is taken without the team.
WAYS: tuple[Payment, ...] = ("work", "time", "question")


class Row(NamedTuple):
    """A layer: how much it stopped, and how much of that wrongly and rightly."""

    layer: Layer
    stopped: int
    wrongly: int
    rightly: int


async def figures(request: web.Request) -> web.Response:
    session = await sessions.required(request)
    days = query.days(request)
    counts = await request.app[FIGURES].since(days)
    text = pages.render(
        request,
        request[LOOK],
        "owner/figures.html",
        classifier=_row("classifier", counts, counts["classifier", "marked"]),
        days=days,
        price={
            "asked": counts["price", "asked"],
            "taken": sum(counts["price", way] for way in WAYS),
            "look": _row("price", counts, counts["price", "look"]),
        },
        rows=[_row(layer, counts, _stopped(layer, counts)) for layer in STOPPING],
        session=session,
        shown_days=SHOWN_DAYS,
        suspicion={cause: counts["suspicion", cause] for cause in OUTCOMES["suspicion"]},
    )
    return pages.respond(request[LOOK], text)


def _stopped(layer: Layer, counts: Counts) -> int:
    return counts[layer, "waited"] + counts.get((layer, "refused"), 0)


def _row(layer: Layer, counts: Counts, stopped: int) -> Row:
    return Row(layer, stopped, counts[layer, "approved"], counts[layer, "removed"])
