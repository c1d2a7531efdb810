from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.program import PATIENCE

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


async def put(client: Client, text: str, name: str = "", **fields: object) -> int:
    body = {"text": text, "name": name, **fields}
    answer = await client.post("/api/messages.create", json=body)
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def search(client: Client, q: str, **query: str) -> dict[str, Any]:
    answer = await client.get("/api/messages.search", params={"q": q, **query})
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def found(client: Client, q: str, **query: str) -> list[str]:
    return [message["text"] for message in (await search(client, q, **query))["messages"]]


async def page(client: Client, q: str | None, status: int = 200, **query: str) -> str:
    asked = query if q is None else {"q": q, **query}
    answer = await client.get("/search", params=asked)
    assert answer.status == status
    return await answer.text()


async def alter(address: Address, statement: str, *values: object) -> None:
    """What an owner or another program does to the table."""
    connection = await asyncpg.connect(address.url)
    await connection.execute(statement, *values)
    await connection.close()


async def test_a_word_is_found_in_each_of_its_forms(client: Client) -> None:
    await put(client, "Наша собака любит гулять")
    await put(client, "The dogs were running in the yard")
    for word in ("собака", "собаки", "СОБАКОЙ", "гуляли", "любил"):
        assert await found(client, word) == ["Наша собака любит гулять"], word
    for word in ("dog", "Dogs", "run", "RUNS", "yards"):
        assert await found(client, word) == ["The dogs were running in the yard"], word
    assert await found(client, "кошка") == []


async def test_yo_and_ye_are_one_letter_and_are_shown_as_they_were_written(client: Client) -> None:
    await put(client, "Зелёный ёжик")
    await put(client, "зеленый лист")
    for word in ("зелёный", "ЗЕЛЕНАЯ", "зелёного"):
        assert await found(client, word) == ["зеленый лист", "Зелёный ёжик"], word
    assert "<mark>Зелёный</mark> <mark>ёжик</mark>" in await page(client, "зеленый ежик")


async def test_a_letter_typed_as_two_characters_is_that_letter(client: Client) -> None:
    await put(client, "Чай остыл")
    assert await found(client, "чаи\u0306") == ["Чай остыл"]


async def test_all_words_must_be_there_and_a_minus_or_quotes_say_more(client: Client) -> None:
    await put(client, "old green door")
    await put(client, "green old wall")
    await put(client, "green wall")
    assert await found(client, "old green") == ["green old wall", "old green door"]
    assert await found(client, '"old green"') == ["old green door"]
    assert await found(client, "green -wall") == ["old green door"]
    assert await found(client, "door or wall") == ["green wall", "green old wall", "old green door"]
    assert await found(client, "door wall") == []


async def test_words_are_found_whatever_sign_stands_between_them(client: Client) -> None:
    text = "вчера.Сегодня and/or <завтра> user@example.com/путь"
    await put(client, text)
    for word in ("вчера", "сегодня", "завтра", "example.com", "путь", "example.com/путь"):
        assert await found(client, word) == [text], word


async def test_who_wrote_is_found_by_name(client: Client) -> None:
    await put(client, "Всем привет", name="Марина Лёвина")
    [places] = (await search(client, "левина"))["found"]
    assert places == {"text": [], "name": [[7, 13]]}
    assert '<bdi class="name">Марина <mark>Лёвина</mark></bdi>' in await page(client, "левина")


async def test_the_places_of_what_was_found_are_counted_in_characters(client: Client) -> None:
    await put(client, "🙂 Ёлки и <b>ёлка</b>", name="Аня")
    [places] = (await search(client, "елка"))["found"]
    assert places == {"text": [[2, 6], [12, 16]], "name": []}


