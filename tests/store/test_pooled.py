"""Behind PgBouncer, which gives a connection or each transaction a session of the server."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession

from tests.pooler import pgbouncer
from tests.program import ended, eventually, get, post, running
from tests.web.calls import KEY, call, create, got, listed, replies

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

WRITERS, EACH = 8, 12
BEHIND: dict[str, Any] = {"STENA_POSTGRES__LISTEN": "false", "STENA_WALL__POSTS_PER_MINUTE": "0"}


async def test_each_transaction_may_have_another_session(
    tmp_path: Path, empty_address: Address
) -> None:
    with (
        pgbouncer(empty_address, tmp_path, "transaction") as url,
        running(errors=tmp_path / "log", DATABASE_URL=url, WEB_CONCURRENCY="2", **BEHIND) as wall,
    ):
        assert "database_migrated" in wall.log
        # Each writer has a connection of its own, to either process.
        left = await asyncio.gather(*(write(wall.url, number) for number in range(WRITERS)))
        async with ClientSession(wall.url) as client:
            assert await kept(client) == {text for texts in left for text in texts}
            assert (await client.get("/readyz")).status == 200
        done = ended(sys.executable, "-m", "stena", "doctor", DATABASE_URL=url, **BEHIND)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "once a second" in done.stdout
        assert '"level": "error"' not in wall.log


async def write(url: str, number: int) -> set[str]:
    """All that a visitor can do, again and again; the texts that are left."""
    left = set()
    async with ClientSession(url) as client:
        for turn in range(EACH):
            text = f"writer{number} turn{turn}"
            one = (await create(client, f"{text} before", key=KEY))["id"]
            await create(client, "to be deleted", key=KEY, reply_to=one)
            reply = (await replies(client, one))["messages"][0]["id"]
            await call(client, "react", id=one, kind="love", key=KEY)
            await call(client, "edit", id=one, key=KEY, text=text)
            await call(client, "delete", id=reply, key=KEY)
            left.add(text)
            for path in ("/", f"/m/{one}", "/api/messages.list"):
                answer = await client.get(path)
                assert answer.status == 200, await answer.text()
            found = await client.get("/api/messages.search", params={"q": f"writer{number}"})
            assert found.status == 200, await found.text()
            assert text in await found.text()
            message = await got(client, one)
            assert message is not None
            assert (message["text"], message["replies"]) == (text, 0)
    return left


async def kept(client: ClientSession) -> set[str]:
    found: set[str] = set()
    before: dict[str, int] = {}
    while page := await listed(client, limit=100, **before):
        found |= {one["text"] for one in page}
        before = {"before": page[-1]["id"]}
    return found


async def test_a_session_for_each_connection_is_as_good_as_no_pooler(
    tmp_path: Path, empty_address: Address
) -> None:
    with (
        pgbouncer(empty_address, tmp_path, "session", sessions=20) as url,
        running(errors=tmp_path / "one", DATABASE_URL=url) as one,
        running(errors=tmp_path / "two", DATABASE_URL=url) as two,
    ):
        for here, there, text in ((one, two, "good morning"), (two, one, "good evening")):
            body = f'{{"text": "{text}"}}'.encode()
            assert post(f"{here.url}/api/messages.create", body, "application/json")[0] == 201
            eventually(lambda there=there, text=text: text in get(f"{there.url}/")[1])
        assert "listening_lost" not in one.log + two.log
        done = ended(sys.executable, "-m", "stena", "doctor", DATABASE_URL=url)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
