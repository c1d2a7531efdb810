"""Walls in every condition in which a visitor may find one."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
from aiohttp import ClientSession

from stena.app import create_app
from stena.settings import Settings, Wall
from tests.browser.people import EVENING, crowd
from tests.conftest import Front, create_database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from stena.store.database import Address
    from tests.browser.people import Said

LANGUAGES = ("en", "ru")
# The browser that has left the message that a state calls `mine`.
KEY = "the-key-of-this-browser"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a wall is, and the ids of the messages that have a label."""

    url: str
    ids: dict[str, int] = field(default_factory=dict)


@asynccontextmanager
async def opened(postgres: str, template: str, language: str) -> AsyncGenerator[dict[str, Place]]:
    """An empty wall, one that people have written on, a crowded one, and one without a database."""
    said = {"empty": (), "written": EVENING[language], "crowded": crowd(language), "lost": ()}
    async with AsyncExitStack() as stack:
        places = {}
        for name, messages in said.items():
            address = await create_database(postgres, f"{name}_{language}", template)
            settings = Settings(wall=Wall(posts_per_minute=0, language=language))
            server = await stack.enter_async_context(Front(create_app(settings, address)))
            places[name] = await furnish(str(server.make_url("/")).rstrip("/"), messages, address)
        await run(postgres, f"DROP DATABASE lost_{language} WITH (FORCE)")
        yield places


async def furnish(url: str, messages: Sequence[Said], address: Address) -> Place:
    """Have people write; their moments are the only thing that a test cannot wait for."""
    place = Place(url)
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
    for kind, count in said.felt.items():
        for one in range(count):
            felt = {"id": number, "kind": kind, "key": f"somebody-who-feels-{one}"}
            await asked(session, "react", felt)
    for reply in said.answers:
        await leave(session, reply, ids, moments, number)


async def asked(session: ClientSession, method: str, body: dict[str, Any]) -> dict[str, Any]:
    async with session.post(f"/api/messages.{method}", json=body) as answer:
        assert answer.ok, await answer.text()
        content: dict[str, Any] = await answer.json()
        return content


def key(said: Said) -> str:
    """People of one name have one, and so the same colour."""
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
