"""A device that has passkeys, as Chromium simulates it, and what a member does with it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page


@asynccontextmanager
async def authenticator(page: Page, *, unlocked: bool = True) -> AsyncGenerator[None]:
    """Let the page's browser have an authenticator, which its person unlocks or does not."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": unlocked,
        "automaticPresenceSimulation": True,
    }
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    await session.send("WebAuthn.disable")
    await session.detach()


async def add_a_passkey(page: Page) -> None:
    """On the page for it, whatever its language."""
    await page.locator("#add button").click()
    await expect(page.locator("[id^=passkey]")).to_have_count(1)
