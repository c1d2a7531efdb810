from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tests.holding import held, until_waiting
from tests.owner import device, execute, make_code, shown_code, sign_in
from tests.web.calls import page, submit

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking

INVITE = {"path": "/owner/team/code", "role": "moderator"}
LAST = "A wall has at least one owner"
STALE = "This needs a new code. Enter it first"


async def team(asking: Asking) -> dict[str, tuple[int, str]]:
    """The id and the role of each member, by name."""
    shown = await page(asking, "/owner/team")
    rows = re.findall(r'<div id="member(\d+)">.*?<bdi>(.*?)</bdi>.*?<p>(\w+)</p>', shown, re.DOTALL)
    return {name: (int(number), role) for number, name, role in rows}


async def let_time_pass(address: Address) -> None:
    """Until the sign-ins are no longer fresh."""
    await execute(
        address, "UPDATE session SET confirmed = clock_timestamp() - interval '10 minutes'"
    )


async def test_an_owner_invites_a_moderator(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    code = await shown_code(client, **INVITE, name="  Anna\tMaria ")
    async with device(client) as phone:
        await sign_in(phone, code)
        assert "as Anna Maria, a moderator." in await page(phone, "/owner")
    assert {name: role for name, (_, role) in (await team(client)).items()} == {
        "owner": "owner",
        "Anna Maria": "moderator",
    }


async def test_a_moderator_has_devices_and_no_team(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        assert "/owner/team" not in await page(phone, "/owner")
        await page(phone, "/owner/devices")
        assert "Only an owner" in await page(phone, "/owner/team", 403)
        for path in ("/owner/team/code", "/owner/team/1/role", "/owner/team/1/leave"):
            status, shown = await submit(phone, path, name="Anna", role="owner")
            assert (status, "Only an owner" in shown) == (403, True), path
    assert (await team(client))["Anna"][1] == "moderator"


async def test_a_role_changes_with_the_next_request(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        number = (await team(client))["Anna"][0]
        await submit(client, f"/owner/team/{number}/role", role="owner")
        assert (await team(phone))["Anna"] == (number, "owner")
        await submit(client, f"/owner/team/{number}/role", role="moderator")
        await page(phone, "/owner/team", 403)
        status, _ = await submit(phone, **INVITE, name="Boris")
        assert status == 403


async def test_a_member_who_leaves_is_out_on_every_device_and_no_code_works(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    code = await make_code(address, "Anna", "moderator")
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        cookies = phone.cookie_jar.filter_cookies(client.make_url("/"))
        number = (await team(client))["Anna"][0]
        assert (await submit(client, f"/owner/team/{number}/leave"))[0] == 303
        assert "You are signed in" not in await page(phone, "/owner")
        assert (await submit(phone, "/owner/devices/code"))[0] == 403
        assert (await submit(phone, "/owner/sign-in", code=code))[0] == 403
        assert list(await team(client)) == ["owner"]
        for path in (f"/owner/team/{number}/leave", f"/owner/team/{2**63 - 1}/role"):
            assert (await submit(client, path, role="owner"))[0] == 404
        # Invited again, the same person comes back, with a new session only.
        code = await shown_code(client, **INVITE, name="Anna")
        phone.cookie_jar.update_cookies(cookies, client.make_url("/"))
        assert "You are signed in" not in await page(phone, "/owner")
        await sign_in(phone, code)
    assert (await team(client))["Anna"] == (number, "moderator")


async def test_the_last_owner_neither_leaves_nor_becomes_a_moderator(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    number = (await team(client))["owner"][0]
    for path in (f"/owner/team/{number}/leave", f"/owner/team/{number}/role"):
        status, shown = await submit(client, path, role="moderator")
        assert (status, LAST in shown) == (409, True)
    await make_code(address, "Anna")
    assert (await submit(client, f"/owner/team/{number}/leave"))[0] == 303
    assert "You are signed in" not in await page(client, "/owner")


async def test_two_owners_who_make_each_other_moderators_leave_one(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as other:
        await sign_in(other, await make_code(address, "Anna"))
        numbers = {name: number for name, (number, _) in (await team(client)).items()}
        async with held(address):
            changes = [
                asyncio.create_task(submit(asking, path, role="moderator"))
                for asking, path in (
                    (client, f"/owner/team/{numbers['Anna']}/role"),
                    (other, f"/owner/team/{numbers['owner']}/role"),
                )
            ]
            await until_waiting(address, 2)
        answers = await asyncio.gather(*changes)
        assert sorted(status for status, _ in answers) == [303, 403]


async def test_changes_of_the_team_need_a_new_code_after_ten_minutes(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    await make_code(address, "Anna", "moderator")
    number = (await team(client))["Anna"][0]
    await let_time_pass(address)
    assert "/owner/team/code" not in await page(client, "/owner/team")
    for path in ("/owner/team/code", f"/owner/team/{number}/role", f"/owner/team/{number}/leave"):
        status, shown = await submit(client, path, name="Boris", role="owner")
        assert (status, STALE in shown) == (403, True)
    assert (await team(client))["Anna"] == (number, "moderator")
    await sign_in(client, await make_code(address), next="/owner/team")
    assert (await submit(client, f"/owner/team/{number}/role", role="owner"))[0] == 303


async def test_a_code_that_a_device_makes_for_its_member_confirms_nothing(
    client: Client, address: Address
) -> None:
    """Else a stolen session could renew itself."""
    await sign_in(client, await make_code(address))
    await let_time_pass(address)
    await sign_in(client, await shown_code(client, "/owner/devices/code"))
    status, shown = await submit(client, **INVITE, name="Anna")
    assert (status, STALE in shown) == (403, True)


async def test_a_name_that_cannot_be_used_comes_back_with_a_sentence(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    await make_code(address, "Anna", "owner")
    for name, status, said in (
        (" ", 422, "Write a name."),
        ("x" * 61, 422, "A name may have up to 60 characters."),
        ("\u202e\x07", 422, "Write a name."),
        ("Anna", 409, "with the other role"),
    ):
        got, shown = await submit(client, **INVITE, name=name)
        assert (got, said in shown) == (status, True)
    status, shown = await submit(client, "/owner/team/code", name="Boris", role="king")
    assert (status, "must be owner or moderator" in shown) == (400, True)
    assert (await submit(client, **INVITE, name="<b>Eve"))[0] == 200
    assert (await submit(client, **INVITE, name="Bo\u202er\u200bis\x07"))[0] == 200
    team = await page(client, "/owner/team")
    assert "&lt;b&gt;Eve" in team
    assert ">Boris<" in team
