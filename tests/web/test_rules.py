"""The rules of a wall beside its mode: hours, the pace of a browser, the age of a conversation."""

from __future__ import annotations

import asyncio
import json
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from tests.owner import execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, got, listed, page, refused, submit, write
from tests.web.moderating import SIGNED, make_token, moderate, undo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from aiohttp import ClientSession

    from stena.store.database import Address
    from tests.conftest import Client

    Clock: TypeAlias = Callable[[str], Awaitable[None]]


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


@pytest.fixture
async def clock(address: Address) -> Clock:
    """Sets the clock that the wall's statements read, on a database without open connections."""
    await execute(
        address,
        "CREATE SCHEMA clock",
        "CREATE TABLE clock.hand AS SELECT clock_timestamp() AS moment",
        """
        CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz
        LANGUAGE sql VOLATILE AS 'SELECT moment FROM clock.hand'
        """,
        """
        DO $$ BEGIN EXECUTE format(
            'ALTER DATABASE %I SET search_path = clock, pg_catalog, public', current_database()
        ); END $$
        """,
    )

    async def set_to(moment: str) -> None:
        await execute(address, f"UPDATE clock.hand SET moment = '{moment}'")  # noqa: S608 -- constants

    return set_to


async def error(client: Client, **fields: object) -> dict[str, Any]:
    """Post a message that is refused. Returns why."""
    answer = await client.post("/api/messages.create", json={"text": "late", **fields})
    body = await answer.json()
    assert answer.status in {403, 429}, body
    return {**body["error"], "retry": answer.headers.get("Retry-After")}


class TestHours:
    @pytest.fixture(autouse=True)
    def set_to(self, clock: Clock, client: Client) -> Clock:  # noqa: ARG002 -- comes later
        return clock

    async def is_open(self, client: Client) -> bool:
        answer = await client.post("/api/messages.create", json={"text": "x"})
        return answer.status == 201

    async def test_outside_them_another_mode_holds_also_after_midnight(
        self, client: Client, set_to: Clock
    ) -> None:
        day = {"from": "08:00", "to": "22:00", "outside": "closed"}
        night = {"from": "22:00", "to": "08:00", "outside": "closed"}
        for hours, opens in (
            (day, (False, True, True, False)),
            (night, (True, False, False, True)),
        ):
            await moderate(client, "rule", mode="open", hours=hours, time_zone="Asia/Tokyo")
            for moment, expected in zip(
                # In Tokyo it is nine hours later.
                (
                    "2026-01-31 22:59Z",
                    "2026-01-31 23:00Z",
                    "2026-02-01 12:59Z",
                    "2026-02-01 13:00Z",
                ),
                opens,
                strict=True,
            ):
                await set_to(moment)
                assert await self.is_open(client) == expected

    async def test_they_follow_summer_time(self, client: Client, set_to: Clock) -> None:
        hours = {"from": "08:00", "to": "22:00", "outside": "closed"}
        await moderate(client, "rule", mode="open", hours=hours, time_zone="Europe/Paris")
        await set_to("2026-03-28 06:30Z")
        assert (await error(client))["until"] == "2026-03-28T07:00:00Z"
        # The clocks are set between this evening and the next morning.
        await set_to("2026-03-28 21:00Z")
        assert (await error(client))["until"] == "2026-03-29T06:00:00Z"
        await set_to("2026-03-29 06:30Z")
        assert await self.is_open(client)

    async def test_a_closed_wall_says_until_when_if_it_opens_by_itself(
        self, client: Client, set_to: Clock
    ) -> None:
        day = {"from": "08:00", "to": "22:00", "outside": "closed"}
        await moderate(client, "rule", mode="open", hours=day, time_zone="Europe/Moscow")
        await set_to("2026-02-01 20:15Z")
        found = await error(client)
        assert (found["code"], found["until"]) == ("closed_until", "2026-02-02T05:00:00Z")
        assert "until 08:00 (Europe/Moscow)" in found["message"]
        status, shown = await submit(client, "/messages", text="my long words")
        assert (status, "my long words" in shown, "until 08:00" in shown) == (403, True, True)
        # The other way round: the wall is open by night.
        await moderate(client, "rule", mode="closed", hours={**day, "outside": "first"})
        await set_to("2026-02-01 12:00Z")
        assert (await error(client))["until"] == "2026-02-01T19:00:00Z"
        await moderate(client, "rule", mode="closed", hours=day)
        assert (await error(client))["code"] == "closed"

    async def test_a_thread_has_those_of_the_wall_or_its_own(
        self, client: Client, set_to: Clock
    ) -> None:
        await set_to("2026-02-01 12:00Z")
        hours = {"from": "13:00", "to": "14:00", "outside": "closed"}
        await moderate(client, "rule", mode="open", hours=hours)
        await moderate(client, "rule", thread="news", mode="open")
        assert (await error(client, thread="news"))["code"] == "closed_until"
        whole = {"from": "00:00", "to": "00:00", "outside": "closed"}
        await moderate(client, "rule", thread="news", mode="open", hours=whole)
        await create(client, "at any time", thread="news")
        await moderate(client, "rule", thread="news", mode="open", hours=None)
        assert (await error(client, thread="news"))["code"] == "closed_until"


