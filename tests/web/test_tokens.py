"""Programs that act for a member of the team, with a token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg

from stena.member import MOST_TOKENS
from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import create, page, submit
from tests.web.test_team import let_time_pass, team

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking

PROGRAMS, MAKE = "/owner/programs", "/owner/programs/token"
TOKEN = re.compile(r'id="token" dir="ltr">([A-Za-z0-9_-]{43})<')


async def make_token(asking: Asking, name: str = "A bot") -> str:
    """Make a token on the page; it has to succeed."""
    status, shown = await submit(asking, MAKE, name=name)
    assert status == 200, shown
    found = TOKEN.search(shown)
    assert found, shown
    return found[1]


async def tokens(asking: Asking) -> dict[str, tuple[int, str, bool]]:
    """The id of each token, the name of its member, and whether it was used, by program."""
    shown = await page(asking, PROGRAMS)
    rows = re.findall(
        r'<div id="token(\d+)">.*?<bdi>(.*?)</bdi>.*?<bdi>(.*?)</bdi>(.*?)</div>', shown, re.DOTALL
    )
    return {
        name: (int(number), member, "Not used yet" not in rest)
        for number, name, member, rest in rows
    }


async def status_of(asking: Asking, token: str, method: str, **fields: object) -> int:
    """The status of a call that a program makes."""
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/moderation.{method}"
    if method == "log":
        return (await asking.get(path, headers=headers)).status
    return (await asking.post(path, json=fields, headers=headers)).status


async def test_an_owner_makes_a_token_that_is_shown_once(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    token = await make_token(client, "  A\tbot ")
    assert token not in await page(client, PROGRAMS)
    ((name, (_, member, used)),) = (await tokens(client)).items()
    assert (name, member, used) == ("A bot", "owner", False)
    message = await create(client, "rude words")
    async with device(client) as program:
        assert await status_of(program, token, "remove", ids=[message["id"]]) == 200
    assert (await tokens(client))["A bot"][2]
    connection = await asyncpg.connect(address.url)
    kept = [" ".join(map(str, row.values())) for row in await connection.fetch("TABLE token")]
    await connection.close()
    assert len(kept) == 1
    assert token not in kept[0]


async def test_a_revoked_token_works_no_longer(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    first, second = [await make_token(client, name) for name in ("first", "second")]
    path = f"{PROGRAMS}/{(await tokens(client))['first'][0]}/revoke"
    # It only takes access away, so it needs no new code.
    await let_time_pass(address)
    assert await submit(client, path) == (303, PROGRAMS)
    assert await status_of(client, first, "log") == 401
    assert await status_of(client, second, "log") == 200
    assert list(await tokens(client)) == ["second"]
    for gone in (path, f"{PROGRAMS}/{2**63 - 1}/revoke"):
        assert (await submit(client, gone))[0] == 404


async def test_a_token_is_dead_for_ever_when_its_member_leaves(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as other:
        await sign_in(other, await make_code(address, "Anna"))
        token = await make_token(other)
    assert await status_of(client, token, "log") == 200
    number = (await team(client))["Anna"][0]
    assert (await submit(client, f"/owner/team/{number}/leave"))[0] == 303
    assert await status_of(client, token, "log") == 401
    assert await tokens(client) == {}
    await make_code(address, "Anna")
    assert "Anna" in await team(client)
    assert await status_of(client, token, "log") == 401


async def test_a_token_may_do_what_its_member_may(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as other:
        await sign_in(other, await make_code(address, "Anna"))
        token = await make_token(other)
    assert await status_of(client, token, "rule", mode="all") == 200
    number = (await team(client))["Anna"][0]
    await submit(client, f"/owner/team/{number}/role", role="moderator")
    assert await status_of(client, token, "rule", mode="open") == 403
    assert await status_of(client, token, "log") == 200


async def test_a_moderator_makes_and_revokes_no_token(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    token = await make_token(client)
    number = (await tokens(client))["A bot"][0]
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        assert PROGRAMS not in await page(phone, "/owner")
        assert "Only an owner" in await page(phone, PROGRAMS, 403)
        for path in (MAKE, f"{PROGRAMS}/{number}/revoke"):
            status, shown = await submit(phone, path, name="mine")
            assert (status, "Only an owner" in shown) == (403, True), path
    assert await status_of(client, token, "log") == 200
    assert list(await tokens(client)) == ["A bot"]


async def test_a_token_needs_a_new_code_after_ten_minutes(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    await let_time_pass(address)
    assert MAKE not in await page(client, PROGRAMS)
    status, shown = await submit(client, MAKE, name="A bot")
    assert (status, "This needs a new code" in shown) == (403, True)
    assert await tokens(client) == {}
    await sign_in(client, await make_code(address), next=PROGRAMS)
    assert await make_token(client)


async def test_a_name_that_cannot_be_used_comes_back(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    for name, said in ((" ", "Write a name."), ("x" * 61, "up to 60"), ("\u202e", "Write a name.")):
        status, shown = await submit(client, MAKE, name=name)
        assert (status, said in shown) == (422, True)
    await make_token(client, "<b>Eve")
    assert "&lt;b&gt;Eve" in await page(client, PROGRAMS)


async def test_there_are_not_more_tokens_than_the_page_lists(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    await execute(
        address,
        f"""
        INSERT INTO token (digest, member, name)
        SELECT n::text::bytea, member.id, n::text
        FROM generate_series(1, {MOST_TOKENS - 1}) AS n CROSS JOIN member
        """,  # noqa: S608 -- a constant
    )
    await make_token(client, "the last one")
    status, shown = await submit(client, MAKE, name="too many")
    assert (status, f"{MOST_TOKENS} programs have a token" in shown) == (409, True)
    await submit(client, f"{PROGRAMS}/{(await tokens(client))['the last one'][0]}/revoke")
    await make_token(client, "another one")


async def test_a_call_is_noted_every_ten_minutes_only(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    token = await make_token(client)
    connection = await asyncpg.connect(address.url)
    for minutes, noted in ((9, False), (11, True)):
        await status_of(client, token, "log")
        ago = f"UPDATE token SET used = clock_timestamp() - interval '{minutes} minutes'"  # noqa: S608 -- a constant
        await connection.execute(ago)
        before = await connection.fetchval("SELECT used FROM token")
        await status_of(client, token, "log")
        assert (await connection.fetchval("SELECT used FROM token") != before) == noted
    await connection.close()
