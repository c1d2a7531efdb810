from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stena.member import agent
from tests.owner import device, execute, make_code, shown_code, sign_in
from tests.web.calls import page, submit

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking

FIREFOX = "Mozilla/5.0 (Android 16; Mobile; rv:151.0) Gecko/151.0 Firefox/151.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 "
    "Safari/537.36"
)


async def devices(asking: Asking) -> dict[str, str]:
    """The addresses that sign out each device, by what it is called."""
    shown = await page(asking, "/owner/devices")
    rows = re.findall(
        r'<p class="what">(.*?)</p>.*?action="(/owner/devices/\d+/sign-out)"', shown, re.DOTALL
    )
    return {re.sub("<.*?>", "", name): path for name, path in rows}


async def is_signed_in(asking: Asking) -> bool:
    return "You are signed in as" in await page(asking, "/owner")


async def test_a_device_is_called_by_its_browser_and_its_system(
    client: Client, address: Address
) -> None:
    client.session.headers["User-Agent"] = FIREFOX
    await sign_in(client, await make_code(address))
    async with device(client) as other:
        other.headers["User-Agent"] = CHROME
        await sign_in(other, await make_code(address))
        assert set(await devices(client)) == {"Firefox, Android this one", "Chrome, Linux"}
        assert set(await devices(other)) == {"Firefox, Android", "Chrome, Linux this one"}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (CHROME + " Edg/147.0.0.0", "Edge, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1", "Safari, iPhone"),
        (CHROME.replace("X11; Linux x86_64", "Windows NT 10.0") + " OPR/120.0", "Opera, Windows"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_the_names_of_browsers_and_systems_are_the_common_ones(header: str, name: str) -> None:
    assert agent(header) == name


async def test_another_phone_signs_in_with_a_code_from_this_one(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    answer = await client.post("/owner/devices/code", data={})
    shown = await answer.text()
    code = await shown_code(client, "/owner/devices/code")
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.search(r'href="http://127.0.0.1:\d+/owner#[0-9A-Z-]{30}"', shown)
    assert "<svg" in shown
    async with device(client) as phone:
        await sign_in(phone, code)
        assert len(await devices(phone)) == 1 + 1


async def test_one_device_is_signed_out_at_once(client: Client, address: Address) -> None:
    client.session.headers["User-Agent"] = FIREFOX
    await sign_in(client, await make_code(address))
    async with device(client) as other:
        await sign_in(other, await make_code(address))
        path = (await devices(client))["An unknown browser"]
        assert await submit(client, path) == (303, "/owner/devices")
        assert not await is_signed_in(other)
    assert await is_signed_in(client)


async def test_all_others_are_signed_out_and_their_codes_work_no_longer(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as other, device(client) as third:
        await sign_in(other, await make_code(address))
        code = await shown_code(other, "/owner/devices/code")
        assert (await submit(client, "/owner/devices/others/sign-out"))[0] == 303
        assert not await is_signed_in(other)
        assert (await submit(third, "/owner/sign-in", code=code))[0] == 403
    assert await is_signed_in(client)


async def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    async with device(client) as thief:
        stolen = client.session.cookie_jar.filter_cookies(client.make_url("/"))
        thief.cookie_jar.update_cookies(stolen, client.make_url("/"))
        assert await is_signed_in(thief)
        [path] = (await devices(client)).values()
        answer = await client.post(path, data={}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/owner")
        assert all("Max-Age=0" in line for line in answer.headers.getall("Set-Cookie"))
        assert not await is_signed_in(thief)


async def test_nobody_signs_out_a_device_of_somebody_else(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    [path] = (await devices(client)).values()
    async with device(client) as other:
        await sign_in(other, await make_code(address, "Anna", "moderator"))
        await submit(other, path)
    assert await is_signed_in(client)


async def test_a_member_has_five_codes_at_most(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    for _ in range(5):
        await shown_code(client, "/owner/devices/code")
    status, shown = await submit(client, "/owner/devices/code")
    assert (status, "5 codes of this member still work" in shown) == (409, True)
    await execute(address, "UPDATE sign_in_code SET expires = clock_timestamp()")
    await shown_code(client, "/owner/devices/code")


async def test_every_page_of_the_team_has_a_button_to_sign_out(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    _, code = await submit(client, "/owner/devices/code")
    for shown in (
        code,
        *[await page(client, f"/owner{path}") for path in ("", "/devices", "/team")],
    ):
        [target] = re.findall(r'action="(.*?)" method="post">\s*<button id="out"', shown)
    assert await submit(client, target) == (303, "/owner")
    assert not await is_signed_in(client)


async def test_another_site_signs_nobody_out(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    [path] = (await devices(client)).values()
    for target in (path, "/owner/devices/others/sign-out", "/owner/devices/code"):
        answer = await client.post(target, data={}, headers={"Origin": "https://evil.example"})
        assert answer.status == 403
    assert await is_signed_in(client)
