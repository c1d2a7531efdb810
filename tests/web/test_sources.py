"""What the wall keeps of where messages came from: no address, and digests for two weeks."""

from __future__ import annotations

import logging
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.settings import Common, Settings
from stena.source import Source, SourceKey
from tests.calm import calm
from tests.conftest import Front
from tests.owner import execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, submit
from tests.web.flooding import eventually
from tests.web.moderating import make_token, undo
from tests.web.places import BEHIND_A_PROXY, ELSEWHERE, SPAMMER, at, ban, status_of, wrote

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from stena.store.database import Address
    from tests.conftest import Client

FAR = "2001:db8:77:88::99"
FAR_AWAY = 7000  # in days
SOURCES = "SELECT message FROM source ORDER BY message"
KEYS = "SELECT week FROM source_key ORDER BY week"


@pytest.fixture
def settings() -> Settings:
    return BEHIND_A_PROXY


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


@pytest.fixture
def started(
    settings: Settings, address: Address
) -> Callable[[], AbstractAsyncContextManager[Client]]:
    """The wall, started again: it reads the keys, and forgets what is old."""
    return lambda: TestClient(
        Front(create_app(calm(settings), address)), cookie_jar=CookieJar(unsafe=True)
    )


async def let_weeks_pass(address: Address, weeks: int) -> None:
    """Let what is stored be so many weeks older."""
    # By a detour, since the weeks of the keys are unique at each moment; and no process makes a key
    # meanwhile, which would then be one of the future.
    moved = [
        f"UPDATE {table} SET week = week + ({days})"  # noqa: S608 -- constants
        for days in (-FAR_AWAY, FAR_AWAY - 7 * weeks)
        for table in ("source", "source_key")
    ]
    await execute(address, "; ".join(["BEGIN", "LOCK TABLE source, source_key", *moved, "COMMIT"]))


async def ids(address: Address) -> list[int]:
    return [row["message"] for row in await rows(address, SOURCES)]


async def everything(address: Address) -> list[str]:
    """All rows of all tables, as text."""
    tables = await rows(
        address,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind = 'r'",
    )
    every = " UNION ALL ".join(
        f"SELECT '{name}: ' || {name}::text AS row FROM {name}"  # noqa: S608 -- the name of a table
        for name in (table["relname"] for table in tables)
    )
    return [one["row"] for one in await rows(address, every)]


async def test_no_address_is_in_any_table_or_in_the_log(
    client: Client, address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message = await create(client, "a question", key=OTHERS_KEY)
    for place, sender in enumerate((SPAMMER, FAR)):
        key = f"{KEY}-{place}"
        spam = await wrote(client, sender, "buy pills", key=key)
        await ban(client, spam, "address")
        await ban(client, spam, "network", refuses=True)
        assert await status_of(client, sender) == 403
        for method, fields in (
            ("edit", {"id": spam, "text": "buy more"}),
            ("react", {"id": message["id"], "kind": "like"}),
            ("report", {"id": message["id"], "reason": "spam"}),
        ):
            sent = {"key": key, **fields}
            await client.post(f"/api/messages.{method}", json=sent, headers=at(sender))
    written = ["203.0.113", "2001:db8:77", "cb0071", "20010db80077"]
    for known in map(ip_address, (SPAMMER, FAR)):
        written += [str(known), known.exploded, known.packed.hex(), str(int(known))]
    # A table shows bytes in hexadecimal.
    written += [one.encode().hex() for one in written]
    sought = re.compile("|".join(map(re.escape, written)), re.IGNORECASE)
    found = [row for row in [*await everything(address), caplog.text] if sought.search(row)]
    assert found == []
    assert len(await ids(address)) == 3


class TestSecret:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1, secret="of the owner"))  # noqa: S106 -- of a test

    async def test_with_the_owners_secret_the_database_alone_reveals_no_address(
        self, client: Client, address: Address
    ) -> None:
        await wrote(client, SPAMMER, "hello")
        [row] = await rows(address, "SELECT * FROM source JOIN source_key USING (week)")

        def tried(secret: str) -> Source:
            key = SourceKey.of(row["week"], row["key"], secret)
            return Source.of([key], SPAMMER, SPAMMER.rpartition(".")[0])

        assert tried("").address != row["address"]
        # So it is what the rest of this test would find.
        assert tried("of the owner").address == row["address"]
        assert tried("of the owner").network == row["network"]


async def test_a_ban_holds_in_the_weeks_after_that_of_its_message(
    client: Client, address: Address, started: Callable[[], AbstractAsyncContextManager[Client]]
) -> None:
    await ban(client, await wrote(client, SPAMMER, "buy pills"), "address", days=30)
    for weeks in range(1, 5):
        await let_weeks_pass(address, 1)
        async with started() as later:
            assert await status_of(later, SPAMMER) == 202
            assert await status_of(later, ELSEWHERE) == 201
            # By then the message is too old to tell where it came from.
            if weeks >= 2:
                await eventually(lambda: forgotten(address, 2))


async def forgotten(address: Address, weeks: int) -> bool:
    """Whether nothing of messages is left that is so many weeks old."""
    old = f"week <= date_trunc('week', now() AT TIME ZONE 'UTC')::date - {7 * weeks}"
    return await rows(address, f"SELECT FROM source WHERE {old}") == []


