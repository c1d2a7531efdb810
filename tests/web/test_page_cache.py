from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard

from stena.settings import Postgres, Settings
from tests.web.calls import KEY, call, create, submit, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Client

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}
PATHS = ["/", "/api/messages.list"]


async def leave(client: Client, text: str) -> None:
    answer = await client.post("/api/messages.create", json={"text": text})
    assert answer.status == 201


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", UNPACK)
async def test_the_head_comes_packed_as_the_reader_likes_it(
    client: Client, path: str, encoding: str
) -> None:
    for number in range(3):
        await leave(client, f"message {number}")
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    packed = await client.get(path, headers={"Accept-Encoding": encoding}, auto_decompress=False)
    assert packed.headers["Content-Encoding"] == encoding
    assert UNPACK[encoding](await packed.read()) == await plain.read()
    assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("br;q=0, gzip", "gzip"),
        ("zstd; q=0.000, GZIP;q=0.5", "gzip"),
        ("deflate", None),
        ("", None),
        ("*;q=;,,", None),
    ],
)
async def test_an_encoding_is_chosen_from_those_that_are_accepted(
    client: Client, accepted: str, chosen: str | None
) -> None:
    answer = await client.get("/", headers={"Accept-Encoding": accepted}, auto_decompress=False)
    assert answer.headers.get("Content-Encoding") == chosen
    await answer.read()


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_the_head_already_is_told_so(client: Client, path: str) -> None:
    await leave(client, "one")
    first = await client.get(path)
    headers = {"If-None-Match": first.headers["ETag"]}
    again = await client.get(path, headers=headers)
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Content-Security-Policy" in again.headers
    await leave(client, "two")
    changed = await client.get(path, headers=headers)
    assert changed.status == 200
    assert "two" in await changed.text()


async def test_the_next_page_after_a_post_has_it(client: Client) -> None:
    for number in range(30):
        await leave(client, f"message {number}")
        for path in PATHS:
            assert f"message {number}" in await (await client.get(path)).text()


class TestWithoutListen:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(postgres=Postgres(listen=False))

    async def test_the_next_look_has_ones_own_change_whichever_process_answers(
        self, client: Client, other: Client
    ) -> None:
        async def look() -> str:
            jar = client.session.cookie_jar.filter_cookies(client.make_url("/"))
            answer = await other.get("/", cookies={"seen": jar["seen"].value})
            return await answer.text()

        for turn in range(3):
            number = (await create(client, f"first words {turn}", key=KEY))["id"]
            assert f"first words {turn}" in await look()
            await call(client, "edit", id=number, key=KEY, text=f"other words {turn}")
            assert f"other words {turn}" in await look()
            await call(client, "react", id=number, key=KEY, kind="love")
            assert "<span>1</span>" in await look()
            await call(client, "delete", id=number, key=KEY)
            assert f"other words {turn}" not in await look()
        number = await write(client, "first words by form")
        assert "first words by form" in await look()
        await submit(client, f"/m/{number}/edit", text="other words by form")
        assert "other words by form" in await look()
        await submit(client, f"/m/{number}/reactions", kind="love")
        assert "<span>1</span>" in await look()
        await submit(client, f"/m/{number}/delete")
        assert "other words by form" not in await look()


async def test_languages_do_not_get_each_others_head(client: Client) -> None:
    for language in ("en", "ru", "en"):
        answer = await client.get("/", headers={"Accept-Language": language})
        assert f'<html lang="{language}">' in await answer.text()


async def test_a_made_up_memory_of_a_change_does_no_harm(client: Client) -> None:
    await leave(client, "one")
    for seen in ("9" * 18, "9" * 30, "-1", "x", "\u0661"):
        answer = await client.get("/api/messages.list", cookies={"seen": seen})
        assert [m["text"] for m in json.loads(await answer.text())["messages"]] == ["one"]
