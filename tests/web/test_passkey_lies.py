"""Authenticators and browsers that lie, members and strangers who try what is not theirs."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import cbor2
import pytest

from stena import ceremony
from stena.passkey import RelyingParty
from stena.refusal import Refusal
from stena.settings import Settings, Wall
from tests.owner import device, execute, make_code
from tests.owner import sign_in as sign_in_by_code
from tests.web.authenticator import (
    NAME,
    NEW,
    ORIGIN,
    PRESENT,
    REFUSED,
    Authenticator,
    add,
    decoded,
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
    from collections.abc import Callable

    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture
def settings() -> Settings:
    return Settings(wall=Wall(url=ORIGIN))


LIES: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"origin": "https://localhost:8080"},
    {"origin": "http://localhost:8081"},
    {"host": "evil.example"},
    {"flags": PRESENT},
    {"flags": 0},
    {"cross_origin": True},
    {"kind": "payment.get"},
]


@pytest.mark.parametrize("lie", LIES, ids=str)
async def test_what_was_made_or_signed_elsewhere_or_without_a_person_is_refused(
    client: Client, phone: Authenticator, lie: dict[str, Any]
) -> None:
    made = Authenticator(**lie).make(await options(client, NEW))
    status, shown = await send(client, made, "/owner/passkeys", name="Laptop")
    assert (status, REFUSED in shown) == (403, True)
    assert list(await listed(client)) == [NAME]
    for name, value in lie.items():
        setattr(phone, name, value)
    async with device(client) as other:
        assert await is_refused(other, phone.sign(await options(other)))
        assert not await is_signed_in(other)


async def test_a_passkey_of_another_member_does_not_confirm_a_session(
    client: Client, address: Address, phone: Authenticator
) -> None:
    async with device(client) as other:
        await sign_in_by_code(other, await make_code(address, "Anna", "moderator"))
        refused = await other.post("/owner/passkeys/sign-in/options", data={})
        assert (refused.status, "no passkey on this wall" in await refused.text()) == (409, True)
        annas = await add(other)
        asked = await options(other)
        assert [one["id"] for one in asked["allowCredentials"]] == [encoded(annas.id)]
        assert await is_refused(other, phone.sign(asked))
        assert await is_signed_in(other, "Anna")


async def test_a_passkey_does_not_sign_in_as_somebody_else(
    client: Client, address: Address, phone: Authenticator
) -> None:
    async with device(client) as other:
        await sign_in_by_code(other, await make_code(address, "Anna", "moderator"))
        annas = await add(other)
    async with device(client) as third:
        # The signature does not cover the user handle.
        annas.user = phone.user
        assert await is_refused(third, annas.sign(await options(third)))
        annas.id = phone.id
        assert await is_refused(third, annas.sign(await options(third)))


async def test_a_member_cannot_take_or_remove_the_passkey_of_another(
    client: Client, address: Address, phone: Authenticator
) -> None:
    [path] = (await listed(client)).values()
    async with device(client) as other:
        await sign_in_by_code(other, await make_code(address, "Anna", "moderator"))
        stolen = Authenticator(id=phone.id).make(await options(other, NEW))
        assert (await send(other, stolen, "/owner/passkeys", name="Mine"))[0] == 403
        assert (await submit(other, path))[0] == 404
        assert await listed(other) == {}
    async with device(client) as third:
        await sign_in(third, phone)
        assert await is_signed_in(third)


async def test_a_counter_that_does_not_grow_is_refused(
    client: Client, phone: Authenticator
) -> None:
    async with device(client) as other:
        assert (await sign_in(other, phone))[0] == 303
    async with device(client) as other:
        # A copy of the authenticator, as it was before.
        phone.counter = 0
        assert await is_refused(other, phone.sign(await options(other)))
        assert (await sign_in(other, phone))[0] == 303


@pytest.mark.usefixtures("phone")
async def test_tries_with_passkeys_and_codes_share_one_limit(client: Client) -> None:
    statuses = [200]
    # A slow machine is given some tries back meanwhile.
    while len(statuses) < 120 and statuses[-1] != 429:
        path = "/owner/passkeys/sign-in" + ("/options" if len(statuses) % 2 else "")
        statuses.append((await client.post(path, data={"passkey": "{}"})).status)
    assert len(statuses) > 20
    for path, sent in (
        ("/owner/sign-in", {"code": "0"}),
        ("/owner/passkeys/sign-in", {"passkey": "{}"}),
        ("/owner/passkeys/sign-in/options", {}),
        (NEW, {}),
    ):
        # Far fewer than it could try on a path with a limit of its own.
        answers = [await client.post(path, data=sent) for _ in range(5)]
        refused = [answer for answer in answers if answer.status == 429]
        assert refused, path
        assert int(refused[0].headers["Retry-After"]) > 0


async def test_another_site_uses_and_removes_no_passkey(
    client: Client, phone: Authenticator
) -> None:
    signed = json.dumps(phone.sign(await options(client)))
    [remove] = (await listed(client)).values()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for path in ("/owner/passkeys/sign-in", "/owner/passkeys/sign-in/options", NEW, remove):
            answer = await client.post(path, data={"passkey": signed}, headers=headers)
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers
    assert list(await listed(client)) == [NAME]


async def test_oversized_bodies_are_refused(client: Client, phone: Authenticator) -> None:
    signed = phone.sign(await options(client))
    signed["response"]["signature"] = "A" * 70_000
    assert (await send(client, signed))[0] == 413
    made = Authenticator(id=b"x" * 2000).make(await options(client, NEW))
    assert (await send(client, made, "/owner/passkeys", name="Long"))[0] == 403


def broken(credential: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> object:
    copy = json.loads(json.dumps(credential))
    return change(copy) or copy


MISTAKES: list[Callable[[dict[str, Any]], object]] = [
    lambda _: " ",
    lambda _: "{",
    lambda _: "[]",
    lambda _: "null",
    lambda _: "[" * 20_000,
    lambda _: '{"id":' * 4_000,
    lambda one: one.pop("response") and None,
    lambda one: one.update(id=1),
    lambda one: one.update(rawId="é"),
    lambda one: one.update(type="password"),
    lambda one: one.update(response=[]),
    lambda one: one["response"].update(clientDataJSON=encoded(b"[]")),
    lambda one: one["response"].update(clientDataJSON=encoded(b"{}")),
    lambda one: one["response"].update(clientDataJSON=encoded(b"[" * 40_000)),
    lambda one: one["response"].update(clientDataJSON=encoded(b'{"type":1,"challenge":2}')),
    lambda one: one["response"].update(clientDataJSON=encoded(b"\xff\xfe")),
]


@pytest.mark.parametrize("mistake", range(len(MISTAKES)))
async def test_what_is_malformed_is_refused_and_not_an_error(
    client: Client, phone: Authenticator, mistake: int
) -> None:
    signed = broken(phone.sign(await options(client)), MISTAKES[mistake])
    made = broken(Authenticator().make(await options(client, NEW)), MISTAKES[mistake])
    assert await is_refused(client, signed)
    assert (await send(client, made, "/owner/passkeys", name="Mine"))[0] == 403
    assert list(await listed(client)) == [NAME]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("authenticatorData", ""),
        ("authenticatorData", encoded(b"\xff" * 200)),
        ("signature", ""),
        ("signature", encoded(b"0")),
        ("userHandle", None),
        ("userHandle", 7),
        ("userHandle", ""),
    ],
)
async def test_an_answer_without_a_part_signs_nobody_in(
    client: Client, phone: Authenticator, field: str, value: object
) -> None:
    signed = phone.sign(await options(client))
    signed["response"][field] = value
    assert await is_refused(client, signed)


@pytest.mark.parametrize(
    "value",
    [
        "",
        encoded(b"\xa0"),
        encoded(b"\x81" * 40_000),
        encoded(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": b"\xff" * 200})),
        encoded(cbor2.dumps({"fmt": "packed", "attStmt": {}, "authData": bytes(37)})),
        encoded(cbor2.dumps({"fmt": 1, "attStmt": 2, "authData": 3})),
    ],
)
async def test_an_unreadable_attestation_adds_no_passkey(
    client: Client, phone: Authenticator, value: str
) -> None:
    made = phone.make(await options(client, NEW))
    made["response"]["attestationObject"] = value
    assert (await send(client, made, "/owner/passkeys", name="Mine"))[0] == 403
    assert list(await listed(client)) == [NAME]


def test_of_bytes_that_were_changed_none_are_believed_and_none_are_an_error() -> None:
    """As the library reads them: through the wall the rate limit would end it."""
    dice = random.Random(7)  # noqa: S311 -- the same each time
    party, phone = RelyingParty("localhost", ORIGIN), Authenticator()
    asked = {"challenge": encoded(b"challenge"), "user": {"id": encoded(b"user")}}
    public = ceremony.verify_new(party, ceremony.read_new(json.dumps(phone.make(asked))))
    believed = 0
    for _ in range(300):
        made, signed = phone.make(asked), phone.sign(asked)
        for whole in (made, signed):
            name = dice.choice(sorted(whole["response"].keys() - {"transports", "userHandle"}))
            field = bytearray(decoded(whole["response"][name]))
            field[dice.randrange(len(field))] ^= 1 << dice.randrange(8)
            whole["response"][name] = encoded(bytes(field))
        # What makes a passkey is not signed.
        with suppress(Refusal):
            ceremony.verify_new(party, ceremony.read_new(json.dumps(made)))
        with suppress(Refusal):
            ceremony.verify(party, ceremony.read(json.dumps(signed)), public)
            believed += 1
    assert believed == 0


async def test_no_passkey_signs_in_where_its_public_key_is_damaged(
    client: Client, address: Address, phone: Authenticator
) -> None:
    for key in ("", "\\x04", "\\xa0", "\\x80", "\\xa10101"):
        await execute(address, f"UPDATE passkey SET public_key = '{key}'")  # noqa: S608 -- constants
        async with device(client) as other:
            assert await is_refused(other, phone.sign(await options(other)))
