"""Walls in every condition: empty, with messages, crowded, without a database."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
from aiohttp import ClientSession

from stena.app import create_app
from stena.settings import Settings, Wall
from tests.browser.people import EVENING, crowd
from tests.conftest import Front, database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from stena.store.database import Address
    from tests.browser.people import Said

LANGUAGES = ("en", "ru")
# The key of the author of the message with the label `mine`.
KEY = "the-key-of-this-browser"


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a wall, the ids of its labelled messages, and its database."""

    url: str
    ids: dict[str, int] = field(default_factory=dict)
    address: Address | None = None


@asynccontextmanager
async def opened(postgres: str, template: str, language: str) -> AsyncGenerator[dict[str, Place]]:
    """An empty wall, one with messages, a crowded one, and one without a database."""
    said = {"empty": (), "written": EVENING[language], "crowded": crowd(language), "lost": ()}
    async with AsyncExitStack() as stack:
        places = {}
        for name, messages in said.items():
            address = await stack.enter_async_context(database(postgres, template))
            settings = Settings(wall=Wall(posts_per_minute=0, language=language))
            server = await stack.enter_async_context(Front(create_app(settings, address)))
            places[name] = await furnish(str(server.make_url("/")).rstrip("/"), messages, address)
        # The last one.
        await run(postgres, f"DROP DATABASE {urlsplit(address.url).path[1:]} WITH (FORCE)")
        yield places


async def furnish(url: str, messages: Sequence[Said], address: Address) -> Place:
    """Post messages, then set their times in the database, since a test cannot wait for those."""
    place = Place(url, address=address)
    moments: list[tuple[int, int]] = []
    async with ClientSession(url) as session:
        for said in messages:
            await leave(session, said, place.ids, moments)
    await run(
        address.url,
        "UPDATE message SET created = created - make_interval(mins => $2) WHERE id = $1",
        moments,
    )
    return place


async def leave(
    session: ClientSession,
    said: Said,
    ids: dict[str, int],
    moments: list[tuple[int, int]],
    reply_to: int | None = None,
) -> None:
    message = {"text": said.text, "name": said.name, "key": key(said), "reply_to": reply_to}
    number = (await asked(session, "create", message))["message"]["id"]
    moments.append((number, said.ago))
    if said.label:
        ids[said.label] = number
    for kind, count in said.reactions.items():
        for one in range(count):
            reaction = {"id": number, "kind": kind, "key": f"somebody-who-feels-{one}"}
            await asked(session, "react", reaction)
    for reply in said.answers:
        await leave(session, reply, ids, moments, number)


async def asked(session: ClientSession, method: str, body: dict[str, Any]) -> dict[str, Any]:
    async with session.post(f"/api/messages.{method}", json=body) as answer:
        assert answer.ok, await answer.text()
        content: dict[str, Any] = await answer.json()
        return content


def key(said: Said) -> str:
    """The key of an author: the same for the same name, so that the colour is the same."""
    who = (said.name or said.text).encode().hex()
    return KEY if said.label == "mine" else f"the-key-of-{who}"[:100]


async def run(url: str, statement: str, rows: Sequence[tuple[int, int]] | None = None) -> None:
    connection = await asyncpg.connect(url)
    try:
        if rows is None:
            await connection.execute(statement)
        else:
            await connection.executemany(statement, rows)
    finally:
        await connection.close()
