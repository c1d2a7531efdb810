from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import segno

from stena.settings import Common, Settings
from stena.settings import Wall as WallSettings
from tests.web.moderating import show_links

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

QUIET_ZONE = 4


async def leave(client: Client, text: str, **fields: str | int) -> int:
    answer = await client.post("/api/messages.create", json={"text": text, **fields})
    assert answer.status == 201, await answer.text()
    return int((await answer.json())["message"]["id"])


async def read(client: Client, path: str = "/live", **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    return await answer.text()


def texts(page: str) -> list[str]:
    """The texts of the sheets; the blank one for scripts has none."""
    return re.findall(r'<div class="words"><p dir="auto">(.*)</p></div>', page)


def modules(page: str) -> list[list[int]]:
    """The QR code on a page as segno represents it: 1 is dark. An empty list if there is none."""
    found = re.search(r'<svg viewBox="0 0 (\d+) \1".*?<path [^>]*d="([^"]+)"', page)
    if found is None:
        return []
    size = int(found[1])
    rows = [[0] * size for _ in range(size)]
    x, y = 0.0, 0.0
    for step, across, down in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", found[2]):
        if step == "h":
            rows[int(y)][int(x) : int(x) + int(across)] = [1] * int(across)
            x += float(across)
        else:
            x, y = (
                (float(across), float(down))
                if step == "M"
                else (x + float(across), y + float(down))
            )
    quiet = slice(QUIET_ZONE, -QUIET_ZONE)
    assert not any(any(row[:QUIET_ZONE] + row[-QUIET_ZONE:]) for row in rows)
    assert not any(map(any, rows[:QUIET_ZONE] + rows[-QUIET_ZONE:]))
    return [row[quiet] for row in rows[quiet]]


def code(address: str) -> list[list[int]]:
    return [list(row) for row in segno.make(address, micro=False, error="m").matrix]


def spoken(page: str) -> str:
    """The address in words."""
    found = re.search(r'<b dir="ltr"[^>]*>(.*)</b>', page)
    return found[1].replace("<wbr>", "") if found else ""


async def test_the_newest_stand_first_and_there_is_nothing_to_press(
    client: Client, address: Address
) -> None:
    await show_links(address)
    await leave(client, "one")
    await leave(client, "see https://example.com/?a=1&b=2")
    page = await read(client)
    assert texts(page) == ["see <a>https://example.com/?a=1&amp;b=2</a>", "one"]
    assert set(re.findall("<(a|button|form|input|textarea|iframe|details)\\b[^>]*>", page)) == {"a"}
    assert "<a " not in page
    assert "tabindex" not in page


async def test_replies_and_what_was_taken_down_are_not_shown(client: Client) -> None:
    key = "k" * 20
    parent = await leave(client, "deleted", key=key)
    await leave(client, "a reply", reply_to=parent)
    await leave(client, "stays")
    body = {"id": parent, "key": key}
    assert (await client.post("/api/messages.delete", json=body)).status == 200
    assert texts(await read(client)) == ["stays"]


async def test_no_more_are_sent_than_a_screen_may_have_room_for(client: Client) -> None:
    for number in range(45):
        await leave(client, f"message {number}")
    assert texts(await read(client)) == [f"message {number}" for number in range(44, 4, -1)]


async def test_a_page_of_a_site_has_a_wall_and_an_address_of_its_own(client: Client) -> None:
    await leave(client, "here", thread="about-us")
    await leave(client, "elsewhere")
    page = await read(client, "/live?thread=about-us")
    assert texts(page) == ["here"]
    address = f"{client.make_url('/')}?thread=about-us"
    assert modules(page) == code(address)
    assert spoken(page) == address.removeprefix("http://")
    assert (await client.get("/live?thread=!")).status == 422


async def test_the_code_and_the_words_below_it_are_the_address_of_the_wall(client: Client) -> None:
    page = await read(client)
    address = str(client.make_url("/"))
    assert modules(page) == code(address)
    assert modules(page) != code(f"{address}x")
    assert spoken(page) == address.removeprefix("http://").removesuffix("/")


async def test_a_code_is_one_for_each_name_that_the_wall_is_called_by(client: Client) -> None:
    for name in (
        "one.example",
        "two.example:8080",
        "[::1]:80",
        "xn--a.xn--",
        "a:99999",
        "one.example",
    ):
        page = await read(client, Host=name)
        assert modules(page) == code(f"http://{name}/")
        assert spoken(page) == name
    encoded = "стена.рф".encode("idna").decode()
    assert spoken(await read(client, Host=encoded)) == "стена.рф"
    page = await read(client)
    assert modules(page) == code(str(client.make_url("/")))
    assert "example" not in page


@pytest.mark.parametrize(
    "name", ["", "a b", 'x"><script>', "user@host", "host/path", "h" * 300, "a:b", "[x"]
)
async def test_a_name_that_is_none_is_nowhere_on_the_page(client: Client, name: str) -> None:
    page = await read(client, Host=name)
    assert modules(page) == []
    assert spoken(page) == ""
    assert name not in page or not name


class TestBehindARouter:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    async def test_who_came_encrypted_leads_others_there_encrypted(self, client: Client) -> None:
        for scheme in ("https", "http"):
            page = await read(client, **{"X-Forwarded-Proto": scheme, "Host": "wall.example"})
            assert modules(page) == code(f"{scheme}://wall.example/")
            assert spoken(page) == "wall.example"


class TestWithAnAddressOfTheOwners:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=WallSettings(url="https://wall.example"))

    async def test_that_is_where_the_code_leads(self, client: Client) -> None:
        for name in ("other.example", "a b"):
            page = await read(client, "/live?thread=about-us", Host=name)
            assert modules(page) == code("https://wall.example/?thread=about-us")
            assert spoken(page) == "wall.example/?thread=about-us"