@pytest.mark.parametrize("words", ["и", "the", "в ещё the", '"и не"', "?!", "-", '"'])
async def test_words_that_nobody_keeps_are_said_to_be_too_common(
    client: Client, words: str
) -> None:
    answer = await client.get("/api/messages.search", params={"q": words})
    assert answer.status == 422
    error = (await answer.json())["error"]
    assert (error["code"], error["field"]) == ("query_common", "q")
    assert "Try a rarer word" in await page(client, words, 422)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "field_missing"),
        ("?q=", 422, "query_empty"),
        ("?q=%20%0A%20", 422, "query_empty"),
        ("?q=" + "a" * 201, 422, "query_too_long"),
        ("?q=a%00b", 422, "query_characters"),
        ("?q=a%02b", 422, "query_characters"),
        ("?q=a&order=oldest", 400, "bad_order"),
        ("?q=a&before=x", 400, "bad_place"),
        ("?q=a&before=-1", 400, "bad_place"),
        ("?q=a&before=9223372036854775808", 400, "bad_place"),
        ("?q=a&before=1-2-3", 400, "bad_place"),
        ("?q=a&order=relevance&before=1", 400, "bad_place"),
        ("?q=a&order=relevance&before=1-2-9223372036854775808", 400, "bad_place"),
        ("?q=a&thread=%20", 422, "thread_invalid"),
    ],
)
async def test_what_cannot_be_looked_for_is_refused(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = await client.get(f"/api/messages.search{query}")
    assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
    for_people = await client.get(f"/search{query}")
    assert for_people.status == (200 if code in {"field_missing", "query_empty"} else status)


async def test_two_hundred_characters_are_not_too_many(client: Client) -> None:
    assert await found(client, "ж" * 200) == []


HOSTILE = (
    "'", "''", "\\", "a'b", "a & b | !c", "!!a", "(a", "a:*", "a <-> b", "%", "%s", "$1",
    "'; DROP TABLE message; --", "-a", "-a -b", "or or or", "a or", '"a" -"b c" or "d',
    "<script>alert(1)</script>", "\u202e\u200b", "\ufffe", "🙂", "a " * 99, '"' * 199, "-" * 199,
    "((((((((((", "http://[::1]/?a=1&b=2", "\U0010ffff", "é" * 200, "a\u0301" * 100,
)  # fmt: skip


async def test_a_hostile_query_is_a_query(client: Client) -> None:
    await put(client, "a b c d; DROP TABLE message")
    for words in HOSTILE:
        for order in ("newest", "relevance"):
            for path in ("/search", "/api/messages.search"):
                answer = await client.get(path, params={"q": words, "order": order})
                assert answer.status in {200, 422}, words
    assert await found(client, "drop table") == ["a b c d; DROP TABLE message"]


async def test_bytes_that_are_no_utf_8_are_no_error_of_ours(client: Client) -> None:
    for path in ("/search", "/api/messages.search"):
        answer = await client.get(f"{path}?q=%FF%FE%ED%A0%80")
        assert answer.status < 500


async def test_what_is_not_shown_is_not_found(client: Client, address: Address) -> None:
    hidden, gone, silent = [await put(client, f"secret {number}") for number in range(3)]
    await put(client, "secret shown")
    assert len(await found(client, "secret")) == 4
    change = "UPDATE message SET {}, change = nextval('message_change') WHERE id = $1"
    await alter(address, change.format("state = 'hidden'"), hidden)
    await alter(address, change.format("gone = true, text = ''"), gone)
    # Somebody who does not know of changes.
    await alter(address, "UPDATE message SET state = 'hidden' WHERE id = $1", silent)
    assert await found(client, "secret") == ["secret shown"]


async def test_what_is_shown_again_is_found_again(client: Client, address: Address) -> None:
    number = await put(client, "came back")
    for state, texts in (("hidden", []), ("visible", ["came back"])):
        await alter(
            address,
            "UPDATE message SET state = $2, change = nextval('message_change') WHERE id = $1",
            number,
            state,
        )
        assert await found(client, "came") == texts


async def test_a_message_is_found_by_the_words_it_has_now(client: Client, address: Address) -> None:
    number = await put(client, "first words")
    assert await found(client, "first") == ["first words"]
    statement = "UPDATE message SET text = $2{} WHERE id = $1"
    await alter(
        address, statement.format(", change = nextval('message_change')"), number, "second words"
    )
    assert await found(client, "second") == ["second words"]
    assert await found(client, "first") == []
    await alter(address, statement.format(""), number, "third words")
    assert await found(client, "second") == []


async def test_replies_are_found_and_other_walls_only_where_they_are_asked_for(
    client: Client,
) -> None:
    first = await put(client, "apple one")
    await put(client, "apple two", reply_to=first)
    await put(client, "apple three", thread="garden")
    assert await found(client, "apple") == ["apple two", "apple one"]
    assert await found(client, "apple", thread="garden") == ["apple three"]
    assert 'name="thread" value="garden"' in await page(client, "apple", thread="garden")


async def test_the_best_match_comes_first_where_that_is_asked_for(client: Client) -> None:
    for text in ("cat and dog", "cat, " + "then something else, " * 9 + "dog", "a dog"):
        await put(client, text)
    newest = await found(client, "cat dog")
    assert await found(client, "cat dog", order="newest") == newest
    assert await found(client, "cat dog", order="relevance") == newest[::-1]
    assert newest[-1] == "cat and dog"


@pytest.mark.parametrize("order", ["newest", "relevance"])
async def test_pages_lead_to_all_that_was_there_while_messages_arrive(
    client: Client, order: str
) -> None:
    # More of the words in a shorter text rank higher, so ranks repeat and differ.
    ids = [await put(client, "word " * (number % 3 + 1) + f"{number}") for number in range(47)]
    seen: list[int] = []
    query = {"order": order}
    while True:
        answer = await search(client, "word", **query)
        seen += [message["id"] for message in answer["messages"]]
        if answer["next"] is None:
            break
        await put(client, "word word word word")
        query["before"] = answer["next"]
    assert sorted(seen) == ids
    assert (seen == ids[::-1]) is (order == "newest")


async def test_the_best_of_the_newest_stay_the_same_whatever_arrives(
    client: Client, address: Address
) -> None:
    await alter(
        address,
        """
        INSERT INTO message (text)
        SELECT repeat('word ', 1 + n % 3) || n FROM generate_series(1, 510) AS n
        """,
    )
    await until_read(address)
    answer = await search(client, "word", order="relevance")
    seen = {message["id"] for message in answer["messages"]}
    while answer["next"]:
        await put(client, "word that came later")
        answer = await search(client, "word", order="relevance", before=answer["next"])
        seen |= {message["id"] for message in answer["messages"]}
    assert seen == set(range(11, 511))


async def test_a_full_last_page_promises_nothing_more(client: Client) -> None:
    for number in range(20):
        await put(client, f"word {number}")
    for order in ("newest", "relevance"):
        answer = await search(client, "word", order=order)
        assert (len(answer["messages"]), answer["next"]) == (20, None)


async def test_on_a_large_wall_rare_common_and_separate_words_are_found(
    client: Client, address: Address
) -> None:
    # Larger than what a search looks through first, and than what it reads at once.
    await alter(
        address,
        """
        INSERT INTO message (text)
        SELECT CASE WHEN n % 2 = 0 THEN 'even ' ELSE 'odd ' END
            || CASE WHEN n % 50 = 0 THEN 'middling ' ELSE '' END
            || CASE WHEN n = 7 THEN 'rare ' ELSE '' END || n
        FROM generate_series(1, 6000) AS n
        """,
    )
    await until_read(address)
    for order in ("newest", "relevance"):
        assert len(await found(client, "even", order=order)) == 20
        assert await found(client, "rare", order=order) == ["odd rare 7"]
        assert await found(client, "even odd", order=order) == []
        assert await found(client, '"rare even"', order=order) == []
        middling = await found(client, "middling", order=order)
        assert middling == [f"even middling {n}" for n in range(6000, 5000, -50)]


async def until_read(address: Address) -> None:
    """Wait until the wall has read what somebody else has written, without being asked."""
    connection = await asyncpg.connect(address.url)
    read = """
        SELECT (SELECT max(change) FROM message) = (SELECT change FROM message_words_mark)
    """
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval(read):  # noqa: ASYNC110 -- a database sets no event
            await asyncio.sleep(0.02)
    await connection.close()


async def test_a_search_that_takes_too_long_is_given_up_with_a_sentence(
    client: Client, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    async with connection.transaction():
        # Nobody reads what is locked, as if there were very much of it.
        await connection.execute("LOCK TABLE message_words")
        answer = await client.get("/api/messages.search?q=word")
        assert answer.status == 422
        assert (await answer.json())["error"]["code"] == "search_too_broad"
    await connection.close()
    assert await found(client, "word") == []


async def test_few_search_at_once_so_that_others_can_write(
    client: Client, address: Address
) -> None:
    connection = await asyncpg.connect(address.url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE message_words_mark")
        asked = [asyncio.create_task(client.get("/api/messages.search?q=word")) for _ in range(6)]
        done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        refused = await done.pop()
        assert refused.status == 503
        assert (await refused.json())["error"]["code"] == "too_many_searches"
        assert int(refused.headers["Retry-After"]) > 0
        await put(client, "written meanwhile")
    await connection.close()
    assert {(await answer).status for answer in asked} == {200, 503}


async def test_a_search_does_not_wait_long_for_whoever_reads_what_is_new(
    client: Client, address: Address
) -> None:
    await put(client, "word one")
    assert await found(client, "word") == ["word one"]
    connection = await asyncpg.connect(address.url)
    async with connection.transaction():
        await connection.execute("SELECT FROM message_words_mark FOR UPDATE")
        await put(client, "word two")
        assert await found(client, "word") == ["word one"]
    await connection.close()
    assert await found(client, "word") == ["word two", "word one"]


async def test_the_page_asks_finds_nothing_finds_something_and_ends(client: Client) -> None:
    empty = await page(client, None)
    assert '<meta name="robots" content="noindex">' in empty
    assert "Any form of a word will do" in empty
    assert "Any form of a word will do" in await page(client, "  ")
    assert "Nobody has written that yet" in await page(client, "unicorn")
    number = await put(client, "a unicorn")
    one = await page(client, "unicorns")
    assert "a <mark>unicorn</mark>" in one
    assert f'href="/m/{number}"' in one
    assert 'value="unicorns"' in one
    assert "That is all that was found" in one
    assert 'rel="next"' not in one
    assert '<meta name="robots" content="noindex">' in one


async def test_the_links_of_the_page_lead_on_and_keep_the_search(client: Client) -> None:
    for number in range(21):
        await put(client, f"apple & pear {number}")
    for order in ("newest", "relevance"):
        first = await page(client, '"apple & pear"', order=order)
        link = re.search(r'href="(/search\?[^"]+)" rel="next"', first)
        assert link
        second = await (await client.get(unescape(link[1]))).text()
        assert len(re.findall("<article", first)) == 20
        assert len(re.findall("<article", second)) == 1
        language = re.search(r'href="(/search\?[^"]+)" lang="ru"', second)
        assert language
        russian = await (await client.get(unescape(language[1]))).text()
        assert '<html lang="ru">' in russian
        assert len(re.findall("<article", russian)) == 1
        await client.get("/search?lang=en")


async def test_hostile_text_stays_text_where_it_is_marked(client: Client) -> None:
    await put(client, '<script>alert("needle")</script> <mark>& needle', name="<i>needle</i>")
    shown = await page(client, "needle")
    assert "&lt;script&gt;alert(&#34;<mark>needle</mark>&#34;)&lt;/script&gt;" in shown
    assert "&lt;mark&gt;&amp; <mark>needle</mark>" in shown
    assert "&lt;i&gt;<mark>needle</mark>&lt;/i&gt;" in shown
    assert "alert(&#34;" in await page(client, '"><script>alert("x")</script>')


async def test_a_text_from_elsewhere_with_our_marks_in_it_is_shown_as_it_is(
    client: Client, address: Address
) -> None:
    await alter(address, "INSERT INTO message (text) VALUES ($1)", "one \x02needle\x03 \x03\x02")
    [places] = (await search(client, "needle"))["found"]
    assert places == {"text": [], "name": []}
    assert "<mark>" not in await page(client, "needle")


async def test_of_a_long_text_that_is_shown_which_is_around_a_word(client: Client) -> None:
    await put(client, "before " * 200 + "needle " + "after " * 200)
    shown = await page(client, "needles")
    excerpt = re.search(r'<p class="excerpt" dir="auto">(.*?)</p>', shown, re.DOTALL)
    assert excerpt
    assert re.fullmatch(r"…(before )+<mark>needle</mark>( after)+…", excerpt[1])
    assert 260 < len(excerpt[1]) < 310
    assert "All of it" in shown
    [places] = (await search(client, "needles"))["found"]
    assert places["text"] == [[1400, 1406]]