class TestSlowMode:
    async def test_a_post_too_soon_is_refused_and_says_how_long_to_wait(
        self, client: Client, address: Address, stranger: ClientSession
    ) -> None:
        await moderate(client, "rule", mode="open", slow_seconds=600)
        sent = {"text": "first", "nonce": "nonce-of-the-first", "key": KEY}
        start = monotonic()
        first = await call(client, "create", **sent)
        assert await call(client, "create", **sent) == first
        found = await error(client, key=KEY)
        assert found["code"] == "slow_mode"
        assert 599 - (monotonic() - start) <= int(found["retry"]) <= 600
        assert f"in {found['retry']} s" in found["message"]
        assert (await error(client, key=KEY, reply_to=first["message"]["id"]))[
            "code"
        ] == "slow_mode"
        await create(client, "of another browser", key=OTHERS_KEY)
        await create(client, "without a key")
        await create(client, "without a key again")
        await execute(address, "UPDATE browser_pace SET posted = posted - interval '11 minutes'")
        await create(client, "second", key=KEY)
        await write(stranger, "by the form")
        status, shown = await submit(stranger, "/messages", text="my long words")
        assert (status, "my long words" in shown, "between two messages" in shown) == (
            429,
            True,
            True,
        )

    async def test_of_many_at_once_one_is_taken(self, client: Client, other: Client) -> None:
        await moderate(client, "rule", mode="open", slow_seconds=600)
        sent = [{"text": f"{number}", "key": KEY} for number in range(16)]
        answers = await asyncio.gather(
            *(
                (client, other)[place % 2].post("/api/messages.create", json=one)
                for place, one in enumerate(sent)
            )
        )
        assert sorted(answer.status for answer in answers) == [201] + [429] * 15
        assert len(await listed(client)) == 1

    async def test_the_team_is_not_slowed_down(self, client: Client, address: Address) -> None:
        await moderate(client, "rule", mode="open", slow_seconds=600)
        await sign_in(client, await make_code(address))
        for text in ("first", "second"):
            await write(client, text)


class TestOldConversations:
    async def test_they_take_no_more_replies(self, client: Client, address: Address) -> None:
        above = (await create(client, "above"))["id"]
        below = (await create(client, "below", reply_to=above))["id"]
        await moderate(client, "rule", mode="open", close_days=7)
        await create(client, "in time", reply_to=above)
        await execute(
            address,
            "UPDATE message SET created = created - interval '8 days' WHERE parent IS NULL",
        )
        for number in (above, below):
            found = await refused(client, "create", text="late", reply_to=number)
            assert found == (403, "conversation_closed")
        shown = await page(client, f"/m/{above}")
        assert ('id="closed"' in shown, "<textarea" in shown) == (True, False)
        status, shown = await submit(client, "/messages", text="my words", reply_to=str(above))
        assert (status, "my words</textarea>" in shown) == (403, True)
        assert "This conversation is closed" in shown
        await create(client, "a conversation of its own")
        await sign_in(client, await make_code(address))
        assert "<textarea" in await page(client, f"/m/{above}")
        await write(client, "from the team", reply_to=str(above))
        assert (await got(client, above) or {})["replies"] == 3


