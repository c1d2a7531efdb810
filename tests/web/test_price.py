"""While the brake asks for a price, newcomers pay in one of four ways; no draft is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.message import Draft
from stena.settings import Common, Settings, Wall
from stena.step import LIFE, SOLUTION_LIMIT, WAIT
from stena.store.database import Address
from stena.web.wire.rate_limit import EASY_STEPS, WAITED, WAITED_BY_ONE
from tests.calm import calm
from tests.conftest import Front
from tests.late import late
from tests.patient import USED_UP
from tests.web.calls import create, listed
from tests.web.paying import LOOPBACK, aged, asked, brake, number, payload, post, worked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Client
    from tests.patient import Limits

NONCE = "a-nonce-of-mine"
QUESTION, ANSWER = "How many windows has our house?", "Двенадцать  ½"


@pytest.fixture(autouse=True)
async def braked(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    await brake(address)
    # Several processes ask for all of it; the tests take longer then.
    monkeypatch.setattr("stena.web.wire.price.LEAST_WORK", 20_000)


def sent_by(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def texts(client: Client) -> list[str]:
    return [one["text"] for one in await listed(client)]


async def test_whoever_has_done_the_work_posts(client: Client) -> None:
    step = await asked(client, "hello")
    assert step["ways"] == ["work", "time", "look"]
    assert step["question"] is None
    status, body = await post(client, "hello", step=worked(step))
    assert (status, body["message"]["text"]) == (201, "hello")


@pytest.mark.parametrize("by_altcha", [False, True], ids=["as text", "as a client of ALTCHA"])
async def test_the_number_may_come_in_other_shapes(
    client: Client,
    by_altcha: bool,  # noqa: FBT001 -- a parameter
) -> None:
    step = await asked(client, "hello")
    work = step["work"]
    solution = payload(work) if by_altcha else str(number(work))
    taken = {"ticket": step["ticket"], "way": "work", "solution": solution}
    assert (await post(client, "hello", step=taken))[0] == 201


async def test_a_message_whose_author_lets_the_owner_look_waits(client: Client) -> None:
    step = await asked(client, "hello")
    status, body = await post(client, "hello", step={"ticket": step["ticket"], "way": "look"})
    assert (status, body["state"]) == (202, "waiting")
    assert await texts(client) == []


async def test_the_owner_may_look_also_after_the_ticket_has_expired(
    client: Client, address: Address
) -> None:
    old = await aged(address, LIFE + 1, Draft.of("hello", nonce=NONCE))
    step = {"ticket": old, "way": "look"}
    assert (await post(client, "hello", nonce=NONCE, step=step))[0] == 202


class TestTime:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    async def test_who_has_waited_posts_and_who_has_not_waits_on(
        self, client: Client, address: Address
    ) -> None:
        step = await asked(client, "hello", nonce=NONCE)
        assert 0 < step["wait_seconds"] <= WAIT
        taken = {"ticket": step["ticket"], "way": "time"}
        again = await asked(client, "hello", nonce=NONCE, step=taken)
        # The time goes on from the first try.
        assert again["ticket"] == step["ticket"]
        ticket = await aged(address, WAIT, Draft.of("hello", nonce=NONCE))
        taken = {"ticket": ticket, "way": "time"}
        assert (await post(client, "hello", nonce=NONCE, step=taken))[0] == 201

    async def test_few_messages_a_minute_are_paid_for_with_time_on_the_whole_wall(
        self, client: Client, address: Address
    ) -> None:
        # A slow machine is given some back meanwhile.
        accepted, step = await self.wait_for_each(client, address, lambda place: f"192.0.2.{place}")
        assert accepted >= WAITED
        assert 0 < step["wait_seconds"] <= 60 / WAITED + 1
        # Another way is open to them.
        headers, text = sent_by(f"192.0.2.{accepted}"), f"text {accepted}"
        assert (await post(client, text, nonce=NONCE, step=worked(step), headers=headers))[0] == 201

    async def test_one_address_gets_half_of_them(self, client: Client, address: Address) -> None:
        accepted, _ = await self.wait_for_each(client, address, lambda _: "192.0.2.1")
        assert WAITED_BY_ONE <= accepted < WAITED

    async def wait_for_each(
        self, client: Client, address: Address, host_of: Callable[[int], str]
    ) -> tuple[int, dict[str, Any]]:
        """How many messages are accepted of authors who have waited, and the step of the next."""
        for place in range(5 * WAITED):
            text, host = f"text {place}", host_of(place)
            ticket = await aged(address, WAIT, Draft.of(text, nonce=NONCE), host)
            step = {"ticket": ticket, "way": "time"}
            status, body = await post(client, text, nonce=NONCE, step=step, headers=sent_by(host))
            if status != 201:
                assert (status, body["error"]["step"]["ticket"]) == (428, ticket)
                return place, dict(body["error"]["step"])
        raise AssertionError("time has no limit")

    async def test_a_late_answer_of_the_database_makes_nobody_wait_longer(
        self, settings: Settings, address: Address, tmp_path: Path
    ) -> None:
        async with late(address.url, b"challenge_key", tmp_path) as url:
            front = Front(create_app(calm(settings), Address(url)))
            async with TestClient(front) as client:
                await asked(client, "hello", nonce=NONCE)
                ticket = await aged(address, WAIT, Draft.of("hello", nonce=NONCE))
                taken = {"ticket": ticket, "way": "time"}
                assert (await post(client, "hello", nonce=NONCE, step=taken))[0] == 201


class TestAQuestion:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(question=QUESTION, answer=ANSWER))

    async def test_who_knows_the_answer_posts(self, client: Client) -> None:
        step = await asked(client, "hello")
        assert step["question"] == QUESTION
        assert step["ways"] == ["work", "time", "question", "look"]
        taken = {"ticket": step["ticket"], "way": "question"}
        for wrong in ("twelve", "", None, 12, "двенадцать", "x" * SOLUTION_LIMIT * 9):
            again = await asked(client, "hello", step={**taken, "solution": wrong})
            assert again["ticket"] == step["ticket"]
        right = " дВЕНАДЦАТЬ 1\N{FRACTION SLASH}2 "
        assert (await post(client, "hello", step={**taken, "solution": right}))[0] == 201


async def test_without_a_question_no_answer_is_right(client: Client) -> None:
    step = await asked(client, "hello")
    for solution in ("", None, "x"):
        taken = {"ticket": step["ticket"], "way": "question", "solution": solution}
        await asked(client, "hello", step=taken)


@pytest.mark.parametrize("nonce", [NONCE, None], ids=["with a nonce", "without a nonce"])
async def test_a_step_that_is_sent_again_makes_the_same_message(
    client: Client, address: Address, nonce: str | None
) -> None:
    step = worked(await asked(client, "hello", nonce=nonce))
    answers = await asyncio.gather(
        *(post(client, "hello", nonce=nonce, step=step) for _ in range(5))
    )
    assert {status for status, _ in answers} == {201}
    assert len({body["message"]["id"] for _, body in answers}) == 1
    # The answer is the same when the brake is off, and when it asks for more.
    for level in (0, 2):
        await brake(address, level)
        status, body = await post(client, "hello", nonce=nonce, step=step)
        assert (status, body) == answers[0]
    assert await texts(client) == ["hello"]


async def test_an_edited_draft_needs_a_step_of_its_own(client: Client) -> None:
    step = worked(await asked(client, "hello", nonce=NONCE))
    fields: dict[str, Any] = {"nonce": NONCE, "step": step}
    for changed in (
        {"text": "Hello"},
        {"name": "Anna"},
        {"thread": "news"},
        {"nonce": NONCE + "2"},
    ):
        again = await asked(client, **({"text": "hello"} | fields | changed))
        assert again["ticket"] != step["ticket"]
    assert (await post(client, "hello", **fields))[0] == 201


async def test_a_draft_without_a_nonce_that_was_edited_can_be_paid_for(client: Client) -> None:
    step = worked(await asked(client, "hello"))
    again = worked(await asked(client, "Hello", step=step))
    assert (await post(client, "Hello", step=again))[0] == 201


async def test_a_reply_is_paid_for_too(client: Client, address: Address) -> None:
    await brake(address, 0)
    above = (await create(client, "above"))["id"]
    await brake(address)
    step = worked(await asked(client, "below", reply_to=above))
    await asked(client, "below", step=step)
    assert (await post(client, "below", reply_to=above, step=step))[0] == 201


async def test_an_old_ticket_is_no_payment(client: Client, address: Address) -> None:
    old = await aged(address, LIFE + 1, Draft.of("hello", nonce=NONCE))
    step = await asked(client, "hello", nonce=NONCE, step={"ticket": old, "way": "time"})
    assert step["ticket"] != old
    assert (await post(client, "hello", nonce=NONCE, step=worked(step)))[0] == 201


async def test_a_ticket_that_the_wall_has_not_sealed_is_no_payment(
    client: Client, address: Address
) -> None:
    ticket = await aged(address, WAIT, Draft.of("hello", nonce=NONCE))
    issued, most, nonce, seal = ticket.split(".")
    forged = (
        "",
        "x",
        "\0",
        "é" * 9,
        "." * 3,
        ticket[:-1],
        f"{ticket}\n",
        f"{issued}.{most}.{nonce}.{'A' * 43}",
        f"{int(issued) - 1}.{most}.{nonce}.{seal}",
        f"{issued}.1.{nonce}.{seal}",
        f"{issued}.{most}.{'x' * 16}.{seal}",
        ticket.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        "9" * 9000,
    )
    for one in forged:
        for way in ("time", "work", "question"):
            taken = {"ticket": one, "way": way, "solution": 0}
            step = await asked(client, "hello", nonce=NONCE, step=taken)
            assert step["ticket"] != one
    assert await texts(client) == []


@pytest.mark.parametrize(
    "wrong",
    [-1, 10**9, 10**300, "", "x", "9" * 500, "e30=", "W10=", "bnVsbA==", "eyJudW1iZXIiOltdfQ==",
     "W1tb" * 150, "\ufeff", None],
)  # fmt: skip
async def test_a_wrong_number_leaves_the_ticket_as_it_is(client: Client, wrong: object) -> None:
    step = await asked(client, "hello", nonce=NONCE)
    taken = {"ticket": step["ticket"], "way": "work", "solution": wrong}
    assert (await asked(client, "hello", nonce=NONCE, step=taken))["ticket"] == step["ticket"]
    assert (await post(client, "hello", nonce=NONCE, step=worked(step)))[0] == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        "ticket",
        {"ticket": "x"},
        {"way": "look"},
        {"ticket": "x", "way": "money"},
        {"ticket": 1, "way": "time"},
        {"ticket": "x", "way": "work", "solution": {}},
        {"ticket": "x", "way": "work", "solution": 1.5},
    ],
)
async def test_a_step_of_other_types_is_refused(client: Client, wrong: object) -> None:
    status, body = await post(client, "hello", step=wrong)
    assert (status, body["error"]["code"], body["error"]["field"]) == (400, "bad_step", "step")


class TestAddresses:
    @pytest.fixture
    def limits(self) -> Limits:
        return USED_UP

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    @pytest.mark.parametrize(
        ("other", "status"),
        [("2001:db8::1:2", 201), ("2001:db8:0:1::1", 428), (LOOPBACK, 428)],
        ids=["the same network", "another network", "another address"],
    )
    async def test_a_ticket_holds_for_the_network_of_its_client(
        self, client: Client, other: str, status: int
    ) -> None:
        step = await asked(client, "hello", nonce=NONCE, headers=sent_by("2001:db8::1"))
        fields = {"nonce": NONCE, "step": worked(step), "headers": sent_by(other)}
        assert (await post(client, "hello", **fields))[0] == status  # type: ignore[arg-type]

    async def test_the_work_is_harder_for_each_message_of_one_address(self, client: Client) -> None:
        async def most(place: int, host: str) -> int:
            step = await asked(client, f"text {place}", headers=sent_by(host))
            return int(step["work"]["maxnumber"])

        of_one = [await most(place, "192.0.2.1") for place in range(4 * EASY_STEPS)]
        assert of_one[1] > of_one[0] * 1.5
        assert max(of_one) == of_one[-1] == 2 * EASY_STEPS * await most(0, "192.0.2.2")


async def test_a_ticket_of_one_process_holds_for_another(client: Client, other: Client) -> None:
    step = await asked(client, "hello", nonce=NONCE)
    # It finds the ticket genuine, and so asks for no other one.
    taken = {"ticket": step["ticket"], "way": "time"}
    assert (await asked(other, "hello", nonce=NONCE, step=taken))["ticket"] == step["ticket"]
    assert (await post(other, "hello", nonce=NONCE, step=worked(step)))[0] == 201


async def test_several_drafts_at_once_are_each_paid_for(client: Client) -> None:
    steps = [worked(await asked(client, f"text {place}")) for place in range(3)]
    # The last two come with the step of another draft.
    steps += [steps[0], steps[1]]
    answers = await asyncio.gather(
        *(post(client, f"text {place}", step=step) for place, step in enumerate(steps))
    )
    assert [status for status, _ in answers] == [201, 201, 201, 428, 428]
    assert sorted(await texts(client)) == ["text 0", "text 1", "text 2"]


async def test_a_step_that_nobody_has_asked_for_changes_nothing(
    client: Client, address: Address
) -> None:
    await brake(address, 0)
    for way in ("work", "time", "question", "look"):
        status, _ = await post(client, way, step={"ticket": "x", "way": way})
        assert status == 201
