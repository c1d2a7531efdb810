from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from stena.settings import Settings, Wall
from tests.patient import USED_UP
from tests.web.calls import (
    KEY,
    call,
    create,
    got,
    listed,
    page,
    refused,
    rendered,
    replies,
    submit,
    write,
)

if TYPE_CHECKING:
    from tests.conftest import Client
    from tests.patient import Limits


def texts(page: str) -> list[str]:
    """The texts of the cards of a page."""
    return re.findall(r'<p dir="auto">(.*?)</p>', rendered(page))


async def test_a_reply_stands_below_what_it_answers_and_not_in_the_list(client: Client) -> None:
    above = await create(client, "Question")
    reply = await create(client, "Answer", reply_to=above["id"])
    assert reply["reply_to"] == above["id"]
    assert await listed(client) == [{**above, "replies": 1}]
    assert await replies(client, above["id"]) == {"messages": [reply], "next": None}
    assert await got(client, reply["id"]) == reply
    for path in ("/", f"/m/{above['id']}"):
        assert texts(await page(client, path)) == ["Question", "Answer"]


async def test_a_reply_to_a_reply_stands_with_it(client: Client) -> None:
    above = (await create(client, "Question"))["id"]
    reply = (await create(client, "Answer", reply_to=above))["id"]
    deeper = await create(client, "And yet", reply_to=reply)
    assert deeper["reply_to"] == above
    found = await replies(client, above)
    assert [one["text"] for one in found["messages"]] == ["Answer", "And yet"]
    assert (await replies(client, reply))["messages"] == []
    answered = await got(client, above)
    assert answered is not None
    assert answered["replies"] == 2


async def test_a_reply_is_left_by_the_form_on_the_messages_page(client: Client) -> None:
    above = await write(client, "Question")
    form = await page(client, f"/m/{above}")
    assert f'name="reply_to" value="{above}"' in form
    found = re.search(r'name="nonce" value="(\S+)"', form)
    assert found
    fields = {"text": "Answer", "reply_to": str(above), "nonce": found[1]}
    status, location = await submit(client, "/messages", **fields)
    reply = int(location.rpartition("#m")[2])
    assert (status, location) == (303, f"/m/{above}#m{reply}")
    assert f'<article id="m{reply}"' in await page(client, location)
    # Its own page links back to it, and has no form, since a reply cannot be answered.
    own = await page(client, f"/m/{reply}")
    assert f'href="/m/{above}#m{reply}"' in own
    assert 'name="reply_to"' not in own


async def test_the_last_three_stand_on_the_wall_and_all_on_the_messages_page(
    client: Client,
) -> None:
    above = (await create(client, "Question"))["id"]
    for number in range(5):
        await create(client, f"answer {number}", reply_to=above)
    shown = await page(client)
    assert texts(shown) == ["Question", "answer 2", "answer 3", "answer 4"]
    assert "2 earlier replies" in shown
    own = await page(client, f"/m/{above}")
    assert texts(own) == ["Question", *(f"answer {number}" for number in range(5))]
    assert "earlier" not in own


async def test_what_is_more_than_fifty_is_behind_a_link_and_all_is_there_once(
    client: Client,
) -> None:
    above = (await create(client, "Question"))["id"]
    for number in range(53):
        await create(client, f"answer {number}", reply_to=above)
    first = await page(client, f"/m/{above}")
    more = re.search(r'href="(/m/\d+\?after=\d+)"', first)
    assert more
    second = await page(client, more[1])
    assert [*texts(first)[1:], *texts(second)[1:]] == [f"answer {n}" for n in range(53)]
    assert "?after=" not in second.partition("<main")[2]


async def test_replies_lead_from_the_oldest_to_the_newest_without_gaps(client: Client) -> None:
    above = (await create(client, "Question"))["id"]
    made = [(await create(client, f"{n}", reply_to=above))["id"] for n in range(7)]
    found: list[int] = []
    after = 0
    while True:
        stretch = await replies(client, above, limit=3, after=after)
        found += [one["id"] for one in stretch["messages"]]
        if stretch["next"] is None:
            break
        after = stretch["next"]
    assert found == made


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "field_missing"),
        ("?id=x", 400, "bad_number"),
        ("?id=1&after=-1", 400, "bad_number"),
        ("?id=1&limit=101", 400, "bad_number"),
        ("?id=999", 404, "not_found"),
    ],
)
async def test_replies_to_what_is_not_there_are_refused(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = await client.get(f"/api/messages.replies{query}")
    assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)