async def test_after_two_weeks_the_digests_are_deleted_and_their_key_with_them(
    client: Client, address: Address, started: Callable[[], AbstractAsyncContextManager[Client]]
) -> None:
    await wrote(client, SPAMMER, "hello")
    await let_weeks_pass(address, 1)
    async with started() as later:
        assert await status_of(later, SPAMMER) == 201
        assert len(await ids(address)) == 2
    await let_weeks_pass(address, 1)
    async with started():
        await eventually(lambda: is_left(address, sources=1, keys=2))


async def test_the_key_of_a_ban_is_kept_until_it_ends_and_the_digests_of_messages_are_not(
    client: Client, address: Address, started: Callable[[], AbstractAsyncContextManager[Client]]
) -> None:
    spam = await wrote(client, SPAMMER, "hello")
    made = await ban(client, spam, "network", days=30)
    await let_weeks_pass(address, 3)
    async with started() as later:
        await eventually(lambda: is_left(address, sources=0, keys=2))
        assert await status_of(later, SPAMMER) == 202
        await undo(later, made["decision"]["id"])
        assert await status_of(later, SPAMMER) == 201
    await execute(address, "UPDATE source_key SET kept_until = clock_timestamp()")
    async with started():
        await eventually(lambda: is_left(address, sources=2, keys=1))


async def is_left(address: Address, *, sources: int, keys: int) -> bool:
    found = len(await ids(address)), len(await rows(address, KEYS))
    return found == (sources, keys)


async def test_a_thousand_old_digests_are_deleted_at_once_and_then_the_rest(
    address: Address,
    started: Callable[[], AbstractAsyncContextManager[Client]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stena.sources.SHARE", 1)
    await execute(
        address,
        "INSERT INTO source SELECT id, '2020-01-06', '', '' FROM generate_series(-2500, -1) AS id",
        # A newer one before them does not stop it.
        "INSERT INTO source VALUES (-3000, now()::date, '', '')",
    )
    async with started() as later:
        await wrote(later, SPAMMER, "hello")
        await eventually(lambda: forgotten(address, 2))
    assert len(await ids(address)) == 2


async def test_a_clock_that_was_ahead_for_a_while_keeps_nothing_for_longer(
    client: Client, address: Address, started: Callable[[], AbstractAsyncContextManager[Client]]
) -> None:
    await wrote(client, SPAMMER, "hello")
    await let_weeks_pass(address, -52)
    async with started() as later:
        await wrote(later, SPAMMER, "hello again")
        await eventually(lambda: is_left(address, sources=1, keys=1))


async def test_what_an_author_deletes_leaves_no_digest(client: Client, address: Address) -> None:
    first = await wrote(client, SPAMMER, "hello", key=KEY)
    second = await wrote(client, SPAMMER, "hello", key=OTHERS_KEY)
    await call(client, "delete", id=first, key=KEY)
    assert await ids(address) == [second]


async def test_what_an_owner_erases_leaves_no_digest_and_no_ban_of_an_address(
    client: Client, address: Address
) -> None:
    spam = await wrote(client, SPAMMER, "hello", key=KEY)
    kept = await wrote(client, ELSEWHERE, "hello", key=OTHERS_KEY)
    lifted = await ban(client, spam, "address")
    await undo(client, lifted["decision"]["id"])
    await ban(client, spam, "network")
    await ban(client, kept, "address")
    digests = [row["digest"].hex() for row in await rows(address, "SELECT digest FROM ban")]
    await sign_in(client, await make_code(address))
    assert (await submit(client, f"/owner/erase/{spam}", sure="yes"))[0] == 303
    await eventually(lambda: has_erased(address))
    assert await ids(address) == [kept]
    left = "\n".join(await everything(address))
    assert [one in left for one in digests] == [False, True]
    assert await status_of(client, SPAMMER) == 201
    assert await status_of(client, ELSEWHERE) == 202


async def has_erased(address: Address) -> bool:
    return bool(await rows(address, "SELECT FROM erasure WHERE done IS NOT NULL"))


async def test_what_an_author_erases_stays_banned(client: Client, address: Address) -> None:
    spam = await wrote(client, SPAMMER, "hello", key=KEY)
    await ban(client, spam, "address")
    sent = {"sure": "yes"}
    answer = await client.post(
        "/mine", data=sent, headers={"Cookie": f"key={KEY}"}, allow_redirects=False
    )
    assert answer.status in {200, 303}
    await eventually(lambda: has_erased(address))
    assert await ids(address) == []
    assert await status_of(client, SPAMMER) == 202


async def test_several_that_begin_a_week_make_one_key(
    address: Address, started: Callable[[], AbstractAsyncContextManager[Client]]
) -> None:
    async with started() as one, started() as another:
        assert await status_of(one, SPAMMER) == 201
        assert await status_of(another, SPAMMER) == 201
    [row] = await rows(address, "SELECT count(DISTINCT address) AS times FROM source")
    assert row["times"] == 1
    assert len(await rows(address, KEYS)) == 1
