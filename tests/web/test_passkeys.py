from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from stena.passkey import RelyingParty
from stena.settings import Settings, Wall
from tests.owner import device, execute, make_code, rows
from tests.owner import sign_in as sign_in_by_code
from tests.web.authenticator import (
    NAME,
    NEW,
    ORIGIN,
    Authenticator,
    add,
    encoded,
    is_refused,
    is_signed_in,
    listed,
    options,
    send,
    sign_in,
)
from tests.web.calls import page, submit

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(url=ORIGIN))


async def age(address: Address) -> None:
    """Let no sign-in be fresh any longer."""
    await execute(address, "UPDATE session SET confirmed = NULL")


async def test_a_passkey_signs_in_as_often_as_needed(client: Client, phone: Authenticator) -> None:
    for _ in range(2):
        async with device(client) as other:
            assert await sign_in(other, phone) == (303, "/owner")
            assert await is_signed_in(other)


async def test_a_browser_is_asked_for_a_passkey_of_this_wall_that_a_person_unlocks(
    client: Client, phone: Authenticator
) -> None:
    async with device(client) as other:
        asked = await options(other)
        assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
        assert asked["allowCredentials"] == []
    asked = await options(client, NEW)
    assert asked["rp"]["id"] == "localhost"
    assert asked["attestation"] == "none"
    chosen = asked["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert [one["id"] for one in asked["excludeCredentials"]] == [encoded(phone.id)]


async def test_a_sign_in_with_a_passkey_is_fresh_and_ends_the_session_before(
    client: Client, address: Address, phone: Authenticator
) -> None:
    before = client.session.cookie_jar.filter_cookies(client.make_url("/"))["owner"].value
    await age(address)
    assert "enter a new code" in await page(client, "/owner/team")
    assert await sign_in(client, phone, next="/owner/team") == (303, "/owner/team")
    assert "enter a new code" not in await page(client, "/owner/team")
    async with device(client) as thief:
        thief.cookie_jar.update_cookies({"owner": before}, client.make_url("/"))
        assert not await is_signed_in(thief)


async def test_it_leads_nowhere_else(client: Client, phone: Authenticator) -> None:
    for following in ("https://evil.example/", "//evil.example", "/m/1"):
        assert await sign_in(client, phone, next=following) == (303, "/owner")


async def test_the_devices_page_lists_passkeys_and_removes_one(
    client: Client, phone: Authenticator
) -> None:
    await add(client, name="<b>Laptop</b>")
    assert list(await listed(client)) == ["<b>Laptop</b>", NAME]
    assert (await page(client, "/owner/devices")).count("Not used yet") == 2
    async with device(client) as other:
        await sign_in(other, phone)
    assert "Last used" in await page(client, "/owner/devices")
    path = (await listed(client))[NAME]
    assert await submit(client, path) == (303, "/owner/devices")
    assert list(await listed(client)) == ["<b>Laptop</b>"]
    async with device(client) as other:
        assert await is_refused(other, phone.sign(await options(other)))
    assert (await submit(client, path))[0] == 404


@pytest.mark.usefixtures("phone")
async def test_adding_one_needs_a_fresh_sign_in_and_removing_one_does_not(
    client: Client, address: Address
) -> None:
    asked = await options(client, NEW)
    await age(address)
    assert "enter a new code" in await page(client, "/owner/passkeys")
    assert (await client.post(NEW, data={})).status == 403
    made = Authenticator().make(asked)
    assert (await send(client, made, "/owner/passkeys", name="Mine"))[0] == 403
    assert await submit(client, (await listed(client))[NAME]) == (303, "/owner/devices")


@pytest.mark.usefixtures("phone")
async def test_a_passkey_of_a_member_who_left_works_no_longer_even_if_the_member_comes_back(
    client: Client, address: Address
) -> None:
    async with device(client) as other, device(client) as third:
        await sign_in_by_code(other, await make_code(address, "Anna", "moderator"))
        annas = await add(other)
        asked = await options(other, NEW)
        signed = annas.sign(await options(third))
        [member] = await rows(address, "SELECT id FROM member WHERE name = 'Anna'")
        assert (await submit(client, f"/owner/team/{member['id']}/leave"))[0] == 303
        assert await is_refused(third, signed)
        await make_code(address, "Anna", "moderator")
        assert await is_refused(third, annas.sign(await options(third)))
        made = Authenticator().make(asked)
        assert (await send(other, made, "/owner/passkeys", name="Mine"))[0] == 403
    assert len(await rows(address, "SELECT * FROM passkey")) == 1


async def test_a_member_signs_in_with_the_role_of_the_moment(
    client: Client, address: Address
) -> None:
    await sign_in_by_code(client, await make_code(address))
    async with device(client) as other:
        await sign_in_by_code(other, await make_code(address, "Anna"))
        annas = await add(other)
        await execute(address, "UPDATE member SET role = 'moderator' WHERE name = 'Anna'")
        await sign_in(other, annas, next="/owner/team")
        assert "as Anna, a moderator." in await page(other, "/owner")
        assert "Only an owner" in await page(other, "/owner/team", 403)


async def test_a_session_that_was_signed_out_adds_and_confirms_nothing(
    client: Client, address: Address, phone: Authenticator
) -> None:
    async with device(client) as other:
        await sign_in_by_code(other, await make_code(address))
        made = Authenticator().make(await options(other, NEW))
        signed = phone.sign(await options(other))
        await submit(client, "/owner/devices/others/sign-out")
        assert (await send(other, made, "/owner/passkeys", name="Mine"))[0] == 403
        assert await is_refused(other, signed)
        # The passkey itself still signs in.
        assert (await sign_in(other, phone))[0] == 303


@pytest.mark.usefixtures("phone")
async def test_a_member_has_ten_passkeys_at_most(client: Client) -> None:
    for number in range(8):
        await add(client, name=f"Key {number}")
    asked = [await options(client, NEW) for _ in range(3)]
    answers = await asyncio.gather(
        *(
            send(client, Authenticator().make(one), "/owner/passkeys", name="One of three")
            for one in asked
        )
    )
    assert sorted(status for status, _ in answers) == [303, 409, 409]
    assert len(await listed(client)) == 10
    refused = await client.post(NEW, data={})
    assert (refused.status, "You have 10 passkeys" in await refused.text()) == (409, True)


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize(("name", "why"), [(" ", "Write a name."), ("x" * 61, "A name may have")])
async def test_a_passkey_needs_a_name(client: Client, name: str, why: str) -> None:
    made = Authenticator().make(await options(client, NEW))
    status, shown = await send(client, made, "/owner/passkeys", name=name)
    assert (status, why in shown) == (422, True)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://wall.example", "wall.example"),
        ("https://xn--80a1acny.example:8443", "xn--80a1acny.example"),
        ("http://localhost:8080", "localhost"),
        ("http://wall.localhost", "wall.localhost"),
        ("http://wall.example", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]", None),
        ("http://127.0.0.1:8080", None),
        ("", None),
    ],
)
def test_browsers_have_passkeys_for_names_over_https_and_for_this_machine(
    origin: str, host: str | None
) -> None:
    party = RelyingParty.of(origin)
    assert (party.id if party else None) == host


class TestWithoutAnAddress:
    @pytest.fixture(params=["", "http://wall.example", "http://127.0.0.1:8080"])
    def settings(self, request: pytest.FixtureRequest) -> Settings:
        return Settings(wall=Wall(url=request.param))

    async def test_there_are_none_and_the_devices_page_says_why(
        self, client: Client, address: Address
    ) -> None:
        assert "passkey" not in await page(client, "/owner")
        await sign_in_by_code(client, await make_code(address))
        assert "the setting wall.url" in await page(client, "/owner/devices")
        assert "passkey" not in await page(client, "/owner/team")
        await is_not_there(client)


async def is_not_there(asking: Asking) -> None:
    """No route of passkeys is there for a member."""
    for path in ("", "/sign-in", "/options", "/sign-in/options", "/1/remove"):
        status, _ = await submit(asking, f"/owner/passkeys{path}", passkey="{}", name="x")
        assert status == 404, path
    assert (await asking.get("/owner/passkeys")).status == 404
