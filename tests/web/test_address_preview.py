"""Before an address or a network is banned, the team sees who else writes from there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from stena.store.reach import FEWEST_BROWSERS
from tests.owner import device, execute, make_code, rows, sign_in
from tests.web.calls import KEY, OTHERS_KEY, listed, page, submit
from tests.web.flooding import known
from tests.web.moderating import SIGNED, make_token
from tests.web.places import (
    BEHIND_A_PROXY,
    ELSEWHERE,
    NEIGHBOUR,
    SPAMMER,
    at,
    ban,
    send,
    status_of,
    wrote,
)

if TYPE_CHECKING:
    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

BANS = "SELECT kind, days, refuses FROM ban"
NOBODY = {"messages": 0, "browsers": 0, "known": 0, "newest": [], "is_own": False}


@pytest.fixture
def settings() -> Settings:
    return BEHIND_A_PROXY


@pytest.fixture(autouse=True)
async def token(address: Address) -> None:
    await make_token(address)


def group(number: int, **fields: str) -> dict[str, str]:
    return {"oldest": str(number), "newest": str(number), "days": "1", **fields}


def preview(number: int, name: str = "wall") -> str:
    return f"/owner/{name}/ban?oldest={number}&newest={number}"


def plain(shown: str) -> str:
    return re.sub(r"\s+", " ", shown)


async def reach(client: Client, message: int, target: str, **headers: str) -> dict[str, Any]:
    sent = {"id": message, "days": 1, "target": target, "dry_run": True}
    answer = await client.post("/api/moderation.ban", json=sent, headers=SIGNED | headers)
    assert answer.status == 200, await answer.text()
    return dict((await answer.json())["dry_run"])


async def write_from_a_school(client: Client) -> int:
    """A spammer among pupils, of whom one is known. Returns the id of the spam."""
    await known(client, OTHERS_KEY)
    await wrote(client, SPAMMER, "homework", key=OTHERS_KEY)
    await wrote(client, SPAMMER, "lunch", key=f"{KEY}-pupil")
    await wrote(client, SPAMMER, "lunch again", key=f"{KEY}-pupil")
    await wrote(client, NEIGHBOUR, "football", key=f"{KEY}-neighbour")
    await wrote(client, ELSEWHERE, "good morning", key=f"{KEY}-elsewhere")
    await wrote(client, SPAMMER, "pills", key=KEY)
    return await wrote(client, SPAMMER, "more pills", key=KEY)


async def test_a_program_sees_who_else_writes_from_there_and_bans_nobody(
    client: Client, address: Address
) -> None:
    spam = await write_from_a_school(client)
    found = await reach(client, spam, "address")
    assert [one["text"] for one in found.pop("newest")] == ["lunch again", "lunch", "homework"]
    [week] = await rows(address, "SELECT date_trunc('week', now() AT TIME ZONE 'UTC')::date AS day")
    assert found.pop("since") == f"{week['day']}"
    assert found == {
        "messages": 3,
        "browsers": 2,
        "known": 1,
        "is_own": False,
        "is_everyone": False,
    }
    around = await reach(client, spam, "network")
    assert (around["messages"], around["browsers"], around["known"]) == (4, 3, 1)
    assert (await reach(client, spam, "address", **at(SPAMMER)))["is_own"] is True
    assert (await reach(client, spam, "network", **at(NEIGHBOUR)))["is_own"] is True
    assert await rows(address, BANS) == []


async def test_messages_that_wait_or_were_removed_count_and_deleted_ones_do_not(
    client: Client,
) -> None:
    spam = await wrote(client, SPAMMER, "pills", key=KEY)
    first, second = [
        await wrote(client, SPAMMER, text, key=f"{KEY}-{text}") for text in ("first", "second")
    ]
    sent = {"ids": [first], "spam": True}
    await client.post("/api/moderation.remove", json=sent, headers=SIGNED)
    gone = {"id": second, "key": f"{KEY}-second"}
    assert (await client.post("/api/messages.delete", json=gone)).status == 200
    found = await reach(client, spam, "address")
    assert (found["messages"], found["newest"]) == (1, [{"id": first, "text": "first"}])


async def test_the_page_says_it_in_words_and_bans(client: Client, address: Address) -> None:
    spam = await write_from_a_school(client)
    await sign_in(client, await make_code(address))
    (link,) = set(
        re.findall(
            rf'href="(/owner/wall/ban\?[^"]*newest={spam})"', await page(client, "/owner/wall")
        )
    )
    shown = plain(await page(client, link.replace("&amp;", "&")))
    assert "2 other browsers wrote from there. You know 1 of them" in shown
    assert "3 other browsers wrote from there. You know 1 of them" in shown
    assert "lunch again" in shown
    assert "All visitors seem" not in shown
    assert "You write from there yourself" not in shown
    status, target = await submit(
        client, "/owner/wall/ban", **group(spam, target="network", days="30", spam="1")
    )
    assert status == 303, target
    done = await page(client, target)
    assert "Banned a network for 30 days" in done
    assert "Removed 1 message as spam" in done
    assert "more pills" not in [one["text"] for one in await listed(client)]
    listed_bans = await page(client, "/owner/bans")
    assert "more pills" in listed_bans
    assert "The network from which it came" in listed_bans
    assert await rows(address, BANS) == [{"kind": "network", "days": 30, "refuses": False}]
    assert await status_of(client, NEIGHBOUR) == 202


async def test_a_member_who_writes_from_there_has_to_confirm(
    client: Client, address: Address
) -> None:
    spam = await wrote(client, SPAMMER, "pills", key=KEY)
    await sign_in(client, await make_code(address))
    headers = at(NEIGHBOUR)
    shown = await (await client.get(preview(spam), headers=headers)).text()
    assert shown.count("You write from there yourself") == 1
    assert plain(shown).count("Nobody else wrote from there in the week from") == 2
    sent = group(spam, target="network", refuses="1")
    answer = await client.post("/owner/wall/ban", data=sent, headers=headers)
    again = await answer.text()
    assert answer.status == 422
    assert "You write from there yourself. Tick the box" in again
    assert 'name="refuses" value="1" checked' in again
    assert await rows(address, BANS) == []
    # The address is another one.
    other = group(spam, target="address")
    answer = await client.post(
        "/owner/wall/ban", data=other, headers=headers, allow_redirects=False
    )
    assert answer.status == 303
    answer = await client.post(
        "/owner/wall/ban", data={**sent, "sure": "1"}, headers=headers, allow_redirects=False
    )
    assert answer.status == 303
    assert len(await rows(address, BANS)) == 2


async def test_a_program_that_calls_from_there_has_to_be_sure(client: Client) -> None:
    spam = await wrote(client, SPAMMER, "pills")
    headers = SIGNED | at(SPAMMER)
    sent = {"id": spam, "days": 1, "target": "address"}
    answer = await client.post("/api/moderation.ban", json=sent, headers=headers)
    assert (answer.status, (await answer.json())["error"]["code"]) == (422, "own_address")
    answer = await client.post("/api/moderation.ban", json={**sent, "sure": True}, headers=headers)
    assert answer.status == 200


class TestWithoutProxies:
    @pytest.fixture
    def settings(self) -> Settings:
        """A wall behind a proxy of which it does not know."""
        return BEHIND_A_PROXY.model_copy(
            update={"common": BEHIND_A_PROXY.common.model_copy(update={"proxies": 0})}
        )

    async def test_the_page_warns_if_all_visitors_seem_to_have_one_address(
        self, client: Client, address: Address
    ) -> None:
        await sign_in(client, await make_code(address))
        for number in range(FEWEST_BROWSERS):
            last = await wrote(client, f"192.0.2.{number}", "hello", key=f"{KEY}-{number}")
            warns = "All visitors seem to come from this address" in await page(
                client, preview(last)
            )
            assert warns == (number == FEWEST_BROWSERS - 1)
        assert (await reach(client, last, "address"))["is_everyone"] is True


async def test_a_moderator_bans_an_address_for_a_day_and_no_network(
    client: Client, address: Address
) -> None:
    spam = await wrote(client, SPAMMER, "pills", key=KEY)
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        shown = await page(phone, preview(spam))
        assert "Only an owner bans a network" in shown
        assert "7 days" not in shown
        assert "refuses" not in shown
        for terms in (
            {"target": "network"},
            {"target": "address", "days": "7"},
            {"target": "address", "refuses": "1"},
        ):
            assert (await submit(phone, "/owner/wall/ban", **group(spam, **terms)))[0] == 403
        assert (await submit(phone, "/owner/wall/ban", **group(spam, target="address")))[0] == 303
        [own] = await rows(address, "SELECT id FROM ban")
        assert (await submit(phone, f"/owner/bans/{own['id']}/lift"))[0] == 303
        made = await ban(client, spam, "network")
        [one] = await rows(address, "SELECT id FROM ban")
        assert "Lift the ban" not in await page(phone, "/owner/bans")
        assert (await submit(phone, f"/owner/bans/{one['id']}/lift"))[0] == 403
        undone = str(made["decision"]["id"])
        assert (await submit(phone, "/owner/log/undo", decision=undone))[0] == 403
    assert len(await rows(address, BANS)) == 1


async def test_where_a_message_came_from_may_be_unknown(client: Client, address: Address) -> None:
    spam = await wrote(client, SPAMMER, "pills")
    await sign_in(client, await make_code(address))
    # As a message from before the release that keeps it.
    await execute(address, "DELETE FROM source")
    assert "The wall does not know where this" in await page(client, preview(spam))
    status, again = await submit(client, "/owner/wall/ban", **group(spam, target="address"))
    assert (status, "there is nothing to ban" in again) == (409, True)
    for sent in ({"target": "address"}, {"target": "network", "dry_run": True}):
        answer = await client.post(
            "/api/moderation.ban", json={"id": spam, "days": 1, **sent}, headers=SIGNED
        )
        assert (answer.status, (await answer.json())["error"]["code"]) == (409, "no_address")


async def test_what_cannot_be_banned_is_refused(client: Client, address: Address) -> None:
    spam = await wrote(client, SPAMMER, "pills", key=KEY)
    for sent in ({"target": "planet"}, {"dry_run": True}):
        answer = await client.post(
            "/api/moderation.ban", json={"id": spam, "days": 1, **sent}, headers=SIGNED
        )
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "bad_target")
    await sign_in(client, await make_code(address))
    assert (await submit(client, "/owner/wall/ban", **group(spam, target="planet")))[0] == 400
    assert (await client.get("/owner/wall/ban")).status == 404
    assert (await send(client, SPAMMER, "hello"))[0] == 201
