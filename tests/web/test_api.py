from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Client

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def create(client: Client, **fields: object) -> dict[str, Any]:
    answer = await client.post("/api/messages.create", json=fields)
    assert answer.status == 201, await answer.text()
    content: dict[str, Any] = await answer.json()
    return dict(content["message"])


async def listed(client: Client, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/api/messages.list{query}")
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def test_a_message_is_created_got_and_listed_as_one_and_the_same(client: Client) -> None:
    created = await create(client, text=" Hello\r\nwall ", name="Анна")
    assert created["text"] == "Hello\nwall"
    assert created["name"] == "Анна"
    assert MOMENT.fullmatch(created["created"])
    got = await client.get("/api/messages.get", params={"id": created["id"]})
    assert (await got.json())["message"] == created
    assert (await listed(client))["messages"] == [created]


async def test_a_message_may_have_no_name(client: Client) -> None:
    assert (await create(client, text="one"))["name"] is None
    assert (await create(client, text="two", name=None))["name"] is None
    assert (await create(client, text="three", name=" "))["name"] is None


async def test_pages_lead_from_the_newest_to_the_oldest_without_gaps(client: Client) -> None:
    ids = [(await create(client, text=f"{number}"))["id"] for number in range(7)]
    found: list[int] = []
    query = "?limit=3"
    while True:
        page = await listed(client, query)
        found += [message["id"] for message in page["messages"]]
        if page["next"] is None:
            break
        query = f"?limit=3&before={page['next']}"
    assert found == sorted(ids, reverse=True)


async def test_a_full_last_page_promises_nothing_more(client: Client) -> None:
    for number in range(4):
        await create(client, text=f"{number}")
    assert (await listed(client, "?limit=4"))["next"] is None


async def test_an_empty_wall_is_an_empty_list(client: Client) -> None:
    assert await listed(client) == {"messages": [], "next": None, "pinned": [], "notice": ""}


async def test_the_same_message_with_the_same_nonce_is_made_once(client: Client) -> None:
    fields = {"text": "once", "name": "Anna", "nonce": "12345678"}
    answers = await asyncio.gather(*(create(client, **fields) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert (await listed(client))["messages"] == [answers[0]]


async def test_other_words_with_the_same_nonce_are_another_message(client: Client) -> None:
    await create(client, text="one", nonce="12345678")
    await create(client, text="two", nonce="12345678")
    assert [m["text"] for m in (await listed(client))["messages"]] == ["two", "one"]


async def test_messages_of_many_writers_have_times_in_the_order_of_their_ids(
    client: Client,
) -> None:
    await asyncio.gather(*(create(client, text=f"{number}") for number in range(60)))
    messages = (await listed(client, "?limit=100"))["messages"]
    assert len(messages) == 60
    newest_first = sorted(messages, key=lambda m: (m["created"], m["id"]), reverse=True)
    assert messages == newest_first


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?before=99999999999999999999", "before"),
        ("?before=9223372036854775808", "before"),
        ("?before=0", "before"),
        ("?before=-1", "before"),
        ("?before=abc", "before"),
        ("?before=1.5", "before"),
        ("?before=%D9%A1", "before"),
        ("?before=1&before=2", "before"),
        ("?before=%00", "before"),
        ("?limit=-1", "limit"),
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=all", "limit"),
    ],
)
async def test_a_number_that_is_none_is_refused_by_name(
    client: Client, query: str, field: str
) -> None:
    for path in ("/api/messages.list", "/"):
        if path == "/" and field == "limit":
            continue
        answer = await client.get(path + query)
        assert answer.status == 400
    answer = await client.get(f"/api/messages.list{query}")
    error = (await answer.json())["error"]
    assert (error["code"], error["field"]) == ("bad_number", field)


async def test_the_largest_number_is_a_number(client: Client) -> None:
    created = await create(client, text="one")
    page = await listed(client, "?before=9223372036854775807")
    assert page["messages"] == [created]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "field_missing"),
        ("?id=x", 400, "bad_number"),
        ("?id=99999999999999999999", 400, "bad_number"),
        ("?id=1", 404, "not_found"),
        ("?id=9223372036854775807", 404, "not_found"),
    ],
)
async def test_what_is_not_there_is_said_so(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = await client.get(f"/api/messages.get{query}")
    assert answer.status == status
    assert (await answer.json())["error"]["code"] == code


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b"null", 400, "bad_json"),
        (b"1", 400, "bad_json"),
        (b'"text"', 400, "bad_json"),
        (b'{"text": "\xff"}', 400, "bad_json"),
        (b"\xef\xbb\xbf[1]", 400, "bad_json"),
        (b'{"text": "\\ud800"}', 422, "text_empty"),
        (b'{"text": "\\ud8"}', 400, "bad_json"),
        (b"[" * 60_000, 400, "bad_json"),
        (b'{"text":' * 8_000, 400, "bad_json"),
        (b'{"text": NaN}', 400, "bad_type"),
        (b"{}", 400, "field_missing"),
        (b'{"text": null}', 400, "bad_type"),
        (b'{"text": 1}', 400, "bad_type"),
        (b'{"text": ["a"]}', 400, "bad_type"),
        (b'{"text": "a", "name": 1}', 400, "bad_type"),
        (b'{"text": "a", "nonce": {}}', 400, "bad_type"),
        (b'{"text": "a", "nonce": ""}', 422, "nonce_invalid"),
        (b'{"text": "\\u0000\\u0007"}', 422, "text_empty"),
        (b'{"text": "  \\n "}', 422, "text_empty"),
        (b'{"text": "' + b"a" * 4001 + b'"}', 422, "text_too_long"),
        (b'{"text": "a", "name": "' + b"a" * 61 + b'"}', 422, "name_too_long"),
        (b'{"text": "' + b"a" * 66_000 + b'"}', 413, "too_large"),
    ],
)
async def test_a_body_that_is_no_message_is_refused_and_nothing_is_stored(
    client: Client, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/messages.create", data=body, headers=headers)
    assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
    assert (await listed(client))["messages"] == []


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=bogus",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "",
        ";;;",
    ],
)
async def test_another_type_of_content_is_refused(client: Client, content_type: str) -> None:
    answer = await client.post(
        "/api/messages.create",
        data=b'{"text": "a"}',
        headers={"Content-Type": content_type},
    )
    assert answer.status == 415
    assert (await listed(client))["messages"] == []


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json;charset=utf8",
        "application/json; charset=UTF_8;",
        'Application/JSON ; Charset = "UTF-8"',
        "application/json; charset='utf-8'",
        "application/json;",
        "application/json; charset=",
        "application/json; charset=us-ascii",
        "application/json, application/json",
        "application/json; charset=utf-8, application/json; charset=utf-8",
        "application/json; profile=a; charset=utf-8",
        "application/vnd.api+json",
        "text/json",
    ],
)
async def test_programs_write_the_type_of_json_as_they_like(
    client: Client, content_type: str
) -> None:
    answer = await client.post(
        "/api/messages.create", data=b'{"text": "a"}', headers={"Content-Type": content_type}
    )
    assert answer.status == 201
    assert (await listed(client))["messages"][0]["text"] == "a"


