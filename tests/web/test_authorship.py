from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.settings import Settings, Wall
from tests.article.database import rows
from tests.hand import age
from tests.program import get, post, running
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
    submit,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import ClientSession

    from stena.store.database import Address
    from tests.conftest import Client


async def test_the_browser_that_left_a_message_changes_it_by_form(client: Client) -> None:
    number = await write(client, "First words", name="Anna")
    assert f'href="/m/{number}/edit"' in await page(client, f"/m/{number}")
    form = await page(client, f"/m/{number}/edit")
    assert "\nFirst words</textarea>" in form
    assert 'value="Anna"' in form
    answer = await submit(client, f"/m/{number}/edit", text=" Other words ", name="Anna K.")
    assert answer == (303, f"/m/{number}")
    for path in (f"/m/{number}", "/"):
        shown = await page(client, path)
        assert "Other words" in shown
        assert "First words" not in shown
        assert '<bdi class="name">Anna K.</bdi>' in shown


async def test_a_program_changes_its_message_with_the_key_it_chose(client: Client) -> None:
    created = await create(client, "First words", name="Anna", key=KEY)
    changed = (await call(client, "edit", id=created["id"], key=KEY, text="Other words"))["message"]
    assert changed["edited"] > created["created"]
    assert changed == {**created, "text": "Other words", "name": None, "edited": changed["edited"]}
    assert await got(client, created["id"]) == changed
    assert await listed(client) == [changed]


async def test_a_changed_message_is_marked_and_keeps_its_place(client: Client) -> None:
    first = await write(client, "one")
    await write(client, "two")
    assert 'class="edited"' not in rendered(await page(client, f"/m/{first}"))
    await submit(client, f"/m/{first}/edit", text="one, but better")
    assert 'class="edited"' in rendered(await page(client, f"/m/{first}"))
    assert [one["text"] for one in await listed(client)] == ["two", "one, but better"]


async def test_the_same_words_change_nothing(client: Client, address: Address) -> None:
    created = await create(client, "Same words", name="Anna", key=KEY)
    before = await rows(address.url, "SELECT * FROM message")
    again = await call(client, "edit", id=created["id"], key=KEY, text=" Same words", name="Anna ")
    assert again["message"] == created
    assert await rows(address.url, "SELECT * FROM message") == before


async def test_a_message_without_a_key_is_nobodys(client: Client) -> None:
    number = (await create(client, "No key"))["id"]
    assert await refused(client, "edit", id=number, key=KEY, text="x") == (403, "not_yours")
    assert await refused(client, "delete", id=number, key=KEY) == (403, "not_yours")


# -- other clients


async def test_others_cannot_change_it_by_form_nor_by_the_api(
    client: Client, stranger: ClientSession
) -> None:
    number = await write(client, "Mine")
    await write(stranger, "A stranger with a key of their own")
    await page(stranger, f"/m/{number}/edit", status=403)
    assert f"/m/{number}/edit" not in await page(stranger, f"/m/{number}")
    assert (await submit(stranger, f"/m/{number}/edit", text="Stolen"))[0] == 403
    assert (await submit(stranger, f"/m/{number}/delete"))[0] == 403
    for method, fields in (("edit", {"text": "Stolen"}), ("delete", {})):
        answer = await refused(stranger, method, id=number, key=OTHERS_KEY, **fields)
        assert answer == (403, "not_yours")
    assert (await submit(stranger, f"/edit/{number}", key=OTHERS_KEY))[0] == 403
    assert "Mine" in await page(client)


@pytest.mark.parametrize(
    "key", ["short", "x" * 129, "with spaces in it ...", "key\0of-nobody-at-all"]
)
async def test_a_key_that_is_none_is_refused_by_name(client: Client, key: str) -> None:
    number = (await create(client, "Mine", key=KEY))["id"]
    for method, fields in (
        ("create", {"text": "x"}),
        ("edit", {"id": number, "text": "x"}),
        ("delete", {"id": number}),
        ("react", {"id": number, "kind": "love"}),
    ):
        assert await refused(client, method, key=key, **fields) == (422, "key_invalid")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_no_other_site_does_it_in_the_authors_browser(
    client: Client, headers: dict[str, str]
) -> None:
    number = await write(client, "Mine")
    key = client.session.cookie_jar.filter_cookies(client.make_url("/"))["key"].value
    for path, fields in (
        (f"/m/{number}/edit", {"text": "Stolen"}),
        (f"/m/{number}/delete", {}),
        (f"/m/{number}/reactions", {"kind": "sad"}),
    ):
        answer = await client.post(path, data=fields, headers=headers)
        assert answer.status == 403
    for method, extra in (("edit", {"text": "Stolen"}), ("delete", {}), ("react", {"kind": "sad"})):
        answer = await client.post(
            f"/api/messages.{method}", json={"id": number, "key": key, **extra}, headers=headers
        )
        assert (await answer.json())["error"]["code"] == "cross_site"
    left = await got(client, number)
    assert left is not None
    assert (left["text"], left["reactions"]) == ("Mine", {})


