"""Reports are settled by what the team decides, and shown on its desk until then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.settings import Common, Settings
from tests.owner import execute, make_code, sign_in
from tests.web.calls import KEY, OTHERS_KEY, call, create, page, submit
from tests.web.moderating import SIGNED, make_token, moderate, remove, undo
from tests.web.reporting import (
    is_shown,
    keep,
    report,
    report_by_strangers,
    reported,
    weight,
)

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1))


class TestSettling:
    async def test_removal_settles_reports_and_its_undo_opens_them_again(
        self, client: Client
    ) -> None:
        message = await create(client, "rude words")
        await report_by_strangers(client, message["id"], 2)
        decision = await remove(client, message["id"])
        assert await reported(client) == []
        await undo(client, decision)
        assert await weight(client, message["id"]) == 1

    async def test_a_deleted_message_leaves_no_report(
        self, client: Client, address: Address
    ) -> None:
        message = await create(client, "rude words", key=KEY)
        await report(client, message["id"])
        await call(client, "delete", id=message["id"], key=KEY)
        connection = await asyncpg.connect(address.url)
        try:
            assert await connection.fetch("SELECT * FROM report") == []
        finally:
            await connection.close()

    async def test_reports_of_what_is_removed_meanwhile_are_not_listed(
        self, client: Client
    ) -> None:
        message = await create(client, "fine")
        await report(client, message["id"])
        kept = await keep(client, message["id"])
        removed = await remove(client, message["id"])
        await undo(client, kept)
        assert await reported(client) == []
        await undo(client, removed)
        assert await weight(client, message["id"]) == 0.5

    async def test_keeping_is_undone_exactly(self, client: Client) -> None:
        message = await create(client, "fine")
        await report_by_strangers(client, message["id"], 6)
        decision = await keep(client, message["id"])
        assert await is_shown(client, message["id"])
        await undo(client, decision)
        assert not await is_shown(client, message["id"])
        assert await weight(client, message["id"]) == 3

    async def test_only_what_is_reported_can_be_kept(self, client: Client) -> None:
        message = await create(client, "fine")
        answer = await client.post(
            "/api/moderation.keep", json={"ids": [message["id"]]}, headers=SIGNED
        )
        assert (answer.status, (await answer.json())["error"]["code"]) == (409, "decided")


class TestUndo:
    """The undo of the decision by which a message waits for its reports."""

    @pytest.fixture
    async def waiting(self, client: Client, token: None) -> int:  # noqa: ARG002 -- comes first
        await moderate(client, "rule", mode="open", reports=1)
        message = await create(client, "rude words", key=KEY)
        await report_by_strangers(client, message["id"], 2)
        assert not await is_shown(client, message["id"])
        return int(message["id"])

    async def test_it_shows_the_message_again(self, client: Client, waiting: int) -> None:
        await undo(client, await newest_decision(client))
        assert await is_shown(client, waiting)

    async def test_it_does_not_show_what_the_author_wrote_meanwhile(
        self, client: Client, waiting: int
    ) -> None:
        decision = await newest_decision(client)
        await call(client, "edit", id=waiting, text="ruder words", key=KEY)
        await undo(client, decision)
        assert not await is_shown(client, waiting)

    async def test_it_does_not_show_what_waits_for_another_reason_after_it_was_kept(
        self, client: Client, waiting: int
    ) -> None:
        decision = await newest_decision(client)
        await keep(client, waiting)
        await moderate(client, "ban", id=waiting, days=1)
        await call(client, "edit", id=waiting, text="rude words", key=KEY, name="Somebody else")
        await undo(client, decision)
        assert not await is_shown(client, waiting)


async def newest_decision(client: Client) -> int:
    answer = await client.get("/api/moderation.log", params={"limit": 1}, headers=SIGNED)
    return int((await answer.json())["decisions"][0]["id"])


class TestDesk:
    @pytest.fixture(autouse=True)
    async def member(self, client: Client, address: Address) -> None:
        await sign_in(client, await make_code(address))

    async def test_the_team_keeps_a_reported_message_and_undoes_it(self, client: Client) -> None:
        message = await create(client, "fine")
        assert "Nothing is reported." in await page(client, "/owner/reported")
        await report(client, message["id"], KEY, words="I <b>mind</b>", reason="unlawful")
        await report(client, message["id"], OTHERS_KEY, 2, reason="unlawful")
        desk = await page(client, "/owner/reported")
        assert "fine" in desk
        assert "Urgent" in desk
        assert "2 reports" in desk
        assert "It breaks the law (2)" in desk
        assert "I &lt;b&gt;mind&lt;/b&gt;" in desk
        target = await self.decide(client, message["id"], "keep")
        desk = await page(client, target)
        assert "Kept 1 reported message" in desk
        assert "Nothing is reported." in desk
        number = target.rpartition("done=")[2]
        status, _ = await submit(client, "/owner/reported/undo", decision=number)
        assert status == 303
        assert "2 reports" in await page(client, "/owner/reported")

    async def test_what_waits_because_of_reports_says_so_and_can_be_removed(
        self, client: Client
    ) -> None:
        message = await create(client, "buy now")
        await report_by_strangers(client, message["id"], 6)
        assert "Visitors have reported it." in await page(client, "/owner")
        assert "Visitors do not see it now." in await page(client, "/owner/reported")
        log = await page(client, "/owner/log")
        assert "Let 1 reported message wait" in log
        assert "The wall itself" in log
        await self.decide(client, message["id"], "remove")
        assert await reported(client) == []
        assert "buy now" in await page(client, "/owner/removed")

    async def test_the_list_goes_on_where_a_page_ends(
        self, client: Client, address: Address
    ) -> None:
        await execute(
            address,
            "INSERT INTO message (text) SELECT 'text ' || n FROM generate_series(1, 51) AS n",
            "INSERT INTO report (message, reason, weight) SELECT id, 'spam', 0.5 FROM message",
        )
        desk = await page(client, "/owner/reported")
        found = re.search(r'href="(/owner/reported\?before=\d+)"', desk)
        assert found
        later = await page(client, found[1])
        numbers = [int(number) for number in re.findall(r"text (\d+)</p>", desk + later)]
        assert numbers == list(range(51, 0, -1))

    async def decide(self, client: Client, number: int, action: str) -> str:
        """Press a button of the card of a message. Returns where the answer leads to."""
        status, target = await submit(
            client, "/owner/reported/decide", action=action, oldest=f"{number}", newest=f"{number}"
        )
        assert status == 303, target
        return target
