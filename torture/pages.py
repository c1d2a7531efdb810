"""What the pages show in the end, from every process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torture.programs import NotServing
from torture.writers import CARD

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from torture.clients import Clients
    from torture.history import Row
    from torture.programs import Program

# So many new connections meet every process of a program.
TIMES = 8
NEWEST = 50


async def shown(
    rows: Sequence[Row], clients: Clients, programs: Sequence[Program]
) -> AsyncGenerator[str]:
    """Every page shows what the database has.

    Raises:
        NotServing: a page is not answered.
    """
    visible = [row for row in reversed(rows) if row.state == "visible" and row.parent is None]
    for program in programs:
        if await _all(clients, program) != [_shape(row) for row in visible]:
            yield f"the list of messages of {program} is not what the database has"
        for _ in range(TIMES):
            newest = await _get(clients, program, "/api/messages.list")
            if [_listed(one) for one in newest["messages"]] != list(map(_shape, visible[:NEWEST])):
                yield f"the newest messages of {program} are not those of the database"
            page = await _get(clients, program, "/")
            if list(map(int, CARD.findall(page))) != [row.id for row in visible[:NEWEST]]:
                yield f"the page of {program} does not show the newest messages"
        for row in [row for row in visible if row.replies][:NEWEST]:
            answer = await _get(clients, program, f"/api/messages.replies?id={row.id}&limit=100")
            below = [one for one in rows if one.parent == row.id and one.state == "visible"]
            if [_listed(one) for one in answer["messages"]] != list(map(_shape, below)):
                yield f"{program} has other replies to message {row.id} than the database"


async def _all(clients: Clients, program: Program) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    before = ""
    while True:
        page = await _get(clients, program, f"/api/messages.list?limit=100{before}")
        found += map(_listed, page["messages"])
        if page["next"] is None:
            return found
        before = f"&before={page['next']}"


async def _get(clients: Clients, program: Program, path: str) -> Any:  # noqa: ANN401 -- JSON or text
    answer = await clients.ask(program, path)
    if answer is None or answer.status != 200:  # noqa: PLR2004 -- OK
        raise NotServing(f"{program} does not answer {path} after the last fault: {answer}")
    return answer.body


def _shape(row: Row) -> tuple[Any, ...]:
    return row.id, row.text, row.replies, row.reactions, row.gone


def _listed(message: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(message[key] for key in ("id", "text", "replies", "reactions", "deleted"))