@pytest.mark.parametrize(
    ("escaped", "kept"),
    [
        (rb"a\ud83db\uDE00", "ab"),
        (rb"\ud83d\ud83d\ude00\ude00", "\U0001f600"),
        (rb"\\ud83d \\\ud83d\u0041", r"\ud83d \A"),
        (rb"\uD83D\uDE00\u00e9", "\U0001f600\u00e9"),
    ],
)
async def test_half_a_character_is_left_out(client: Client, escaped: bytes, kept: str) -> None:
    answer = await client.post(
        "/api/messages.create",
        data=b'{"text": "%s"}' % escaped,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status == 201
    assert (await answer.json())["message"]["text"] == kept


async def test_a_body_may_begin_with_a_mark_of_its_order_of_bytes(client: Client) -> None:
    for kind, path, body, status in (
        ("application/json", "/api/messages.create", b'{"text": "a"}', 201),
        ("application/x-www-form-urlencoded; charset=utf8", "/messages", b"text=a", 303),
    ):
        answer = await client.post(
            path,
            data=b"\xef\xbb\xbf" + body,
            headers={"Content-Type": kind, "Content-Encoding": "utf-8"},
            allow_redirects=False,
        )
        assert answer.status == status
    assert [one["text"] for one in (await listed(client))["messages"]] == ["a", "a"]


async def test_a_form_may_have_letters_that_are_not_escaped(client: Client) -> None:
    for body, status in (("text=Привет, é".encode(), 303), (b"text=\xff", 400)):
        answer = await client.post(
            "/messages",
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            allow_redirects=False,
        )
        assert answer.status == status
    assert [one["text"] for one in (await listed(client))["messages"]] == ["Привет, é"]


async def test_a_body_without_a_type_is_refused(client: Client) -> None:
    answer = await client.post(
        "/api/messages.create", data=b'{"text": "a"}', skip_auto_headers=["Content-Type"]
    )
    assert answer.status == 415


async def test_a_packed_body_is_refused_and_not_unpacked(client: Client) -> None:
    answer = await client.post(
        "/api/messages.create",
        data=b"\x1f\x8b",
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert answer.status == 415


async def test_keys_that_nobody_knows_are_ignored(client: Client) -> None:
    created = await create(client, text="a", id=77, state="deleted", created="1999-01-01")
    assert created["id"] != 77
    assert (await listed(client))["messages"] == [created]
