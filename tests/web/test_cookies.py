"""The cookies of the wall's own pages, and of the frame on another site's page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from stena.settings import Common, Settings
from tests.web.test_embed import post, read

if TYPE_CHECKING:
    from tests.conftest import Client


@pytest.fixture
def settings() -> Settings:
    return Settings(common=Common(proxies=1))


async def test_over_https_cookies_of_the_frame_are_kept_apart_for_each_site(
    client: Client,
) -> None:
    answer = await post(client, proto="https", text="Mine")
    cookies = answer.headers.getall("Set-Cookie")
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names == {"frame-key", "frame-mine", "frame-link", "frame-seen"}
    for cookie in cookies:
        parts = cookie.split("; ")
        assert {"SameSite=None", "Secure", "Partitioned", "Path=/embed"} <= set(parts)
        assert ("HttpOnly" in parts) == (not cookie.startswith("frame-mine"))


async def test_without_encryption_the_frame_asks_for_what_browsers_take_of_the_same_site_only(
    client: Client,
) -> None:
    answer = await post(client, text="Mine")
    for cookie in answer.headers.getall("Set-Cookie"):
        assert "; SameSite=Lax" in cookie
        assert not re.search("Secure|Partitioned|None", cookie)


async def test_the_walls_own_page_keeps_its_cookies_from_other_sites(client: Client) -> None:
    answer = await post(client, "/messages", proto="https", text="Mine")
    page = await client.get("/?lang=ru", headers={"X-Forwarded-Proto": "https"})
    cookies = [*answer.headers.getall("Set-Cookie"), *page.headers.getall("Set-Cookie")]
    names = [cookie.partition("=")[0] for cookie in cookies]
    assert names[:4] == ["__Host-key", "__Host-mine", "__Host-link", "__Host-seen"]
    assert "__Host-language" in names
    for cookie in cookies:
        assert "; Path=/; SameSite=Lax; Secure" in cookie
        assert "Partitioned" not in cookie


async def test_over_https_a_cookie_that_another_program_of_the_domain_has_set_is_not_read(
    client: Client,
) -> None:
    for name, language in (("language", "en"), ("__Host-language", "ru"), ("frame-language", "en")):
        headers = {"X-Forwarded-Proto": "https", "Cookie": f"{name}=ru"}
        page = await client.get("/", headers=headers)
        assert f'<html lang="{language}">' in await page.text(), name


async def test_a_script_that_knows_of_https_is_understood_by_a_wall_that_does_not(
    client: Client,
) -> None:
    page = await client.get("/", headers={"Cookie": "__Host-language=ru; language=en"})
    assert '<html lang="ru">' in await page.text()


async def test_the_frames_key_gives_rights_in_the_frame_and_the_pages_on_the_page(
    client: Client,
) -> None:
    await post(client, text="In the frame")
    await post(client, "/messages", text="On the page")
    assert "Edit or delete" in await read(client, "/embed/m/1")
    for path in ("/m/1/edit", "/embed/m/2/edit"):
        assert (await client.get(path)).status == 403
    edited = await post(client, "/embed/m/1/edit", text="Changed")
    assert edited.status == 303
    assert "Changed" in await read(client, "/m/1")


async def test_without_cookies_all_but_ones_rights_is_there(client: Client) -> None:
    for path, fields in (
        ("/embed/messages", {"text": "One"}),
        ("/embed/messages", {"text": "Two", "reply_to": "1"}),
        ("/embed/m/1/reactions", {"kind": "love"}),
    ):
        assert (await post(client, path, **fields)).status == 303
        client.session.cookie_jar.clear()
    assert (await post(client, "/embed/m/1/edit", text="Three")).status == 403


async def test_other_cookies_of_the_domain_do_not_hide_the_walls(client: Client) -> None:
    """Other programs below one domain set cookies too, with names and values as they like."""
    noise = "; ".join(f'n{number}="{number}, ="' for number in range(400))
    for sent in (
        f"{noise}; language=ru; language=en",
        f"=; ;;a;{noise};language=ru",
        "language =ru",
    ):
        answer = await client.get("/", headers={"Cookie": sent})
        assert '<html lang="ru">' in await answer.text(), sent
