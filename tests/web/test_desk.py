"""The desk of the team: what waits, what is on the wall, what was removed, the log, the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import KEY, OTHERS_KEY, create, got, listed, page, refused, submit
from tests.web.events import listening

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking

CARD = re.compile(r'<li class="note group">.*?</li>\s*(?=<li class="note group">|</ul>)', re.DOTALL)
RANGE = re.compile(
    r'name="oldest" value="(\d+)">\s*<input type="hidden" name="newest" value="(\d+)"'
)


@pytest.fixture(autouse=True)
async def member(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))


async def let_wait(client: Client, mode: str = "all") -> None:
    assert (await submit(client, "/owner/rules", mode=mode))[0] == 303


async def wait(client: Client, text: str, **fields: object) -> int:
    """A visitor posts a message that waits. Returns its id."""
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    assert answer.status == 202, await answer.text()
    return int((await answer.json())["message"]["id"])


async def cards(asking: Asking, path: str = "/owner") -> list[str]:
    return CARD.findall(await page(asking, path))


async def decide(asking: Asking, action: str, card: str, name: str = "waiting") -> str:
    """Press a button of a card. Returns the address that the answer leads to."""
    found = RANGE.search(card)
    assert found
    status, target = await submit(
        asking, f"/owner/{name}/decide", action=action, oldest=found[1], newest=found[2]
    )
    assert status == 303, target
    return target


def decision(target: str) -> str:
    return target.rpartition("done=")[2]


async def test_messages_of_one_browser_are_one_card(client: Client) -> None:
    await let_wait(client)
    for number in range(5):
        await wait(client, f"spam {number}", key=KEY)
    await wait(client, "hello", key=OTHERS_KEY)
    await wait(client, "spam 5", key=KEY)
    for number in range(2):
        await wait(client, f"without a key {number}")
    without, also_without, spam, hello = await cards(client)
    assert "without a key 1" in without
    assert "without a key 0" in also_without
    assert "hello" in hello
    assert "6 messages of one browser" in spam
    assert [n for n in range(6) if f"spam {n}</p>" in spam] == [3, 4, 5]
    assert '<span class="number">9</span>' in await page(client, "/owner")
    # Its ids are on both sides of another browser's message.
    await decide(client, "remove", spam)
    assert await cards(client) == [without, also_without, hello]


async def test_a_card_says_who_wrote_where_and_why_it_waits(client: Client) -> None:
    talk = await create(client, "talk", thread="news/1")
    assert (await submit(client, "/owner/rules/threads", thread="news/1", mode="first"))[0] == 303
    await wait(client, "*hello* https://spam.example/", name="Ann", reply_to=talk["id"])
    (card,) = await cards(client)
    assert '<bdi class="name">Ann</bdi>' in card
    assert "news/1</a>" in card
    assert f'<a href="/m/{talk["id"]}">a reply</a>' in card
    assert "<em>hello</em>" in card
    assert "Nothing of this browser was approved yet" in card
    assert "https://spam.example/" in card
    assert 'href="https://spam.example/' not in card


async def test_one_tap_decides_about_a_thousand_messages_and_readers_see_it(
    client: Client, address: Address
) -> None:
    kept = await create(client, "of somebody else", key=OTHERS_KEY)
    await create(client, "spam", key=KEY)
    await execute(
        address,
        """
        INSERT INTO message (text, author)
        SELECT 'spam ' || n, author FROM message, generate_series(1, 999) AS n WHERE text = 'spam'
        """,
    )
    spam, _ = await cards(client, "/owner/wall")
    assert "1000 messages of one browser" in spam
    async with listening(client) as events:
        target = await decide(client, "remove", spam, "wall")
        assert (await events.next()).kind in {"removed", "reset"}
    assert [one["id"] for one in await listed(client, limit=100)] == [kept["id"]]
    assert "Removed 1000 messages" in await page(client, target)
    status, target = await submit(client, "/owner/wall/undo", decision=decision(target))
    assert status == 303
    assert "Undone" in await page(client, target)
    assert len(await listed(client, limit=100)) == 100


async def test_what_arrives_while_the_owner_looks_is_not_decided_about(client: Client) -> None:
    await let_wait(client)
    await wait(client, "seen", key=KEY)
    (card,) = await cards(client)
    later = await wait(client, "posted meanwhile", key=KEY)
    await decide(client, "approve", card)
    assert [one["text"] for one in await listed(client)] == ["seen"]
    assert await got(client, later) is None
    assert "posted meanwhile" in (await cards(client))[0]


async def test_a_decision_about_what_waits_leaves_what_readers_see(client: Client) -> None:
    await let_wait(client)
    await wait(client, "first", key=KEY)
    second = str(await wait(client, "second", key=KEY))
    one = {"action": "approve", "oldest": second, "newest": second}
    assert (await submit(client, "/owner/waiting/decide", **one))[0] == 303
    await wait(client, "third", key=KEY)
    (card,) = await cards(client)
    assert "2 messages of one browser" in card
    await decide(client, "remove", card)
    assert await cards(client) == []
    assert [one["text"] for one in await listed(client)] == ["second"]


async def test_what_was_approved_is_shown_and_waits_again_after_undo(client: Client) -> None:
    await let_wait(client)
    await wait(client, "let me in", key=KEY)
    target = await decide(client, "approve", (await cards(client))[0])
    shown = await page(client, target)
    assert "Approved 1 message" in shown
    assert "Nothing waits for you." in shown
    assert [one["text"] for one in await listed(client)] == ["let me in"]
    # Twice: a second tap finds it done.
    for _ in range(2):
        status, target = await submit(client, "/owner/waiting/undo", decision=decision(target))
        assert status == 303
        assert "Undone" in await page(client, target)
    assert await listed(client) == []
    assert "let me in" in (await cards(client))[0]


async def test_what_was_removed_is_put_back_from_its_list(client: Client) -> None:
    message = await create(client, "rude words", key=KEY)
    await decide(client, "remove", (await cards(client, "/owner/wall"))[0], "wall")
    assert await cards(client, "/owner/wall") == []
    (card,) = await cards(client, "/owner/removed")
    assert "rude words" in card
    target = await decide(client, "restore", card, "removed")
    assert "Put 1 message back" in await page(client, target)
    assert await got(client, message["id"]) == message
    assert await cards(client, "/owner/removed") == []


async def test_what_waited_and_was_removed_is_in_the_list_of_the_removed(client: Client) -> None:
    await let_wait(client)
    await wait(client, "rude words", key=KEY)
    target = await decide(client, "remove", (await cards(client))[0])
    assert await cards(client) == []
    assert "rude words" in (await cards(client, "/owner/removed"))[0]
    await submit(client, "/owner/waiting/undo", decision=decision(target))
    assert "rude words" in (await cards(client))[0]
    assert await cards(client, "/owner/removed") == []


async def test_a_removed_message_with_replies_is_in_its_list(client: Client) -> None:
    above = await create(client, "rude words", key=KEY)
    await create(client, "an answer", reply_to=above["id"], key=OTHERS_KEY)
    _, card = await cards(client, "/owner/wall")
    await decide(client, "remove", card, "wall")
    assert "rude words" in (await cards(client, "/owner/removed"))[0]
    assert "rude words" not in await page(client, "/owner/wall")


async def test_a_whole_conversation_is_removed_and_comes_back(client: Client) -> None:
    above = await create(client, "above", key=KEY)
    await create(client, "other", key=OTHERS_KEY)
    for number in range(3):
        await create(client, f"below {number}", reply_to=above["id"])
    *_, card = await cards(client, "/owner/wall")
    assert "Remove it with 3 replies" in card
    target = await decide(client, "conversation", card, "wall")
    assert "Removed 4 messages" in await page(client, target)
    assert [one["text"] for one in await listed(client)] == ["other"]
    await submit(client, "/owner/wall/undo", decision=decision(target))
    assert (await got(client, above["id"]) or {})["replies"] == 3


async def test_a_browser_whose_message_is_spam_is_known_no_longer(client: Client) -> None:
    await let_wait(client, "first")
    await wait(client, "first", key=KEY)
    await decide(client, "approve", (await cards(client))[0])
    await create(client, "second", key=KEY)
    card, *_ = await cards(client, "/owner/wall")
    await decide(client, "reject", card, "wall")
    await wait(client, "third", key=KEY)


async def test_a_group_is_opened_and_decided_about_one_by_one(client: Client) -> None:
    await let_wait(client)
    for number in range(5):
        await wait(client, f"words {number}", key=KEY)
    await wait(client, "of another one", key=OTHERS_KEY)
    _, card = await cards(client)
    link = re.search(r'href="(/owner\?oldest=\d+&amp;newest=\d+)">All of them', card)
    assert link
    opened = link[1].replace("&amp;", "&")
    found = await cards(client, opened)
    assert [one for n in range(5) for one in found if f"words {n}" in one] == found[::-1]
    status, target = await submit(
        client,
        f"/owner/waiting/decide?{opened.partition('?')[2]}",
        action="approve",
        **dict(zip(("oldest", "newest"), RANGE.findall(found[1])[0], strict=True)),
    )
    assert status == 303
    assert target.startswith(opened)
    assert [one["text"] for one in await listed(client)] == ["words 3"]
    assert len(await cards(client, target)) == 4


async def test_of_two_members_who_decide_the_second_learns_of_the_first(
    client: Client, address: Address
) -> None:
    await let_wait(client)
    await wait(client, "let me in")
    (card,) = await cards(client)
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        await decide(phone, "approve", card)
    found = RANGE.search(card)
    assert found
    status, shown = await submit(
        client, "/owner/waiting/decide", action="remove", oldest=found[1], newest=found[2]
    )
    assert status == 409
    assert "That has been decided already" in shown
    assert re.search(r"<bdi>Anna</bdi>: Approved 1 message", shown)
    assert 'id="desk"' in shown
    assert [one["text"] for one in await listed(client)] == ["let me in"]


async def test_the_log_says_who_decided_what_and_undoes_it(
    client: Client, address: Address
) -> None:
    await create(client, "rude words")
    async with device(client) as phone:
        await sign_in(phone, await make_code(address, "Anna", "moderator"))
        target = await decide(phone, "remove", (await cards(phone, "/owner/wall"))[0], "wall")
    shown = await page(client, "/owner/log")
    assert "Removed 1 message" in shown
    assert "rude words" in shown
    assert "<bdi>Anna</bdi>" in shown
    status, target = await submit(client, "/owner/log/undo", decision=decision(target))
    assert (status, target.partition("?")[0]) == (303, "/owner/log")
    shown = await page(client, "/owner/log")
    assert "<em>undone</em>" in shown
    assert ">Undo</button>" not in shown
    assert [one["text"] for one in await listed(client)] == ["rude words"]


async def test_an_old_decision_is_undone_from_the_log_alone_and_a_very_old_one_not_at_all(
    client: Client, address: Address
) -> None:
    await create(client, "rude words")
    target = await decide(client, "remove", (await cards(client, "/owner/wall"))[0], "wall")
    await execute(address, "UPDATE decision SET made = made - interval '11 minutes'")
    assert ">Undo</button>" not in await page(client, target)
    assert ">Undo</button>" in await page(client, "/owner/log")
    await execute(address, "UPDATE decision SET made = made - interval '30 days'")
    assert ">Undo</button>" not in await page(client, "/owner/log")


async def test_long_lists_go_on_by_a_link(client: Client, address: Address) -> None:
    await execute(
        address,
        """
        INSERT INTO message (text, author)
        SELECT 'message ' || n, decode(lpad(to_hex(n), 32, '0'), 'hex')
        FROM generate_series(1, 120) AS n
        """,
        "INSERT INTO decision (action, messages, before) "
        "SELECT 'remove', ARRAY[n], ARRAY['visible'] FROM generate_series(1, 60) AS n",
    )
    seen: list[str] = []
    path = "/owner/wall"
    while path:
        shown = await page(client, path)
        seen += re.findall(r"<p dir=\"auto\">(message \d+)</p>", shown)
        following = re.search(r'href="([^"]+)" rel="next"', shown)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"message {n}" for n in range(120, 0, -1)]
    following = re.search(
        r'href="(/owner/log\?before=\d+)" rel="next"', await page(client, "/owner/log")
    )
    assert following
    assert len(re.findall("Removed 1 message", await page(client, following[1]))) == 10


async def test_long_texts_do_not_make_a_page_of_megabytes(client: Client, address: Address) -> None:
    await execute(
        address,
        "INSERT INTO message (text) SELECT repeat('*word* ', 570) FROM generate_series(1, 60)",
    )
    assert len(await page(client, "/owner/wall")) < 250_000


class TestRules:
    async def test_an_owner_sets_them_and_they_hold_from_the_next_post(
        self, client: Client
    ) -> None:
        await let_wait(client, "closed")
        assert await refused(client, "create", text="x") == (403, "closed")
        assert (await submit(client, "/owner/rules/threads", thread="a/b", mode="all"))[0] == 303
        await wait(client, "x", thread="a/b")
        shown = await page(client, "/owner/rules")
        assert 'value="closed" checked' in shown
        assert '<option value="all" selected>' in shown
        assert (await submit(client, "/owner/rules/threads/remove", thread="a/b"))[0] == 303
        assert await refused(client, "create", text="x", thread="a/b") == (403, "closed")
        await let_wait(client, "open")
        await create(client, "x", thread="a/b")

    async def test_a_moderator_reads_them(self, client: Client, address: Address) -> None:
        await submit(client, "/owner/rules/threads", thread="a/b", mode="all")
        async with device(client) as phone:
            await sign_in(phone, await make_code(address, "Anna", "moderator"))
            shown = await page(phone, "/owner/rules")
            assert "a/b" in shown
            assert 'name="mode"' not in shown
            for path in ("", "/threads", "/threads/remove"):
                sent = await submit(phone, f"/owner/rules{path}", thread="a/b", mode="closed")
                assert (sent[0], "Only an owner" in sent[1]) == (403, True)
        assert '<option value="all" selected>' in await page(client, "/owner/rules")

    @pytest.mark.parametrize("name", ["", " ", "a b"])
    async def test_a_name_that_no_page_can_have_is_refused_beside_it(
        self, client: Client, name: str
    ) -> None:
        status, shown = await submit(client, "/owner/rules/threads", thread=name, mode="closed")
        assert (status, 'aria-invalid="true"' in shown) == (422, True)
        await create(client, "the main wall is open")


PAGES = ("/owner/wall", "/owner/removed", "/owner/log", "/owner/rules")
FORMS = (
    *("/owner/waiting/decide", "/owner/wall/decide", "/owner/removed/decide"),
    *("/owner/waiting/undo", "/owner/log/undo"),
    *("/owner/rules", "/owner/rules/threads", "/owner/rules/threads/remove"),
)


async def test_nothing_is_shown_or_decided_without_a_session(client: Client) -> None:
    message = await create(client, "hello")
    sent = {"oldest": str(message["id"]), "newest": str(message["id"]), "action": "remove"}
    async with device(client) as stranger:
        for path in PAGES:
            answer = await stranger.get(path, allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (303, "/owner"), path
        for path in FORMS:
            form = {**sent, "decision": "1", "thread": "x", "mode": "closed"}
            assert (await submit(stranger, path, **form))[0] == 403, path
    assert len(await listed(client)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"oldest": "1", "newest": "1"},
        {"oldest": "1", "newest": "1", "action": "delete"},
        {"oldest": "x", "newest": "1", "action": "remove"},
        {"oldest": "1", "newest": "9" * 30, "action": "remove"},
    ],
)
async def test_a_form_that_no_page_has_is_refused(client: Client, fields: dict[str, str]) -> None:
    assert (await submit(client, "/owner/wall/decide", **fields))[0] == 400
    assert (await submit(client, "/owner/nothing/decide", **fields))[0] in {404, 405}


@pytest.mark.parametrize("path", ["/owner", *PAGES])
async def test_every_page_is_stored_nowhere_and_listed_nowhere(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