class TestSetting:
    async def test_what_is_not_given_stays_and_null_is_as_on_the_wall(
        self, client: Client, address: Address
    ) -> None:
        day = {"from": "22:00", "to": "06:30", "outside": "all"}
        given = {"mode": "first", "hours": day, "slow_seconds": 30, "close_days": 14, "reports": 5}
        assert await moderate(client, "rule", thread="x", **given) == {"thread": "x", **given}
        await moderate(client, "rule", thread="x", mode="all", close_days=None)
        [rule] = await rows(address, "SELECT * FROM rule WHERE thread = 'x'")
        assert (rule["mode"], rule["outside"], f"{rule['hours_to']}") == ("all", "all", "06:30:00")
        assert (rule["slow_seconds"], rule["close_days"], rule["reports"]) == (30, None, 5)

    async def test_the_form_shows_what_it_sets_and_the_log_says_it(
        self, client: Client, address: Address
    ) -> None:
        await sign_in(client, await make_code(address))
        form = {
            "mode": "open",
            "outside": "closed",
            "from": "07:15",
            "to": "23:00",
            "time_zone": "Europe/Moscow",
            "slow_seconds": "45",
            "close_days": "30",
            "reports": "4",
        }
        before = await rows(address, "SELECT * FROM rule")
        assert await submit(client, "/owner/rules", **form) == (303, "/owner/rules")
        shown = await page(client, "/owner/rules")
        for value in ("07:15", "23:00", "Europe/Moscow", "45", "30", "4"):
            assert f'value="{value}"' in shown
        log = await page(client, "/owner/log")
        assert "From 07:15 to 23:00, otherwise: Closed; time zone Europe/Moscow; Pause" in log
        thread = {"thread": "a/b", "mode": "first", "outside": "none", "slow_seconds": ""}
        status, target = await submit(client, "/owner/rules/threads", **thread)
        assert (status, target) == (303, "/owner/rules?thread=a/b")
        assert '<option value="none" selected>' in await page(client, target)
        assert "The same at all times" in await page(client, "/owner/rules")
        answer = await client.get("/api/moderation.log", headers=SIGNED)
        for decision in (await answer.json())["decisions"]:
            await undo(client, decision["id"])
        assert await rows(address, "SELECT * FROM rule") == before

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("hours", {"from": "8:00", "to": "22:00", "outside": "closed"}, "bad_hours"),
            ("hours", {"from": "08:00", "to": "22:00"}, "bad_hours"),
            ("time_zone", "Mars/Olympus", "bad_time_zone"),
            ("time_zone", "../etc/passwd", "bad_time_zone"),
            ("slow_seconds", 3601, "bad_number"),
            ("close_days", -1, "bad_number"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(
        self, client: Client, field: str, value: object, code: str, address: Address
    ) -> None:
        body = {"mode": "closed", field: value}
        answer = await client.post("/api/moderation.rule", json=body, headers=SIGNED)
        found = json.loads(await answer.text())["error"]
        assert (answer.status, found["code"], found["field"]) == (400, code, field)
        await create(client, "still open")
        await sign_in(client, await make_code(address))
        form = {"mode": "closed", field: f"{value}"}
        if field == "hours":
            form = {"mode": "closed", "outside": "closed", "from": "", "to": "22:00"}
        status, shown = await submit(client, "/owner/rules", **form)
        assert (status, 'role="alert"' in shown, "checked>" in shown) == (400, True, True)
        await create(client, "still open")
