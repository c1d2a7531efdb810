"""What a member of the team posts, in a browser in which the member is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.owner import execute, make_code, sign_in
from tests.web.calls import got, listed, page, submit, write
from tests.web.moderating import make_token, moderate

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await make_token(address)
    await sign_in(client, await make_code(address))


async def test_it_does_not_wait_where_every_message_waits(client: Client) -> None:
    await moderate(client, "rule", mode="all")
    await write(client, "from the team")
    assert [one["text"] for one in await listed(client)] == ["from the team"]


async def test_a_closed_wall_takes_it(client: Client) -> None:
    await moderate(client, "rule", mode="closed")
    above = await write(client, "we are closed")
    await write(client, "until tomorrow", reply_to=str(above))
    assert (await got(client, above) or {})["replies"] == 1


async def test_after_the_session_a_member_is_a_visitor(client: Client, address: Address) -> None:
    await moderate(client, "rule", mode="closed")
    await execute(address, "UPDATE session SET seen = seen - interval '15 days'")
    status, shown = await submit(client, "/messages", text="let me in")
    assert (status, "The wall is closed" in shown) == (403, True)
    assert "let me in" not in await page(client)