# -- at the same time


async def test_twenty_who_answer_at_once_are_all_counted(client: Client) -> None:
    above = (await create(client, "Question"))["id"]
    await asyncio.gather(*(create(client, f"{n}", reply_to=above) for n in range(20)))
    answered = await got(client, above)
    assert answered is not None
    assert answered["replies"] == 20
    assert len((await replies(client, above))["messages"]) == 20


async def test_the_same_reply_sent_twenty_times_is_counted_once(client: Client) -> None:
    above = (await create(client, "Question"))["id"]
    draft = {"text": "Answer", "reply_to": above, "nonce": "12345678"}
    answers = await asyncio.gather(*(create(client, **draft) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    answered = await got(client, above)
    assert answered is not None
    assert answered["replies"] == 1


async def test_a_reply_to_nothing_is_refused_and_what_was_sent_with_it_is_kept(
    client: Client,
) -> None:
    above = (await create(client, "Question"))["id"]
    deleted = (await create(client, "Regretted", key=KEY))["id"]
    await call(client, "delete", id=deleted, key=KEY)

    async def send(number: int) -> tuple[int, int]:
        to = (above, deleted, 999, None)[number % 4]
        fields = {"text": f"{number}", "reply_to": to}
        answer = await client.post("/api/messages.create", json=fields)
        return number % 4, answer.status

    # As many as share a commit.
    answers = await asyncio.gather(*(send(number) for number in range(40)))
    assert set(answers) == {(0, 201), (1, 404), (2, 404), (3, 201)}
    answer = await client.post("/api/messages.create", json={"text": "x", "reply_to": 999})
    assert (await answer.json())["error"]["field"] == "reply_to"
    assert len((await replies(client, above))["messages"]) == 10
    assert len(await listed(client)) == 11


@pytest.mark.parametrize("given", [0, -1, 2**63, "1", 1.5, True])
async def test_a_reply_to_what_is_no_number_is_refused(client: Client, given: object) -> None:
    assert await refused(client, "create", text="x", reply_to=given) == (400, "bad_number")


async def test_a_form_that_answers_no_number_is_refused(client: Client) -> None:
    for given in ("0", "x", "9" * 19, "9" * 30):
        assert (await submit(client, "/messages", text="x", reply_to=given))[0] == 400


# -- refused


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " \n "}, "Write a few words first."),
        ({"text": "kept", "name": "n" * 61}, "A name may have up to 60"),
        ({"text": "kept", "nonce": "!"}, "“nonce” must be"),
    ],
)
async def test_a_refused_reply_comes_back_below_its_message_with_what_was_typed(
    client: Client, fields: dict[str, str], sentence: str
) -> None:
    above = await write(client, "Question")
    status, form = await submit(client, "/messages", reply_to=str(above), **fields)
    assert status == 422
    assert form.count(sentence) == 1
    assert "\n" + fields["text"] + "</textarea>" in form
    assert f'value="{fields.get("name", "")}"' in form
    assert f'name="reply_to" value="{above}"' in form
    assert texts(form)[0] == "Question"
    assert (await replies(client, above))["messages"] == []


@pytest.mark.parametrize("text", ["kept", "x" * 4001])
async def test_a_reply_to_what_has_gone_comes_back_too(client: Client, text: str) -> None:
    status, form = await submit(client, "/messages", text=text, reply_to="999")
    assert status in {404, 422}
    assert f"\n{text}</textarea>" in form
    # When the message to answer is not there, the text may be posted as a message of its own.
    assert ('name="reply_to" value="999"' in form) == (status == 422)


class TestOneAMinute:
    @pytest.fixture
    def limits(self) -> Limits:
        return USED_UP

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(posts_per_minute=1))

    async def test_a_reply_that_has_to_wait_is_still_that_reply(self, client: Client) -> None:
        above = await write(client, "Question")
        status, form = await submit(client, "/messages", text="kept", reply_to=str(above))
        assert status == 429
        assert "\nkept</textarea>" in form
        assert f'name="reply_to" value="{above}"' in form
        assert await listed(client) != []
