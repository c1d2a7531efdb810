"""Alerts by a signed webhook."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from stena.settings import Alerts, Settings, Wall
from tests.owner import execute, rows
from tests.web.alerting import KEY, OWNER, Certificates, MailServer, Receiver, serving
from tests.web.desk import wait
from tests.web.flooding import eventually
from tests.web.moderating import make_token, moderate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    return Certificates(tmp_path, monkeypatch)


@pytest.fixture
async def receiver(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Receiver]:
    monkeypatch.setattr("stena.alerts.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("stena.alert.SETTLE", timedelta(0))
    async with Receiver().serve(certificates.trusted) as receiver:
        yield receiver


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine count as a public one, since no test leaves it."""
    monkeypatch.setattr("stena.channels.public.is_public", lambda address: address.is_loopback)


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    return Settings(
        wall=Wall(url="https://wall.example"),
        alerts=Alerts(webhook_url=receiver.url, webhook_key=KEY),
    )


@pytest.fixture(autouse=True)
async def all_messages_wait(address: Address, client_of_one: Client) -> None:
    await make_token(address)
    await moderate(client_of_one, "rule", mode="all")


@pytest.mark.usefixtures("reachable")
async def test_a_webhook_is_signed_and_says_what_happened(
    client_of_one: Client, receiver: Receiver
) -> None:
    await wait(client_of_one, "Звонок не работает", name="Аня")
    (payload,) = await receiver.payloads(1)
    assert payload["type"] == "alert.messages"
    assert payload["data"]["subject"] == "The wall: 1 new message waits"
    assert payload["data"]["url"] == "https://wall.example/owner"
    assert "— Аня: Звонок не работает" in payload["data"]["text"]
    assert payload["data"]["facts"]["waits"] == 1


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, "redirect"),
        (307, "redirect"),
        (401, "sign_in"),
        (404, "not_found"),
        (410, "not_found"),
        (422, "refused"),
        (429, "too_many"),
        (500, "server"),
    ],
)
async def test_an_alert_that_was_refused_is_sent_again_with_the_same_id(
    client_of_one: Client, receiver: Receiver, address: Address, status: int, reason: str
) -> None:
    receiver.statuses.append(status)
    receiver.headers = {"Location": "/elsewhere"}
    await wait(client_of_one, "hello")
    await until_failed(address, reason, status)
    await execute(address, "UPDATE channel SET next_at = '-infinity'")
    await receiver.payloads(2)
    assert receiver.ids[0] == receiver.ids[1]
    await until_delivered(address)


@pytest.mark.usefixtures("reachable")
async def test_a_peer_that_asks_for_a_pause_gets_it(
    client_of_one: Client, receiver: Receiver, address: Address
) -> None:
    receiver.statuses.append(429)
    receiver.headers = {"Retry-After": "1800"}
    await wait(client_of_one, "hello")
    await until_failed(address, "too_many", 429)
    (found,) = await rows(
        address, "SELECT next_at - failed > interval '29 minutes' AS is_long FROM channel"
    )
    assert found["is_long"]


async def test_an_address_of_this_machine_is_not_called(
    client_of_one: Client, receiver: Receiver, address: Address
) -> None:
    await wait(client_of_one, "hello")
    await until_failed(address, "not_public", None)
    assert receiver.taken == []


class TestOfAName:
    @pytest.fixture
    def settings(self, receiver: Receiver, settings: Settings) -> Settings:
        url = receiver.url.replace("127.0.0.1", "localhost")
        alerts = settings.alerts.model_copy(update={"webhook_url": url})
        return settings.model_copy(update={"alerts": alerts})

    async def test_a_name_that_leads_to_this_machine_is_not_called(
        self, client_of_one: Client, receiver: Receiver, address: Address
    ) -> None:
        await wait(client_of_one, "hello")
        await until_failed(address, "not_public", None)
        assert receiver.taken == []

    @pytest.mark.usefixtures("reachable")
    async def test_one_that_leads_to_a_public_address_is(
        self, client_of_one: Client, receiver: Receiver
    ) -> None:
        await wait(client_of_one, "hello")
        await receiver.payloads(1)


@pytest.mark.usefixtures("reachable")
class TestOfAnUnknownAuthority:
    @pytest.fixture
    async def receiver(
        self, certificates: Certificates, receiver: Receiver
    ) -> AsyncGenerator[Receiver]:
        del receiver
        async with Receiver().serve(certificates.unknown) as receiver:
            yield receiver

    async def test_nothing_is_sent(
        self, client_of_one: Client, receiver: Receiver, address: Address
    ) -> None:
        await wait(client_of_one, "hello")
        await until_failed(address, "certificate", None)
        assert receiver.taken == []


@pytest.mark.usefixtures("reachable")
class TestBesideASilentMailServer:
    @pytest.fixture
    async def mail_server(self) -> AsyncGenerator[MailServer]:
        async with MailServer().serve() as server:
            server.answers_now.clear()
            yield server
            server.answers_now.set()

    @pytest.fixture
    def settings(self, settings: Settings, mail_server: MailServer) -> Settings:
        url = f"smtp://127.0.0.1:{mail_server.port}"
        alerts = settings.alerts.model_copy(update={"mail_server": url, "mail_to": (OWNER,)})
        return settings.model_copy(update={"alerts": alerts})

    async def test_neither_a_post_nor_the_webhook_waits_for_it(
        self,
        client_of_one: Client,
        receiver: Receiver,
        mail_server: MailServer,
        address: Address,
    ) -> None:
        await wait(client_of_one, "hello")
        await receiver.payloads(1)
        assert mail_server.taken == []
        await wait(client_of_one, "while the mail server is silent")
        await execute(address, "UPDATE alert SET made = made - interval '15 minutes'")
        await receiver.payloads(2)
        assert mail_server.taken == []


@pytest.mark.usefixtures("reachable")
class TestOfAnEndlessAnswer:
    @pytest.fixture
    async def settings(
        self, settings: Settings, certificates: Certificates
    ) -> AsyncGenerator[Settings]:
        async with serving({"/alerts": endless}, certificates.trusted) as port:
            url = f"https://127.0.0.1:{port}/alerts"
            alerts = settings.alerts.model_copy(update={"webhook_url": url})
            yield settings.model_copy(update={"alerts": alerts})

    async def test_only_its_beginning_is_read(
        self, client_of_one: Client, address: Address
    ) -> None:
        await wait(client_of_one, "hello")
        await until_delivered(address)


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65536)


async def until_failed(address: Address, reason: str, status: int | None) -> None:
    """Wait until an attempt has failed for this reason."""

    async def has_failed() -> bool:
        found = await rows(address, "SELECT error, status FROM channel WHERE attempts > 0")
        assert found in ([], [{"error": reason, "status": status}])
        return bool(found)

    await eventually(has_failed)


async def until_delivered(address: Address) -> None:
    async def is_delivered() -> bool:
        return bool(
            await rows(
                address,
                "SELECT FROM channel WHERE delivered IS NOT NULL AND error IS NULL"
                " AND NOT EXISTS (SELECT FROM delivery)",
            )
        )

    await eventually(is_delivered)
