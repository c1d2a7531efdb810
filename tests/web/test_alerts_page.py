"""The page with the channels of alerts, and a test through each."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from stena.settings import Alerts, Settings
from tests.owner import device, execute, make_code, sign_in
from tests.program import PATIENCE
from tests.web.alerting import OWNER, PASSWORD, USER, Certificates, MailServer
from tests.web.calls import page, submit
from tests.web.flooding import eventually

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client

TESTED = "/owner/alerts/mail/test"
DELIVERED = "The test was delivered."


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    return Certificates(tmp_path, monkeypatch)


@pytest.fixture
async def mail_server() -> AsyncGenerator[MailServer]:
    async with MailServer().serve() as server:
        yield server


@pytest.fixture
def settings(mail_server: MailServer) -> Settings:
    return with_mail(f"smtp://127.0.0.1:{mail_server.port}")


def with_mail(url: str) -> Settings:
    return Settings(alerts=Alerts(mail_server=url, mail_to=(OWNER,)))


def url_of(server: MailServer, scheme: str, password: str = PASSWORD) -> str:
    return f"{scheme}://{quote(USER)}:{quote(password, safe='')}@127.0.0.1:{server.port}"


@pytest.fixture(autouse=True)
async def signed_in(client_of_one: Client, address: Address) -> None:
    await sign_in(client_of_one, await make_code(address))


async def press(client: Client) -> str:
    """Press “Send a test”. Returns what the page says of it."""

    async def is_shown() -> bool:
        return "Send a test" in await page(client, "/owner/alerts")

    await eventually(is_shown)
    status, target = await submit(client, TESTED)
    assert status == 303, target
    found = re.search(r'role="(?:status|alert)">(.*?)</p>', await page(client, target), re.DOTALL)
    assert found
    return " ".join(found[1].split())


async def test_a_test_is_delivered_and_the_page_says_so(
    client_of_one: Client, mail_server: MailServer
) -> None:
    assert "Nothing was delivered yet." in await page(client_of_one, "/owner/alerts")
    assert await press(client_of_one) == f"{DELIVERED} Look whether it has arrived."
    (mail,) = mail_server.taken
    assert mail["Subject"] == "The wall: a test"
    shown = await page(client_of_one, "/owner/alerts")
    assert "Last delivered" in shown
    assert 'role="status"' not in shown


async def test_opening_the_page_of_a_test_sends_none(
    client_of_one: Client, mail_server: MailServer
) -> None:
    answer = await client_of_one.get(TESTED)
    assert answer.status == 405
    assert mail_server.asked == 0


async def test_a_moderator_sees_no_channel_and_sends_no_test(
    client_of_one: Client, address: Address, mail_server: MailServer
) -> None:
    async with device(client_of_one) as other:
        await sign_in(other, await make_code(address, "Ann", "moderator"))
        await page(other, "/owner/alerts", status=403)
        assert (await submit(other, TESTED))[0] == 403
    assert mail_server.asked == 0


async def test_there_is_no_test_of_a_channel_that_is_not_set_up(client_of_one: Client) -> None:
    assert (await submit(client_of_one, "/owner/alerts/webhook/test"))[0] == 404


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("451 4.3.0 Try again later", "The server refused the alert. Its answer was 451."),
        ("554 5.7.1 Spam", "The server refused the alert. Its answer was 554."),
        ("hello", "The server answered something that the wall does not understand."),
    ],
)
async def test_the_page_says_why_a_mail_was_not_taken(
    client_of_one: Client, mail_server: MailServer, answer: str, sentence: str
) -> None:
    mail_server.answers.append(answer)
    assert await press(client_of_one) == f"The test did not arrive. {sentence}"
    assert "The last attempt failed." in await page(client_of_one, "/owner/alerts")
    assert (await press(client_of_one)).startswith(DELIVERED)
    assert "The last attempt failed." not in await page(client_of_one, "/owner/alerts")


async def test_an_unknown_recipient_is_said(client_of_one: Client, mail_server: MailServer) -> None:
    mail_server.refuses.add(OWNER)
    said = await press(client_of_one)
    assert said.endswith("The server refused the recipient. Its answer was 550.")


async def test_a_silent_server_keeps_nobody_waiting(
    client_of_one: Client, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stena.alerts.TEST_SECONDS", 0.2)
    monkeypatch.setattr("stena.channels.mail.STEP_SECONDS", 10 * PATIENCE)
    mail_server.answers_now.clear()
    async with asyncio.timeout(PATIENCE):
        assert (await press(client_of_one)).endswith("The server did not answer in time.")
    mail_server.answers_now.set()


async def test_the_result_is_noted_although_a_page_waits_less_long_for_the_database(
    client_of_one: Client, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For so long a busy machine may need for the pages before and after it.
    monkeypatch.setattr("stena.deadline.PATIENCE", 10.0)
    monkeypatch.setattr("stena.alerts.TEST_SECONDS", 10.5)
    mail_server.answers_now.clear()
    assert (await press(client_of_one)).endswith("The server did not answer in time.")
    mail_server.answers_now.set()


async def test_a_channel_that_has_failed_for_a_day_is_shown_on_the_desk(
    client_of_one: Client, mail_server: MailServer, address: Address
) -> None:
    mail_server.answers.append("554 5.7.1 Spam")
    await press(client_of_one)
    assert "Alerts do not reach you." not in await page(client_of_one, "/owner")
    await execute(address, "UPDATE channel SET first_failed = first_failed - interval '25 hours'")
    assert "Alerts do not reach you." in await page(client_of_one, "/owner")
    assert "It has failed for a day." in await page(client_of_one, "/owner/alerts")
    await press(client_of_one)
    assert "Alerts do not reach you." not in await page(client_of_one, "/owner")


class TestWithoutAServer:
    @pytest.fixture
    def settings(self) -> Settings:
        return with_mail("smtp://127.0.0.1:9")

    async def test_it_is_said(self, client_of_one: Client) -> None:
        assert (await press(client_of_one)).endswith("The server cannot be reached.")


class TestEncrypted:
    @pytest.fixture(params=["smtps", "submission"])
    def scheme(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def context(self, certificates: Certificates) -> ssl.SSLContext:
        return certificates.trusted

    @pytest.fixture
    async def mail_server(self, scheme: str, context: ssl.SSLContext) -> AsyncGenerator[MailServer]:
        encrypted = {"tls": context} if scheme == "smtps" else {"starttls": context}
        async with MailServer().serve(**encrypted) as server:
            yield server

    @pytest.fixture
    def settings(self, scheme: str, mail_server: MailServer) -> Settings:
        return with_mail(url_of(mail_server, scheme))

    async def test_a_mail_is_sent_with_the_password(
        self, client_of_one: Client, mail_server: MailServer
    ) -> None:
        assert (await press(client_of_one)).startswith(DELIVERED)
        assert mail_server.users == [USER]
        assert mail_server.encrypted == [True]
        assert mail_server.envelopes == [(USER, [OWNER])]


class TestEncryptedByAnUnknownAuthority(TestEncrypted):
    @pytest.fixture
    def context(self, certificates: Certificates) -> ssl.SSLContext:
        return certificates.unknown

    async def test_a_mail_is_sent_with_the_password(
        self, client_of_one: Client, mail_server: MailServer
    ) -> None:
        said = await press(client_of_one)
        assert said.endswith("The certificate of the server is not valid.")
        assert mail_server.users == []


class TestWithoutEncryption:
    @pytest.fixture
    def settings(self, mail_server: MailServer) -> Settings:
        return with_mail(url_of(mail_server, "submission"))

    async def test_the_password_is_not_sent(
        self, client_of_one: Client, mail_server: MailServer
    ) -> None:
        said = await press(client_of_one)
        assert said.endswith("The server offers no encryption, so nothing was sent.")
        assert mail_server.users == []


class TestWithAWrongPassword:
    @pytest.fixture
    def settings(self, mail_server: MailServer) -> Settings:
        return with_mail(url_of(mail_server, "smtp", "wrong-horse"))

    async def test_it_is_said_and_in_no_log(
        self, client_of_one: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = await press(client_of_one)
        assert said.endswith(
            "The server refused the user and the password, the key or the token. "
            "Its answer was 535."
        )
        assert "horse" not in await page(client_of_one, "/owner/alerts")
        logged = "".join(capsys.readouterr())
        assert "alert_not_sent" in logged
        assert "horse" not in logged


class TestWithoutAChannel:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    async def test_the_page_says_what_to_set(self, client_of_one: Client) -> None:
        assert "No channel is set up." in await page(client_of_one, "/owner/alerts")