async def test_language_and_theme_are_in_the_address(client: Client) -> None:
    await leave(client, "one")
    seen = set()
    for language, theme in (("en", "light"), ("en", "dark"), ("ru", "light"), ("ru", "dark")):
        page = await read(client, f"/live?lang={language}&theme={theme}")
        assert f'<html lang="{language}" data-theme="{theme}">' in page
        assert f'<meta name="color-scheme" content="{theme}">' in page
        assert f'href="/static/{theme}.wall.css?' in page
        seen.add(page)
    assert len(seen) == 4
    page = await read(client, "/live?theme=x", **{"Accept-Language": "ru"})
    assert '<html lang="ru" data-theme="">' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    # The language of a screen does not change the visitor's choice for the wall.
    assert '<html lang="en">' in await (await client.get("/")).text()


async def test_who_has_the_page_already_is_told_so(client: Client) -> None:
    await leave(client, "one")
    first = await client.get("/live?theme=dark")
    known = {"If-None-Match": first.headers["ETag"]}
    again = await client.get("/live?theme=dark", headers=known)
    assert (again.status, await again.read()) == (304, b"")
    for other in ("/live", "/live?theme=light", "/live?lang=ru&theme=dark", "/"):
        assert (await client.get(other, headers=known)).status == 200
    assert (await client.get("/live", headers=known | {"Host": "x.example"})).status == 200
    await leave(client, "two")
    changed = await client.get("/live?theme=dark", headers=known)
    assert changed.status == 200
    assert texts(await changed.text()) == ["two", "one"]


async def test_without_scripts_the_page_is_fetched_again_and_again(client: Client) -> None:
    head = (await read(client)).partition("</head>")[0]
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in head


async def test_the_fewer_words_the_larger(client: Client) -> None:
    for text in ("x" * 48, "x" * 49, "🙂" * 180, "x" * 181):
        await leave(client, text)
    sizes = re.findall(r'<article id="m\d+" class="message" data-size="(\w*)"', await read(client))
    assert sizes == ["long", "", "", "short"]


async def test_an_empty_wall_invites_to_be_the_first(client: Client) -> None:
    page = await read(client)
    assert texts(page) == []
    assert "The first words are yours." in page


class TestWithALongTitle:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=WallSettings(title="<Б> " * 20))

    async def test_it_is_set_smaller(self, client: Client) -> None:
        assert '<h1 data-size="long">&lt;Б&gt;' in await read(client)
