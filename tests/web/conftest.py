from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestClient

from stena.app import create_app
from tests.calm import calm
from tests.conftest import Front
from tests.owner import make_code, sign_in
from tests.web import authenticator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client
    from tests.web.authenticator import Authenticator


@pytest.fixture
async def other(settings: Settings, address: Address) -> AsyncGenerator[Client]:
    """What looks like another process on the same database."""
    async with TestClient(
        Front(create_app(calm(settings), address)), cookie_jar=CookieJar(unsafe=True)
    ) as client:
        yield client


@pytest.fixture
async def stranger(client: Client) -> AsyncGenerator[ClientSession]:
    """Another browser at the wall of `client`."""
    jar = CookieJar(unsafe=True)
    async with ClientSession(client.make_url("/"), cookie_jar=jar) as session:
        yield session


@pytest.fixture
async def phone(client: Client, address: Address) -> Authenticator:
    """The phone of the owner, who is signed in, with a passkey."""
    await sign_in(client, await make_code(address))
    return await authenticator.add(client)
