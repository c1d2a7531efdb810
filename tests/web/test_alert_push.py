"""Alerts by ntfy and by Telegram, which are simulated as their pages document them."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from stena.settings import Alerts, Settings, Wall
from tests.owner import device, make_code, rows, sign_in
from tests.program import PATIENCE
from tests.web.alerting import serving
from tests.web.calls import create, page, submit
from tests.web.desk import let_wait
from tests.web.flooding import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address
    from tests.conftest import Client

BOT, CHAT = "123456:secret-of-the-bot", "-100200300"
NTFY_TOKEN = "tk_secret-of-ntfy"  # noqa: S105 -- of a test
PAUSED = """
    SELECT FROM channel
    WHERE name = 'telegram' AND attempts > 0 AND next_at - failed > interval '14 minutes'
"""


class Peer:
    """A server that takes what is sent to it, and answers as it is told.

    Attributes:
        port: of it.
        status, body: its next answers.
        taken: what it was sent, with the path and the header Authorization.
        answers_now: while it is cleared it does not answer.
    """

    def __init__(self) -> None:
        self.port = 0
        self.status = 200
        self.body: object = {"ok": True, "result": {"message_id": 1}}
        self.taken: list[tuple[str, str | None, dict[str, Any]]] = []
        self.answers_now = asyncio.Event()
        self.answers_now.set()

    async def take(self, request: web.Request) -> web.Response:
        sent = await request.json()
        self.taken.append((request.path, request.headers.get("Authorization"), sent))
        await self.answers_now.wait()
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return web.Response(status=self.status, text=text)


@pytest.fixture
async def peer(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Peer]:
    peer = Peer()
    async with serving({"/{path:.*}": peer.take}) as peer.port:
        monkeypatch.setattr("stena.channels.telegram.API", f"http://127.0.0.1:{peer.port}")
        yield peer


@pytest.fixture
def settings(peer: Peer) -> Settings:
    return Settings(
        wall=Wall(url="http://wall.example", title="Двор", language="ru"),
        alerts=Alerts(
            ntfy_url=f"http://127.0.0.1:{peer.port}/our-yard",
            ntfy_token=NTFY_TOKEN,
            telegram_token=BOT,
            telegram_chat=CHAT,
        ),
    )


@pytest.fixture(autouse=True)
async def signed_in(client_of_one: Client, address: Address) -> None:
    await sign_in(client_of_one, await make_code(address))


async def press(client: Client, name: str) -> str:
    """Press “Send a test”. Returns what the page says of it."""

    async def is_shown() -> bool:
        return f"/owner/alerts/{name}/test" in await page(client, "/owner/alerts")

    await eventually(is_shown)
    status, target = await submit(client, f"/owner/alerts/{name}/test")
    assert status == 303, target
    shown = await page(client, f"{target}&lang=en")
    found = re.search(r'role="(?:status|alert)">(.*?)</p>', shown, re.DOTALL)
    assert found
    assert "secret" not in shown
    return " ".join(found[1].split())


async def test_an_alert_is_sent_to_a_topic_of_ntfy(client_of_one: Client, peer: Peer) -> None:
    assert (await press(client_of_one, "ntfy")).startswith("The test was delivered.")
    ((path, authorization, sent),) = peer.taken
    assert (path, authorization) == ("/", f"Bearer {NTFY_TOKEN}")
    assert sent == {
        "topic": "our-yard",
        "title": "Двор: проверка",
        "message": "Оповещения стены приходят сюда.\n\nhttp://wall.example/owner/alerts\n",
        "priority": 3,
        "click": "http://wall.example/owner/alerts",
    }


async def test_an_alert_is_sent_to_a_chat_of_telegram(client_of_one: Client, peer: Peer) -> None:
    assert (await press(client_of_one, "telegram")).startswith("The test was delivered.")
    ((path, _, sent),) = peer.taken
    assert path == f"/bot{BOT}/sendMessage"
    assert sent == {
        "chat_id": CHAT,
        "text": "Двор: проверка\n\n"
        "Оповещения стены приходят сюда.\n\nhttp://wall.example/owner/alerts\n",
        "link_preview_options": {"is_disabled": True},
    }


def error(code: int, description: str, **parameters: object) -> dict[str, object]:
    """An error as Telegram answers it."""
    given = {"parameters": parameters} if parameters else {}
    return {"ok": False, "error_code": code, "description": description, **given}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, error(400, "Bad Request: chat not found"), "recipient"),
        (401, error(401, "Unauthorized"), "sign_in"),
        (403, error(403, "Forbidden: bot was blocked by the user"), "blocked"),
        (404, error(404, "Not Found"), "sign_in"),
        (429, error(429, "Too Many Requests: retry after 900", retry_after=900), "too_many"),
        (502, "<html>Bad Gateway</html>", "server"),
        (200, "<html>A proxy says hello</html>", "garbage"),
        (200, [], "garbage"),
        (200, "x" * 100_000, "garbage"),
        (302, "", "redirect"),
    ],
)
async def test_the_errors_of_telegram_are_told_apart(
    client_of_one: Client, peer: Peer, address: Address, status: int, body: object, reason: str
) -> None:
    peer.status, peer.body = status, body
    said = await press(client_of_one, "telegram")
    assert said.startswith("The test did not arrive.")
    (found,) = await rows(address, "SELECT error, status FROM channel WHERE name = 'telegram'")
    assert found == {"error": reason, "status": status}


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "The server refused the user and the password, the key or the token."),
        (403, "The server refused the user and the password, the key or the token."),
        (413, "The server refused the alert."),
        (429, "The server asks for a pause."),
        (507, "The server has a fault of its own."),
    ],
)
async def test_the_errors_of_ntfy_are_said(
    client_of_one: Client, peer: Peer, status: int, sentence: str
) -> None:
    peer.status = status
    said = await press(client_of_one, "ntfy")
    assert said == f"The test did not arrive. {sentence} Its answer was {status}."


async def test_telegram_gets_the_pause_that_it_asks_for(
    client_of_one: Client, peer: Peer, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.alerts.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("stena.alert.SETTLE", timedelta(0))
    peer.status, peer.body = 429, error(429, "Too Many Requests", retry_after=900)
    await let_wait(client_of_one)
    await press(client_of_one, "telegram")
    async with device(client_of_one) as visitor:
        await create(visitor, "hello")

    async def is_long() -> bool:
        return bool(await rows(address, PAUSED))

    await eventually(is_long)


@pytest.mark.parametrize("name", ["ntfy", "telegram"])
async def test_a_silent_server_keeps_nobody_waiting(
    client_of_one: Client, peer: Peer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("stena.alerts.TEST_SECONDS", 0.2)
    peer.answers_now.clear()
    async with asyncio.timeout(PATIENCE):
        said = await press(client_of_one, name)
    assert said.endswith("The server did not answer in time.")
    peer.answers_now.set()


async def test_the_secrets_are_in_no_log(
    client_of_one: Client, peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.status = 500
    await press(client_of_one, "telegram")
    await press(client_of_one, "ntfy")
    logged = "".join(capsys.readouterr())
    assert logged.count("alert_not_sent") == 2
    assert "secret" not in logged
