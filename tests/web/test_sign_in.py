from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from stena.settings import Settings, Wall
from tests.owner import device, execute, make_code, sign_in
from tests.web.calls import page, submit

if TYPE_CHECKING:
    from datetime import datetime

    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.calls import Asking

FORM = 'action="/owner/sign-in"'
REFUSED = "This code does not work"


async def is_signed_in(asking: Asking) -> bool:
    return "You are signed in as" in await page(asking, "/owner")


async def test_a_code_from_the_command_signs_the_owner_in(client: Client, address: Address) -> None:
    assert FORM in await page(client, "/owner")
    await sign_in(client, await make_code(address))
    assert "You are signed in as owner, an owner." in await page(client, "/owner")


async def test_a_code_works_once(client: Client, address: Address) -> None:
    code = await make_code(address)
    await sign_in(client, code)
    async with device(client) as other:
        status, shown = await submit(other, "/owner/sign-in", code=code)
        assert (status, REFUSED in shown) == (403, True)
        assert not await is_signed_in(other)


async def test_of_two_that_send_one_code_at_once_one_signs_in(
    client: Client, address: Address
) -> None:
    code = await make_code(address)
    async with device(client) as first, device(client) as second:
        answers = await asyncio.gather(
            *(submit(one, "/owner/sign-in", code=code) for one in (first, second))
        )
        assert sorted(status for status, _ in answers) == [303, 403]
        assert any(REFUSED in shown for _, shown in answers)
        assert [await is_signed_in(first), await is_signed_in(second)].count(True) == 1