# -- the time limit


async def test_after_a_quarter_of_an_hour_it_is_too_late(client: Client, address: Address) -> None:
    number = await write(client, "Mine")
    key = client.session.cookie_jar.filter_cookies(client.make_url("/"))["key"].value
    await age(address, "14 minutes")
    await page(client, f"/m/{number}/edit")
    await age(address, "1 minute")
    assert "for its first 15 minutes" in await page(client, f"/m/{number}/edit", status=403)
    assert f"/m/{number}/edit" not in await page(client, f"/m/{number}")
    assert (await submit(client, f"/m/{number}/delete"))[0] == 403
    for method, fields in (("edit", {"text": "Late"}), ("delete", {})):
        answer = await refused(client, method, id=number, key=key, **fields)
        assert answer == (403, "too_late")
    assert "Mine" in await page(client)


class TestNever:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(edit_minutes=0))

    async def test_where_the_owner_gives_no_time_only_the_private_link_changes_it(
        self, client: Client
    ) -> None:
        number = await write(client, "Mine")
        assert "mine" not in client.session.cookie_jar.filter_cookies(client.make_url("/"))
        link = private_link(await page(client))
        assert link is not None
        assert (await submit(client, f"/m/{number}/edit", text="Mine still"))[0] == 403
        key = link.rpartition("#")[2]
        assert (await submit(client, f"/m/{number}/edit", text="Mine still", key=key))[0] == 303


# -- what was typed


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"text": " \n "}, 422, "Write a few words first."),
        ({"text": "x" * 4001}, 422, "1 character too many (4001 of 4000)."),
        ({"text": "Typed for long", "name": "n" * 61}, 422, "A name may have up to 60"),
        ({"text": "Typed for long", "key": "?"}, 422, "“key” must be"),
        ({"text": "Typed for long", "key": OTHERS_KEY}, 403, "Only the author can edit"),
    ],
)
async def test_a_refused_change_comes_back_with_what_was_typed_and_one_sentence(
    client: Client, fields: dict[str, str], status: int, sentence: str
) -> None:
    number = await write(client, "Mine")
    answer, form = await submit(client, f"/m/{number}/edit", **fields)
    assert answer == status
    assert form.count(sentence) == 1
    assert "\n" + fields["text"] + "</textarea>" in form
    assert f'value="{fields.get("name", "")}"' in form
    assert f'action="/m/{number}/edit"' in form
    assert "Mine" in await page(client)


async def test_words_that_come_too_late_are_not_lost(client: Client, address: Address) -> None:
    number = await write(client, "Mine")
    await age(address, "1 hour")
    status, form = await submit(client, f"/m/{number}/edit", text="Typed for long")
    assert status == 403
    assert "\nTyped for long</textarea>" in form
    status, form = await submit(client, "/m/999/edit", text="Typed for long")
    assert status == 404
    assert "\nTyped for long</textarea>" in form


# -- what is kept of a key


async def test_keys_are_neither_stored_nor_logged(tmp_path: Path, address: Address) -> None:
    with running(
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        STENA_LOGGING__REQUESTS="true",
        STENA_LOGGING__LEVEL="debug",
    ) as wall:
        body = f'{{"text": "Mine", "key": "{KEY}"}}'.encode()
        assert post(f"{wall.url}/api/messages.create", body, "application/json")[0] == 201
        form_type = "application/x-www-form-urlencoded"
        assert get(f"{wall.url}/edit/1")[0] == 200
        assert post(f"{wall.url}/edit/1", f"key={KEY}".encode(), form_type)[0] == 200
        assert post(f"{wall.url}/edit/1", f"key={OTHERS_KEY}".encode(), form_type)[0] == 403
        form = f"text=x&key={OTHERS_KEY}".encode()
        assert post(f"{wall.url}/m/1/edit", form, "application/x-www-form-urlencoded")[0] == 403
        reaction = f'{{"id": 1, "kind": "love", "key": "{OTHERS_KEY}"}}'.encode()
        assert post(f"{wall.url}/api/messages.react", reaction, "application/json")[0] == 200
        log = wall.log
    assert "/edit/{id}" in log
    assert "database_failed" not in log
    kept = str(await rows(address.url, "SELECT * FROM message, reaction"))
    for key in (KEY, OTHERS_KEY):
        assert key not in log
        assert key not in kept


async def test_the_page_says_for_how_many_more_minutes_a_message_can_be_edited(
    client: Client, address: Address
) -> None:
    number = await write(client, "words")
    assert "Yours. You can edit it for 15 more minutes." in await page(client, f"/m/{number}")
    await age(address, "14 minutes 10 seconds")
    assert "Yours. You can edit it for 1 more minute." in await page(client, f"/m/{number}")
    russian = await page(client, f"/m/{number}?lang=ru")
    assert "Это ваше сообщение. Изменить можно ещё 1 мин." in russian
