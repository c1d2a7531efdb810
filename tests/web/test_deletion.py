from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from stena.message import digest
from tests.article.database import rows
from tests.web.calls import (
    KEY,
    OTHERS_KEY,
    call,
    create,
    got,
    listed,
    page,
    private_link,
    refused,
    rendered,
    replies,
    submit,
    write,
)

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

WORDLESS = "The author deleted this message."


async def everything(address: Address) -> str:
    """All columns of all rows of all tables; bytes as hexadecimal."""
    tables = await rows(
        address.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    assert {"message", "reaction"} <= {table[0] for table in tables}
    found = [
        await rows(address.url, f"SELECT to_jsonb(found)::text FROM {table[0]} AS found")  # noqa: S608 -- its own name
        for table in tables
    ]
    return "\n".join(row[0] for table in found for row in table)


async def test_whoever_left_a_message_takes_it_down_by_form(client: Client) -> None:
    number = await write(client, "Regretted")
    await write(client, "Not regretted")
    form = await page(client, f"/m/{number}/edit")
    assert f'action="/m/{number}/delete"' in form
    assert await submit(client, f"/m/{number}/delete") == (303, "/")
    assert await got(client, number) is None
    await page(client, f"/m/{number}", status=404)
    assert "Regretted" not in await page(client)
    assert [one["text"] for one in await listed(client)] == ["Not regretted"]


async def test_a_program_takes_its_message_down_with_its_key(client: Client) -> None:
    number = (await create(client, "Regretted", key=KEY))["id"]
    assert await call(client, "delete", id=number, key=KEY) == {"deleted": number}
    assert await got(client, number) is None
    assert await listed(client) == []


async def test_what_is_down_cannot_be_changed_nor_taken_down_again(client: Client) -> None:
    for answered in (False, True):
        number = (await create(client, "Regretted", key=KEY))["id"]
        if answered:
            await create(client, "reply", reply_to=number)
        await call(client, "delete", id=number, key=KEY)
        for method, fields in (
            ("delete", {}),
            ("edit", {"text": "Back again"}),
            ("react", {"kind": "love"}),
            ("react", {"kind": "love", "on": False}),
        ):
            answer = await refused(client, method, id=number, key=KEY, **fields)
            assert answer == (404, "not_found")
        assert (await submit(client, f"/m/{number}/delete"))[0] == 404
        await page(client, f"/m/{number}/edit", status=404)


async def test_nothing_of_it_is_left_in_any_column_of_any_table(
    client: Client, address: Address
) -> None:
    for answered in (False, True):
        number = await write(client, "Secret words", name="Secret name")
        link = private_link(await page(client))
        assert link is not None
        mine = client.session.cookie_jar.filter_cookies(client.make_url("/"))["key"].value
        await call(client, "edit", id=number, key=mine, text="Secret words again", name="Secret 2")
        await call(client, "react", id=number, kind="sad", key=OTHERS_KEY)
        if answered:
            await create(client, "A reply stays", reply_to=number)
        # A search indexes the words.
        await client.get("/api/messages.search", params={"q": "secret"})
        keys = [mine, link.rpartition("#")[2], OTHERS_KEY]
        traces = ["Secret", "'secret'", *(digest(key).hex() for key in keys)]
        before = await everything(address)
        assert [trace for trace in traces if trace not in before] == []
        await submit(client, f"/m/{number}/delete")
        after = await everything(address)
        assert [trace for trace in traces if trace in after] == []
        assert await rows(address.url, "SELECT 1 FROM reaction") == []
        look = f"SELECT reactions, edited FROM message WHERE id = {number}"  # noqa: S608 -- a number
        assert [tuple(row) for row in await rows(address.url, look)] == [([0] * 5, None)]


async def test_a_message_with_replies_stays_without_words_and_goes_with_its_last_reply(
    client: Client,
) -> None:
    number = (await create(client, "Regretted", name="Anna", key=KEY))["id"]
    answers = [(await create(client, f"{n}", reply_to=number, key=KEY))["id"] for n in range(2)]
    await call(client, "delete", id=number, key=KEY)
    left = await got(client, number)
    assert left is not None
    assert (left["text"], left["name"], left["hue"]) == ("", None, None)
    assert (left["deleted"], left["replies"]) == (True, 2)
    assert await listed(client) == [left]
    for path in ("/", f"/m/{number}"):
        shown = await page(client, path)
        assert rendered(shown).count(WORDLESS) == 1
        assert "Regretted" not in shown
        assert "Anna" not in shown
    await call(client, "delete", id=answers[0], key=KEY)
    assert [one["id"] for one in await listed(client)] == [number]
    await call(client, "delete", id=answers[1], key=KEY)
    assert await listed(client) == []
    assert await got(client, number) is None


async def test_a_reply_that_goes_leaves_its_neighbours_and_is_not_counted(client: Client) -> None:
    number = (await create(client, "Answered"))["id"]
    one = (await create(client, "one", reply_to=number, key=KEY))["id"]
    two = await create(client, "two", reply_to=number)
    await call(client, "delete", id=one, key=KEY)
    assert (await replies(client, number))["messages"] == [two]
    answered = await got(client, number)
    assert answered is not None
    assert answered["replies"] == 1


async def test_a_reply_taken_down_by_form_leads_to_what_it_answered(client: Client) -> None:
    number = await write(client, "Answered")
    reply = await write(client, "Regretted", reply_to=str(number))
    assert await submit(client, f"/m/{reply}/delete") == (303, f"/m/{number}")


# -- once is once


async def test_the_same_draft_sent_again_finds_its_message_as_it_is_now(client: Client) -> None:
    draft = {"text": "First words", "nonce": "12345678", "key": KEY}
    number = (await create(client, **draft))["id"]
    changed = await call(client, "edit", id=number, key=KEY, text="Other words")
    assert await create(client, **draft) == changed["message"]
    await call(client, "delete", id=number, key=KEY)
    again = await create(client, **draft)
    assert (again["id"], again["text"], again["deleted"]) == (number, "", True)
    assert await listed(client) == []


async def test_a_form_sent_again_shows_no_second_private_link(client: Client) -> None:
    fields = {"text": "Mine", "nonce": "nonce-of-mine"}
    number = await write(client, **fields)
    link = private_link(await page(client))
    assert link is not None
    assert await write(client, **fields) == number
    assert private_link(await page(client)) is None
    await page(client, link)
    await submit(client, f"/m/{number}/delete")
    assert await write(client, **fields) == number
    assert private_link(await page(client)) is None
    assert "Mine" not in await page(client)


# -- at the same time


async def test_whatever_happens_at_once_the_counts_are_those_of_the_rows(
    client: Client, address: Address
) -> None:
    rng = random.Random(11)  # noqa: S311 -- the same order in each run
    messages = [(await create(client, f"{number}", key=KEY))["id"] for number in range(8)]
    answered = {
        number: [
            (await create(client, f"{number}.{n}", reply_to=number, key=KEY))["id"]
            for n in range(2)
        ]
        for number in messages
    }
    acts = [
        act
        for number in messages
        for act in (
            *(("create", {"text": f"{number}/{n}", "reply_to": number}) for n in range(3)),
            ("create", {"text": f"{number}/r", "reply_to": answered[number][0]}),
            *(("react", {"id": number, "kind": "love", "key": f"{KEY}-{n}"}) for n in range(3)),
            ("react", {"id": number, "kind": "love", "key": f"{KEY}-0", "on": False}),
            ("react", {"id": answered[number][1], "kind": "wow", "key": KEY}),
            ("delete", {"id": number, "key": KEY}),
            *(("delete", {"id": reply, "key": KEY}) for reply in answered[number]),
        )
    ]
    rng.shuffle(acts)

    async def do(method: str, fields: dict[str, object]) -> int:
        return (await client.post(f"/api/messages.{method}", json=fields)).status

    assert set(await asyncio.gather(*(do(*act) for act in acts))) <= {200, 201, 404}
    await consistent(address)


async def consistent(address: Address) -> None:
    counted = await rows(
        address.url,
        """
        SELECT id, state, gone, replies, reactions, text,
            (SELECT count(*) FROM message AS reply
             WHERE reply.parent = message.id AND reply.state = 'visible') AS there,
            ARRAY(SELECT (SELECT count(*)::int FROM reaction
                          WHERE reaction.message = message.id AND reaction.kind = number)
                  FROM generate_series(1, 5) AS number ORDER BY number) AS given
        FROM message
        """,
    )
    for row in counted:
        assert (row["replies"], row["reactions"]) == (row["there"], row["given"]), row
        if row["gone"]:
            assert row["text"] == ""
            assert sum(row["given"]) == 0
            assert row["state"] == ("visible" if row["replies"] else "deleted")
