"""A private link, and what it is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hand import age
from tests.web.calls import OTHERS_KEY, call, got, page, private_link, submit, write

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from stena.store.database import Address
    from tests.conftest import Client


@pytest.mark.parametrize("path", ["/", "/m/1"])
async def test_the_private_link_is_shown_once_to_whoever_left_the_message(
    client: Client, stranger: ClientSession, path: str
) -> None:
    await write(client, "Mine")
    assert private_link(await page(stranger, path)) is None
    assert private_link(await page(client, path)) is not None
    assert private_link(await page(client, path)) is None
    assert private_link(await page(client, "/m/1")) is None


async def test_the_private_link_is_kept_from_scripts(client: Client) -> None:
    answer = await client.post("/messages", data={"text": "Mine"}, allow_redirects=False)
    for name in ("key", "link"):
        assert answer.cookies[name]["httponly"]
        assert answer.cookies[name]["samesite"] == "Lax"


async def test_the_private_link_changes_a_message_for_ever_and_from_another_browser(
    client: Client, stranger: ClientSession, address: Address
) -> None:
    number = await write(client, "Mine", name="Anna")
    link = private_link(await page(client))
    assert link is not None
    path, _, key = link.partition("#")
    await age(address, "10 years")
    assert 'name="key"' in await page(stranger, path)
    # By the script, and by a visitor without scripts.
    for given in (key, f" https://wall.example{link} "):
        status, form = await submit(stranger, path, key=given)
        assert status == 200
        assert "\nMine</textarea>" in form
    assert form.count(f'name="key" value="{key}"') == 2
    answer = await submit(stranger, f"/m/{number}/edit", text="Mine still", key=key)
    assert answer == (303, f"/m/{number}")
    changed = await call(stranger, "edit", id=number, key=key, text="And by a program")
    assert changed["message"]["text"] == "And by a program"
    assert await submit(stranger, f"/m/{number}/delete", key=key) == (303, "/")
    assert await got(client, number) is None


async def test_the_private_link_of_one_message_is_not_good_for_another(client: Client) -> None:
    await write(client, "one")
    link = private_link(await page(client))
    assert link is not None
    two = await write(client, "two")
    assert (await submit(client, f"/edit/{two}", key=link.rpartition("#")[2]))[0] == 403


async def test_pages_with_the_key_of_a_private_link_are_stored_nowhere(client: Client) -> None:
    number = await write(client, "one")
    first = await client.get("/")
    assert first.headers["Cache-Control"] == "no-store"
    link = private_link(await first.text())
    assert link is not None
    path, _, key = link.partition("#")
    edit = f"/m/{number}/edit"
    for answer in (
        await client.post(path, data={"key": key}),
        await client.post(edit, data={"key": key, "text": " "}),
        await client.post(edit, data={"key": OTHERS_KEY, "text": "x"}),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert key in await answer.text() or answer.status == 403
    assert (await client.get("/")).headers["Cache-Control"] != "no-store"
    assert (await client.post(path, data={"key": "short"})).status == 422
    assert (await client.post(path)).status in {415, 422}
