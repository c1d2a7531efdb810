from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.searching import alter, found, page, put, search

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


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
        ("?q=%00%02", 422, "query_empty"),
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
    removed, deleted, silent = [await put(client, f"secret {number}") for number in range(3)]
    await put(client, "secret shown")
    assert len(await found(client, "secret")) == 4
    change = "UPDATE message SET {}, change = nextval('message_change') WHERE id = $1"
    await alter(address, change.format("state = 'removed'"), removed)
    await alter(address, change.format("gone = true, text = ''"), deleted)
    # A program that sets no change number.
    await alter(address, "UPDATE message SET state = 'removed' WHERE id = $1", silent)
    assert await found(client, "secret") == ["secret shown"]


async def test_what_is_shown_again_is_found_again(client: Client, address: Address) -> None:
    number = await put(client, "came back")
    for state, texts in (("removed", []), ("visible", ["came back"])):
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
