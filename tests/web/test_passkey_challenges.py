"""What an authenticator signs works once, soon, and for one purpose."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stena.passkey import new_challenge, to_sign_in
from stena.settings import Settings, Wall
from tests.holding import held, until_waiting
from tests.owner import device, execute, make_code, rows
from tests.owner import sign_in as sign_in_by_code
from tests.web.authenticator import (
    NAME,
    NEW,
    ORIGIN,
    REFUSED,
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
from tests.web.calls import submit

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(url=ORIGIN))


async def test_a_challenge_works_once(client: Client, phone: Authenticator) -> None:
    async with device(client) as first, device(client) as second:
        signed = phone.sign(await options(first))
        assert (await send(first, signed))[0] == 303
        assert await is_refused(second, signed)
        assert not await is_signed_in(second)


@pytest.mark.parametrize("counts", [True, False])
async def test_of_two_that_send_one_answer_at_once_one_signs_in(
    client: Client,
    address: Address,
    counts: bool,  # noqa: FBT001 -- a parameter
) -> None:
    await sign_in_by_code(client, await make_code(address))
    synced = await add(client, counts=counts)
    async with device(client) as first, device(client) as second:
        signed = synced.sign(await options(first))
        answers = await asyncio.gather(*(send(one, signed) for one in (first, second)))
        assert sorted(status for status, _ in answers) == [303, 403]
        assert [await is_signed_in(first), await is_signed_in(second)].count(True) == 1


@pytest.mark.usefixtures("phone")
async def test_one_answer_adds_one_passkey(client: Client) -> None:
    laptop = Authenticator()
    made = laptop.make(await options(client, NEW))
    answers = await asyncio.gather(
        *(send(client, made, "/owner/passkeys", name="Laptop") for _ in range(2))
    )
    assert sorted(status for status, _ in answers) == [303, 403]
    assert list(await listed(client)) == ["Laptop", NAME]
    assert await submit(client, (await listed(client))["Laptop"]) == (303, "/owner/devices")
    assert (await send(client, made, "/owner/passkeys", name="Laptop"))[0] == 403


async def test_a_challenge_expires(client: Client, address: Address, phone: Authenticator) -> None:
    [sealing] = await rows(address, "SELECT key, clock_timestamp() AS now FROM challenge_key")
    statuses = []
    for age in (timedelta(minutes=4), timedelta(minutes=6)):
        # As the wall made it then.
        old = new_challenge(sealing["key"], to_sign_in(None), sealing["now"] - age)
        async with device(client) as other:
            statuses.append((await send(other, phone.sign({"challenge": encoded(old)})))[0])
    assert statuses == [303, 403]


async def test_spent_challenges_are_forgotten_when_they_have_expired(
    client: Client, address: Address, phone: Authenticator
) -> None:
    async with device(client) as other:
        await sign_in(other, phone)
        await execute(address, "UPDATE spent_challenge SET expires = clock_timestamp()")
        await sign_in(other, phone)
    assert len(await rows(address, "SELECT * FROM spent_challenge")) == 1


async def test_what_strangers_ask_for_and_get_wrong_leaves_no_rows(
    client: Client, address: Address, phone: Authenticator
) -> None:
    spent = await rows(address, "SELECT * FROM spent_challenge")
    async with device(client) as stranger:
        asked = await options(stranger)
        assert await is_refused(stranger, Authenticator(id=phone.id).sign(asked))
    assert await rows(address, "SELECT * FROM spent_challenge") == spent


async def test_a_new_passkey_is_no_sign_in_and_a_sign_in_is_no_new_passkey(
    client: Client, phone: Authenticator
) -> None:
    made = Authenticator().make(await options(client, NEW))
    assert await is_refused(client, made)
    signed = phone.sign(await options(client))
    assert (await send(client, signed, "/owner/passkeys", name="Laptop"))[0] == 403


async def test_a_challenge_is_for_the_browser_that_asked_and_for_its_purpose(
    client: Client, address: Address, phone: Authenticator
) -> None:
    async with device(client) as other:
        # That of a stranger does not confirm a session, and that of a session signs nobody in.
        assert await is_refused(client, phone.sign(await options(other)))
        assert await is_refused(other, phone.sign(await options(client)))
        await sign_in_by_code(other, await make_code(address))
        assert await is_refused(client, phone.sign(await options(other)))
        made = Authenticator().make(await options(other, NEW))
        assert (await send(client, made, "/owner/passkeys", name="Laptop"))[0] == 403


async def test_a_challenge_that_the_wall_did_not_make_is_refused(
    client: Client, phone: Authenticator
) -> None:
    async with device(client) as other:
        genuine = await options(other)
        for challenge in ("", "AAAA", encoded(bytes(56)), genuine["challenge"][:-4] + "AAAA"):
            assert await is_refused(other, phone.sign({"challenge": challenge}))
        # Not even a longer life.
        raw = bytearray(phone.id.ljust(56, b"\xff"))
        assert await is_refused(other, phone.sign({"challenge": encoded(bytes(raw))}))


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize(
    "meanwhile",
    ["DELETE FROM session", "UPDATE member SET left_at = clock_timestamp()"],
    ids=["signed out", "left"],
)
async def test_who_is_out_meanwhile_adds_no_passkey(
    client: Client, address: Address, meanwhile: str
) -> None:
    made = Authenticator().make(await options(client, NEW))
    async with held(address) as connection:
        adding = asyncio.create_task(send(client, made, "/owner/passkeys", name="Mine"))
        await until_waiting(address, 1)
        await connection.execute(meanwhile)
    status, shown = await adding
    assert (status, "You are not signed in" in shown) == (403, True)
    assert [row["name"] for row in await rows(address, "SELECT name FROM passkey")] == [NAME]


@pytest.mark.parametrize(
    "meanwhile",
    ["DELETE FROM passkey", "UPDATE member SET left_at = clock_timestamp()"],
    ids=["removed", "left"],
)
async def test_a_passkey_that_is_removed_meanwhile_signs_nobody_in(
    client: Client, address: Address, phone: Authenticator, meanwhile: str
) -> None:
    async with device(client) as other:
        signed = phone.sign(await options(other))
        async with held(address) as connection:
            signing_in = asyncio.create_task(send(other, signed))
            await until_waiting(address, 1)
            await connection.execute(meanwhile)
        status, shown = await signing_in
        assert (status, REFUSED in shown) == (403, True)
    # What was refused after all is not spent either.
    assert len(await rows(address, "SELECT * FROM spent_challenge")) == 1


async def test_another_process_finishes_what_one_has_begun(
    client: Client, other: Client, phone: Authenticator
) -> None:
    async with device(client) as here:
        signed = phone.sign(await options(here))
        assert (await send(other, signed))[0] == 303
        assert await is_refused(here, signed)


async def test_no_credential_and_no_challenge_is_in_the_log(
    client: Client,
    phone: Authenticator,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with device(client) as other:
        signed = phone.sign(await options(other))
        await send(other, {**signed, "type": "password"})
        await send(other, signed)
        said = caplog.text + "".join(capfd.readouterr())
        for secret in (encoded(phone.id), encoded(phone.user), *signed["response"].values()):
            assert secret not in said
