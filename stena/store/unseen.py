"""Messages that were changed after the member who decides about them saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.store.message import STATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stena.message import State
    from stena.store.database import Connection


async def without(
    connection: Connection, states: Mapping[int, State], change: int
) -> dict[int, State]:
    """The messages of some that are as they were at a change, with their states.

    One that waits now because of reports says the same as before.

    Raises:
        Refusal: changed, if there are none.
    """
    rows = await connection.fetch(
        f"""
        SELECT id FROM message WHERE id = ANY($1) AND CASE WHEN {STATE} = 'waiting'
            THEN change > $2 AND change IS DISTINCT FROM disappeared ELSE worded > $2 END
        """,
        list(states),
        change,
    )
    changed = {row["id"] for row in rows}
    if changed.issuperset(states):
        raise Refusal("changed")
    return {number: state for number, state in states.items() if number not in changed}
