"""A member adds a passkey, and signs in with it, on a wall of its own site and below a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from stena.settings import Settings, Wall
from tests.article.repository import free_port
from tests.browser.passkey import authenticator
from tests.browser.test_owner_signs_in import SIGNED_IN
from tests.owner import execute, make_code
from tests.proxies import nginx

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.async_api import Page

    from stena.store.database import Address
    from tests.conftest import Client

# Before the wall, since its address has to be known when it starts.
PROXY = """
server {{
    listen 127.0.0.1:{port};
    location {path}/ {{ proxy_pass http://{wall}; }}
}}
"""
USE, ADD = "Sign in with a passkey", "Add a passkey"


@pytest.fixture(params=["", "/a/m/b"], ids=["own site", "below a path"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def home(path: str) -> str:
    return f"http://localhost:{free_port()}{path}"


@pytest.fixture
def settings(home: str) -> Settings:
    return Settings(wall=Wall(url=home))


@pytest.fixture
def way(home: str, path: str, client: Client, tmp_path: Path) -> Generator[str]:
    """The address of the wall through nginx."""
    port = int(home.split(":")[2].partition("/")[0])
    wall = f"{client.host}:{client.port}"
    with nginx(tmp_path, PROXY.format(port=port, path=path, wall=wall), port):
        yield home


async def sign_in(page: Page, code: str) -> None:
    await page.get_by_label("The code, or the whole link").fill(code)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_text(SIGNED_IN)).to_be_visible()


async def add(page: Page, way: str, address: Address) -> None:
    """Sign in with a code, and add a passkey."""
    await page.goto(f"{way}/owner")
    await sign_in(page, await make_code(address))
    await page.get_by_role("link", name="Your devices").click()
    await page.get_by_role("link", name=ADD).click()
    await expect(page.get_by_label("A name for it")).to_have_value("Chrome, Linux")
    await page.get_by_label("A name for it").fill("This laptop")
    await page.get_by_role("button", name=ADD).click()
    await expect(page.get_by_role("listitem").filter(has_text="This laptop")).to_be_visible()


async def sign_out(page: Page) -> None:
    await page.locator("#out").click()
    await expect(page.get_by_role("button", name=USE)).to_be_visible()


async def test_a_member_adds_a_passkey_and_signs_in_with_it(
    way: str, page: Page, address: Address
) -> None:
    async with authenticator(page):
        await add(page, way, address)
        await sign_out(page)
        await page.get_by_role("button", name=USE).click()
        await expect(page.get_by_text(SIGNED_IN)).to_be_visible()
        await page.get_by_role("link", name="Your devices").click()
        row = page.get_by_role("listitem").filter(has_text="This laptop")
        await expect(row).to_contain_text("Last used")


async def test_a_passkey_confirms_instead_of_a_new_code(
    way: str, page: Page, address: Address
) -> None:
    async with authenticator(page):
        await add(page, way, address)
        await execute(address, "UPDATE session SET confirmed = NULL")
        for name in ("team", "programs", "passkeys"):
            await page.goto(f"{way}/owner/{name}")
            await page.get_by_role("button", name=USE).click()
            await expect(page.get_by_label("name")).to_be_visible()
            assert page.url == f"{way}/owner/{name}"
            await execute(address, "UPDATE session SET confirmed = NULL")


async def test_a_device_that_has_a_passkey_makes_no_second_one(
    way: str, page: Page, address: Address
) -> None:
    async with authenticator(page):
        await add(page, way, address)
        await page.get_by_role("link", name=ADD).click()
        await page.get_by_role("button", name=ADD).click()
        await expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()
        await expect(page.get_by_role("button", name=ADD)).to_be_enabled()


async def test_a_passkey_that_was_removed_signs_in_no_longer(
    way: str, page: Page, address: Address
) -> None:
    async with authenticator(page):
        await add(page, way, address)
        row = page.get_by_role("listitem").filter(has_text="This laptop")
        await expect(row.get_by_role("button")).to_be_hidden()
        await row.locator("summary").click()
        await row.get_by_role("button", name="Remove this passkey").click()
        await expect(row).to_have_count(0)
        await sign_out(page)
        await page.get_by_role("button", name=USE).click()
        await expect(page.get_by_text("This passkey does not work here")).to_be_visible()
        await sign_in(page, await make_code(address))


async def test_a_person_who_does_not_unlock_the_device_can_try_again_or_use_a_code(
    way: str, page: Page, address: Address
) -> None:
    async with authenticator(page, unlocked=False):
        await page.goto(f"{way}/owner")
        await page.get_by_role("button", name=USE).click()
        await expect(page.get_by_text("No passkey was used.")).to_be_visible()
        await expect(page.get_by_role("button", name=USE)).to_be_enabled()
        await sign_in(page, await make_code(address))
        await page.goto(f"{way}/owner/passkeys")
        await page.get_by_role("button", name=ADD).click()
        await expect(page.get_by_text("No passkey was made.")).to_be_visible()


async def test_a_member_without_a_passkey_is_told_so(
    way: str, page: Page, address: Address
) -> None:
    await page.goto(f"{way}/owner")
    await sign_in(page, await make_code(address))
    await execute(address, "UPDATE session SET confirmed = NULL")
    await page.goto(f"{way}/owner/team")
    await page.get_by_role("button", name=USE).click()
    await expect(page.get_by_text("You have no passkey on this wall yet.")).to_be_visible()


async def test_what_scripts_do_is_offered_only_where_they_run(
    way: str,
    tab: Page,
    script: bool,  # noqa: FBT001 -- a fixture
    address: Address,
) -> None:
    await tab.goto(f"{way}/owner")
    await expect(tab.get_by_role("button", name=USE)).to_be_visible(visible=script)
    await sign_in(tab, await make_code(address))
    await tab.goto(f"{way}/owner/passkeys")
    await expect(tab.get_by_role("button", name=ADD)).to_be_visible(visible=script)
    note = tab.get_by_text("This browser cannot make passkeys")
    await expect(note).to_be_visible(visible=not script)


async def test_the_page_in_russian_leads_the_same_way(
    way: str, russian_tab: Page, address: Address
) -> None:
    await russian_tab.goto(f"{way}/owner")
    await russian_tab.locator("#code").fill(await make_code(address))
    await russian_tab.locator("#sign-in button").click()
    await russian_tab.get_by_role("link", name="Ваши устройства").click()
    await expect(russian_tab.get_by_role("heading", name="Ключи доступа")).to_be_visible()
    await russian_tab.get_by_role("link", name="Добавить ключ доступа").click()
    await expect(russian_tab).to_have_title(re.compile("Новый ключ доступа"))