async def test_case_spaces_hyphens_and_look_alikes_are_forgiven(
    client: Client, address: Address
) -> None:
    code = ""
    while not {"0", "1"} <= set(code):
        await execute(address, "DELETE FROM sign_in_code")
        code = await make_code(address)
    typed = " ".join(code.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    await sign_in(client, f" {typed} ")


async def test_a_whole_link_that_is_pasted_counts_as_its_code(
    client: Client, address: Address
) -> None:
    await sign_in(client, f"https://wall.example/owner#{await make_code(address)}")


async def test_what_follows_long_after_a_code_is_not_read(client: Client, address: Address) -> None:
    accents = "\u0315" * 4000 + "\u0321" * 4000
    await sign_in(client, f"{await make_code(address)}{' ' * 200}{accents}0")


async def test_a_wrong_an_expired_and_a_used_code_get_the_same_sentence(
    client: Client, address: Address
) -> None:
    used, expired = await make_code(address), await make_code(address)
    await sign_in(client, used)
    await execute(
        address, "UPDATE sign_in_code SET expires = clock_timestamp() WHERE spent IS NULL"
    )
    async with device(client) as other:
        pages = set()
        for code in (used, expired, "00000-00000-00000-00000-000000", "", "#", "\0", "ю" * 9000):
            status, shown = await submit(other, "/owner/sign-in", code=code)
            assert status == 403
            # What is for one reader ends with random padding.
            pages.add(shown.rpartition("<!--")[0])
        assert len(pages) == 1
        assert REFUSED in pages.pop()


async def test_what_previews_a_link_spends_nothing(client: Client, address: Address) -> None:
    code = await make_code(address)
    async with device(client) as preview:
        for path in (
            "/owner",
            f"/owner?code={code}",
            "/owner/sign-in",
            f"/owner/sign-in?code={code}",
        ):
            for method in ("GET", "HEAD"):
                await preview.request(method, path)
        assert not await is_signed_in(preview)
    await sign_in(client, code)


async def test_another_site_cannot_sign_anybody_in(client: Client, address: Address) -> None:
    code = await make_code(address)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await client.post("/owner/sign-in", data={"code": code}, headers=headers)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
    await sign_in(client, code)


async def test_a_sign_in_makes_a_new_session_and_ends_the_one_before(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    before = session_of(client)
    await sign_in(client, await make_code(address))
    assert session_of(client) != before
    async with device(client) as thief:
        thief.cookie_jar.update_cookies({"owner": before}, client.make_url("/"))
        assert not await is_signed_in(thief)


async def test_a_token_that_a_browser_brings_along_is_not_taken_over(
    client: Client, address: Address
) -> None:
    planted = "A" * 43
    client.session.cookie_jar.update_cookies({"owner": planted}, client.make_url("/"))
    await sign_in(client, await make_code(address))
    assert session_of(client) != planted


async def test_a_session_ends_when_it_is_idle_for_two_weeks(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    await age(address, "seen", "13 days 23 hours")
    assert await is_signed_in(client)
    await age(address, "seen", "14 days")
    assert not await is_signed_in(client)


async def test_a_session_ends_after_90_days_in_any_case(client: Client, address: Address) -> None:
    await sign_in(client, await make_code(address))
    await age(address, "created", "89 days 23 hours")
    assert await is_signed_in(client)
    await age(address, "created", "90 days")
    assert not await is_signed_in(client)


async def test_when_a_session_was_seen_is_written_once_in_ten_minutes(
    client: Client, address: Address
) -> None:
    await sign_in(client, await make_code(address))
    at_first = await seen(address)
    assert await is_signed_in(client)
    assert await seen(address) == at_first
    await age(address, "seen", "11 minutes")
    assert await is_signed_in(client)
    assert await seen(address) > at_first


async def test_no_code_and_no_token_is_in_the_database(client: Client, address: Address) -> None:
    code = await make_code(address)
    await sign_in(client, code)
    token = session_of(client)
    connection = await asyncpg.connect(address.url)
    for table in ("member", "sign_in_code", "session"):
        for row in await connection.fetch(f"SELECT * FROM {table}"):  # noqa: S608 -- constants
            kept = " ".join(map(str, row.values()))
            assert code not in kept
            assert token not in kept
    await connection.close()


async def test_pages_of_the_team_are_stored_framed_and_listed_nowhere(
    client: Client, address: Address
) -> None:
    paths = (
        "/owner",
        "/owner/devices",
        "/owner/team",
        "/owner/programs",
        "/owner/passkeys",
        "/owner/nothing",
    )
    for _ in range(2):
        for path in paths:
            answer = await client.get(path, allow_redirects=False)
            headers = answer.headers
            assert headers["Cache-Control"] == "no-store", path
            assert headers["X-Robots-Tag"] == "noindex", path
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
            assert headers["Referrer-Policy"] == "same-origin", path
        await sign_in(client, await make_code(address))
    assert (await client.get("/embed/owner")).status == 404
    assert "Disallow: /owner\n" in await page(client, "/robots.txt")
    assert "/owner" not in await page(client, "/sitemap-1.xml")


async def test_a_page_sends_a_stranger_to_the_form_and_a_form_says_why(client: Client) -> None:
    for path in ("/owner/devices", "/owner/team", "/owner/programs", "/owner/passkeys"):
        answer = await client.get(path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/owner"), path
    for path in (
        *("/owner/devices/code", "/owner/devices/1/sign-out", "/owner/devices/others/sign-out"),
        *("/owner/team/code", "/owner/team/1/role", "/owner/team/1/leave"),
        *("/owner/programs/token", "/owner/programs/1/revoke"),
        *("/owner/passkeys", "/owner/passkeys/options", "/owner/passkeys/1/remove"),
    ):
        status, shown = await submit(client, path, name="x", role="owner")
        assert (status, "You are not signed in" in shown) == (403, True), path


async def test_tries_are_limited_for_each_address(client: Client, address: Address) -> None:
    tries = 0
    answer = None
    # A slow machine is given some tries back meanwhile, so the right code may still work.
    for _ in range(5):
        code = await make_code(address)
        while (await submit(client, "/owner/sign-in", code="0"))[0] == 403:
            tries += 1
        answer = await client.post("/owner/sign-in", data={"code": code}, allow_redirects=False)
        if answer.status == 429:
            break
    assert answer is not None
    assert (answer.status, tries >= 30) == (429, True)
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many codes in a row." in await answer.text()


async def test_a_sign_in_leads_nowhere_else(client: Client, address: Address) -> None:
    for following, target in (
        ("https://evil.example/", "/owner"),
        ("//evil.example", "/owner"),
        ("/owner/team", "/owner/team"),
        ("/owner/programs", "/owner/programs"),
    ):
        code = await make_code(address)
        status, location = await submit(client, "/owner/sign-in", code=code, next=following)
        assert (status, location) == (303, target)


async def test_visitors_get_the_same_bytes_beside_a_member_who_is_signed_in(
    client: Client, address: Address
) -> None:
    before = await page(client, "/")
    await sign_in(client, await make_code(address))
    assert await page(client, "/") == before


class TestHttps:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wall=Wall(url="https://wall.example"))

    async def test_the_cookies_are_the_hosts_own(self, client: Client, address: Address) -> None:
        answer = await client.post(
            "/owner/sign-in", data={"code": await make_code(address)}, allow_redirects=False
        )
        token, signed_in = answer.headers.getall("Set-Cookie")
        assert token.startswith("__Host-owner=")
        assert token.partition("; ")[2] == "Max-Age=7776000; Path=/; SameSite=Lax; Secure; HttpOnly"
        assert signed_in == "__Host-team=1; Max-Age=7776000; Path=/; SameSite=Lax; Secure"


def session_of(client: Client) -> str:
    """The token in the browser's cookie."""
    return client.session.cookie_jar.filter_cookies(client.make_url("/"))["owner"].value


async def age(address: Address, column: str, by: str) -> None:
    await execute(
        address,
        f"UPDATE session SET {column} = clock_timestamp() - interval '{by}'",  # noqa: S608 -- constants
    )


async def seen(address: Address) -> datetime:
    connection = await asyncpg.connect(address.url)
    found: datetime = await connection.fetchval("SELECT seen FROM session")
    await connection.close()
    return found
