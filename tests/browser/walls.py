"""Walls in every condition: empty, with messages, crowded, without a database."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
from aiohttp import ClientSession, CookieJar

from stena.app import create_app
from stena.settings import Settings, Wall
from tests.article.repository import free_port
from tests.browser.people import EVENING, crowd
from tests.calm import calm
from tests.conftest import Front, database
from tests.owner import make_code, sign_in
from tests.web.calls import write
from tests.web.moderating import make_token, moderate
from tests.web.paying import brake

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from stena.member import Role
    from stena.store.database import Address
    from tests.browser.people import Said

LANGUAGES = ("en", "ru")
# A notice, and an answer, of the team.
FORWARD = {
    "en": (
        "We look after the wall *until ten*. After that, be kind: https://house.example/rules",
        "Thank you all. This is a good place to stop.",
    ),
    "ru": (
        "Мы смотрим за стеной *до десяти*. Потом берегите друг друга: https://house.example/rules",
        "Спасибо всем! Пожалуй, здесь и остановимся.",
    ),
}
AGE = "UPDATE message SET created = created - make_interval(mins => $2) WHERE id = $1"
TEAM: tuple[tuple[str, Role], ...] = (("Борис", "owner"), ("Anna", "moderator"))
# What the owner asks newcomers on a wall that is flooded.
QUESTIONS = {
    "en": ("How many windows does our house have towards the river?", "twelve"),
    "ru": ("Сколько окон нашего дома смотрит на реку?", "двенадцать"),
}
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
    """Walls: empty, with messages, put forward, crowded, flooded, without a database."""
    said = {
        "empty": (),
        "written": EVENING[language],
        "forward": EVENING[language],
        "crowded": crowd(language),
        "flooded": EVENING[language],
        "lost": (),
    }
    async with AsyncExitStack() as stack:
        places = {}
        for name, messages in said.items():
            address = await stack.enter_async_context(database(postgres, template))
            question, answer = QUESTIONS[language] if name == "flooded" else ("", "")
            wall = {"question": question, "answer": answer, "language": language}
            settings = Settings(wall=Wall(posts_per_minute=0, **wall))
            server = await stack.enter_async_context(Front(create_app(calm(settings), address)))
            places[name] = await furnish(str(server.make_url("/")).rstrip("/"), messages, address)
        await put_forward(places["forward"], language)
        flooded = places["flooded"].address
        assert flooded is not None
        await brake(flooded, seconds=24 * 60 * 60)
        places["passkeys"] = await stack.enter_async_context(at_home(postgres, template, language))
        # The last one.
        await run(postgres, f"DROP DATABASE {urlsplit(address.url).path[1:]} WITH (FORCE)")
        yield places


@asynccontextmanager
async def at_home(postgres: str, template: str, language: str) -> AsyncGenerator[Place]:
    """A wall that knows its address, as it needs for passkeys."""
    # Not one that the system may give to a connection meanwhile.
    port = free_port()
    url = f"http://localhost:{port}"
    settings = Settings(wall=Wall(url=url, language=language))
    async with (
        database(postgres, template) as address,
        Front(create_app(calm(settings), address), port=port),
    ):
        yield Place(url, address=address)


async def put_forward(place: Place, language: str) -> None:
    """Pin, lock and answer as the team does, set a notice, and rules for the wall of one page."""
    assert place.address is not None
    await make_token(place.address)
    notice, answer = FORWARD[language]
    async with ClientSession(place.url) as session:
        for label in ("mine", "talk"):
            await moderate(session, "pin", id=place.ids[label])
        await moderate(session, "lock", id=place.ids["talk"])
        await moderate(session, "notice", text=notice)
        rule = {"mode": "open", "close_days": 1, "links": "wait"}
        await moderate(session, "rule", thread="old", **rule)
        for label, text in (("old", answer), ("link", notice)):
            message = {"text": text, "thread": "old", "key": KEY}
            place.ids[label] = (await asked(session, "create", message))["message"]["id"]
    await run(place.address.url, AGE, [(place.ids["old"], 2 * 24 * 60)])
    for name, role in TEAM:
        async with ClientSession(place.url, cookie_jar=CookieJar(unsafe=True)) as session:
            await sign_in(session, await make_code(place.address, name, role))
            above = str(place.ids["talk"])
            await write(session, answer, as_team="1", reply_to=above, name=name)


async def furnish(url: str, messages: Sequence[Said], address: Address) -> Place:
    """Post messages, then set their times in the database, since a test cannot wait for those."""
    place = Place(url, address=address)
    moments: list[tuple[int, int]] = []
    async with ClientSession(url) as session:
        for said in messages:
            await leave(session, said, place.ids, moments)
    await run(address.url, AGE, moments)
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
