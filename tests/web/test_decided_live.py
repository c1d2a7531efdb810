"""What a reader of the stream knows after a decision, and after its undo, is what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.web.calls import create, listed, replies
from tests.web.constellations import SHOWN, WAITING
from tests.web.events import listening
from tests.web.moderating import make_token, moderate, remove, undo

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.constellations import Constellation
    from tests.web.events import Events

LAST = "until here"


@pytest.mark.parametrize("constellation", SHOWN + WAITING, ids=lambda one: one.__name__)
async def test_a_reader_follows_a_removal_and_its_undo(
    client_of_one: Client, address: Address, constellation: Constellation
) -> None:
    await make_token(address)
    ids = await constellation(client_of_one)
    before = known = await shown(client_of_one)
    async with listening(client_of_one) as events:
        decision = await remove(client_of_one, *ids)
        known = await followed(client_of_one, events, known)
        assert known == await shown(client_of_one)
        await undo(client_of_one, decision)
        known = await followed(client_of_one, events, known)
        assert known == await shown(client_of_one) == before


async def shown(client: Client) -> dict[int, dict[str, Any]]:
    """All that is shown on the main wall, by id, without the counts of replies."""
    found = await listed(client)
    for above in list(found):
        found += (await replies(client, above["id"]))["messages"]
    return {one["id"]: _own(one) for one in found if one["text"] != LAST}


async def followed(
    client: Client, events: Events, known: dict[int, dict[str, Any]]
) -> dict[int, dict[str, Any]]:
    """What a reader knows that applies the events up to now; one for each message at most."""
    await moderate(client, "rule", mode="open")
    await create(client, LAST)
    known, changed = dict(known), set[int]()
    while (event := await events.next()).data.get("text") != LAST:
        number = event.data["id"]
        assert number not in changed, event
        changed.add(number)
        if event.kind in {"removed", "deleted"}:
            del known[number]
        else:
            assert (number in known) == (event.kind == "edited"), event
            known[number] = _own(event.data)
    return known


def _own(message: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in {"replies", "html"}}
