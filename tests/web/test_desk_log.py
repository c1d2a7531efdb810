"""The log of the decisions, and lists that are long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import create, listed, page, submit
from tests.web.desk import cards, decide, decision

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))


async def test_the_log_says_who_decided_what_and_undoes_it(
    client: Client, address: Address
) -> None:
    await create(client, "rude words")
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        target = await decide(phone, "remove", (await cards(phone, "/owner/wall"))[0], "wall")
    shown = await page(client, "/owner/log")
    assert "Removed 1 message" in shown
    assert "rude words" in shown
    assert "<bdi>Anna</bdi>" in shown
    status, target = await submit(client, "/owner/log/undo", decision=decision(target))
    assert (status, target.partition("?")[0]) == (303, "/owner/log")
    shown = await page(client, "/owner/log")
    assert "<em>undone</em>" in shown
    assert ">Undo</button>" not in shown
    assert [one["text"] for one in await listed(client)] == ["rude words"]


async def test_an_old_decision_is_undone_from_the_log_alone_and_a_very_old_one_not_at_all(
    client: Client, address: Address
) -> None:
    await create(client, "rude words")
    target = await decide(client, "remove", (await cards(client, "/owner/wall"))[0], "wall")
    await execute(address, "UPDATE decision SET made = made - interval '11 minutes'")
    assert ">Undo</button>" not in await page(client, target)
    assert ">Undo</button>" in await page(client, "/owner/log")
    await execute(address, "UPDATE decision SET made = made - interval '30 days'")
    assert ">Undo</button>" not in await page(client, "/owner/log")


async def test_long_lists_go_on_by_a_link(client: Client, address: Address) -> None:
    await execute(
        address,
        """
        INSERT INTO message (text, author)
        SELECT 'message ' || n, decode(lpad(to_hex(n), 32, '0'), 'hex')
        FROM generate_series(1, 120) AS n
        """,
        "INSERT INTO decision (action, messages, before) "
        "SELECT 'remove', ARRAY[n], ARRAY['visible'] FROM generate_series(1, 60) AS n",
    )
    seen: list[str] = []
    path = "/owner/wall"
    while path:
        shown = await page(client, path)
        seen += re.findall(r"<p dir=\"auto\">(message \d+)</p>", shown)
        following = re.search(r'href="([^"]+)" rel="next"', shown)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"message {n}" for n in range(120, 0, -1)]
    following = re.search(
        r'href="(/owner/log\?before=\d+)" rel="next"', await page(client, "/owner/log")
    )
    assert following
    assert len(re.findall("Removed 1 message", await page(client, following[1]))) == 10


async def test_long_texts_do_not_make_a_page_of_megabytes(client: Client, address: Address) -> None:
    await execute(
        address,
        "INSERT INTO message (text) SELECT repeat('*word* ', 570) FROM generate_series(1, 60)",
    )
    assert len(await page(client, "/owner/wall")) < 260_000
