"""What happens on the wall, the alerts that the team is sent because of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from stena.settings import Alerts, Settings, Wall
from stena.store.sketch import COPIES
from tests.owner import between_steps, execute, rows
from tests.web.alerting import OWNER, PASSWORD, USER, MailServer
from tests.web.calls import KEY, call, create
from tests.web.desk import wait
from tests.web.flooding import MANY, eventually, offers, stories, until_hidden
from tests.web.moderating import approve, make_token, moderate, remove
from tests.web.reporting import report

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.store.database import Address
    from tests.conftest import Client

LEASE = "SELECT until FROM lease WHERE name = 'alerts'"


@pytest.fixture
async def mail_server(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[MailServer]:
    monkeypatch.setattr("stena.alerts.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("stena.alert.SETTLE", timedelta(0))
    async with MailServer().serve() as server:
        yield server


@pytest.fixture
def settings(mail_server: MailServer) -> Settings:
    url = f"smtp://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{mail_server.port}"
    return Settings(
        wall=Wall(url="https://wall.example", title="Our yard"),
        alerts=Alerts(mail_server=url, mail_to=(OWNER, "second@yard.example")),
    )


@pytest.fixture(autouse=True)
async def first_messages_wait(address: Address, client_of_one: Client) -> None:
    await make_token(address)
    await moderate(client_of_one, "rule", mode="all")


async def test_the_team_is_sent_a_mail_about_a_message_that_waits(
    client_of_one: Client, mail_server: MailServer
) -> None:
    await wait(client_of_one, "Ground floor, *please* ring twice", name="Ann")
    (mail,) = await mail_server.mails(1)
    assert mail["Subject"] == "Our yard: 1 new message waits"
    assert mail["From"] == USER
    assert mail["To"] == f"{OWNER}, second@yard.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@yard.example>")
    assert mail["Date"].datetime
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == [
        "1 message waits now.",
        "",
        "— Ann: Ground floor, please ring twice",
        "",
        "https://wall.example/owner",
    ]
    assert mail_server.envelopes == [(USER, [OWNER, "second@yard.example"])]
    assert mail_server.users == [USER]


async def test_a_recipient_that_the_server_refuses_keeps_no_mail_from_the_others(
    client_of_one: Client, mail_server: MailServer, address: Address
) -> None:
    mail_server.refuses.add(OWNER)
    await wait(client_of_one, "hello")
    await mail_server.mails(1)
    await until_nothing_is_pending(address)
    assert mail_server.envelopes == [(USER, ["second@yard.example"])]


async def test_what_happens_within_a_quarter_of_an_hour_is_one_mail(
    client_of_one: Client, mail_server: MailServer, address: Address
) -> None:
    await wait(client_of_one, "the first")
    await mail_server.mails(1)
    await wait(client_of_one, "the second")
    await wait(client_of_one, "the third")
    await look(address)
    assert len(mail_server.taken) == 1
    await execute(address, "UPDATE alert SET made = made - interval '15 minutes'")
    mails = await mail_server.mails(2)
    assert mails[1]["Subject"] == "Our yard: 2 new messages wait"
    assert mails[1].get_content().splitlines()[:5] == [
        "3 messages wait now.",
        "",
        "— the third",
        "— the second",
        "— the first",
    ]


async def test_a_text_that_was_removed_since_is_in_no_mail(
    client_of_one: Client, mail_server: MailServer, address: Address
) -> None:
    mail_server.answers.append("451 4.3.0 Try again later")
    await wait(client_of_one, "may be read")
    removed = await wait(client_of_one, "vile")
    await until_failed(address)
    await remove(client_of_one, removed)
    await execute(address, "UPDATE channel SET next_at = '-infinity'")
    (mail,) = await mail_server.mails(1)
    assert "may be read" in mail.get_content()
    assert "vile" not in mail.get_content()


async def test_nothing_is_sent_about_what_the_team_has_decided_already(
    client_of_one: Client, mail_server: MailServer, address: Address
) -> None:
    mail_server.answers.append("451 4.3.0 Try again later")
    number = await wait(client_of_one, "hello")
    await until_failed(address)
    await approve(client_of_one, number)
    await execute(address, "UPDATE channel SET next_at = '-infinity'")
    await until_nothing_is_pending(address)
    assert mail_server.taken == []


async def test_a_report_is_mailed_with_the_text(
    client_of_one: Client, mail_server: MailServer
) -> None:
    await moderate(client_of_one, "rule", mode="open")
    body = await create(client_of_one, "Buy my watches")
    await report(client_of_one, body["id"])
    (mail,) = await mail_server.mails(1)
    assert mail["Subject"] == "Our yard: 1 new report"
    assert mail.get_content().splitlines() == [
        "Reported:",
        "",
        "— Buy my watches",
        "",
        "https://wall.example/owner/reported",
    ]


@pytest.mark.parametrize("reason", ["personal_data", "unlawful"])
async def test_an_urgent_report_is_mailed_at_once_and_without_the_text(
    client_of_one: Client, mail_server: MailServer, reason: str
) -> None:
    await wait(client_of_one, "an ordinary one")
    await mail_server.mails(1)
    await moderate(client_of_one, "rule", mode="open")
    body = await create(client_of_one, "Ann lives at 5 Elm Street")
    await report(client_of_one, body["id"], reason=reason)
    mails = await mail_server.mails(2)
    assert mails[1]["Subject"] == "Our yard: 1 urgent report"
    assert "Elm Street" not in mails[1].get_content()
    assert mails[1].get_content().splitlines()[-1] == "https://wall.example/owner/reported"


async def test_an_edit_that_waits_is_mailed(client_of_one: Client, mail_server: MailServer) -> None:
    await moderate(client_of_one, "rule", mode="open")
    body = await create(client_of_one, "hello", key=KEY)
    await moderate(client_of_one, "rule", mode="all")
    await call(client_of_one, "edit", id=body["id"], text="buy my watches", key=KEY)
    (mail,) = await mail_server.mails(1)
    assert "— buy my watches" in mail.get_content()


class TestInQuietHours:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        now = datetime.now(UTC)
        hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
        alerts = settings.alerts.model_copy(update={"quiet_hours": hours})
        return settings.model_copy(update={"alerts": alerts})

    async def test_only_what_is_urgent_is_sent(
        self, client_of_one: Client, mail_server: MailServer, address: Address
    ) -> None:
        await wait(client_of_one, "hello")
        await moderate(client_of_one, "rule", mode="open")
        body = await create(client_of_one, "Ann lives at 5 Elm Street")
        await report(client_of_one, body["id"], reason="unlawful")
        (mail,) = await mail_server.mails(1)
        await look(address)
        assert [one["Subject"] for one in mail_server.taken] == [mail["Subject"]]
        assert mail["Subject"] == "Our yard: 1 urgent report"

    async def test_a_full_outbox_counts_what_happens_and_takes_no_more_rows(
        self, client_of_one: Client, address: Address
    ) -> None:
        await wait(client_of_one, "the first")
        await execute(
            address, "INSERT INTO outbox (kind) SELECT 'waits' FROM generate_series(1, 1000)"
        )
        for number in range(3):
            await wait(client_of_one, f"one more: {number}")
        (found,) = await rows(address, "SELECT count(*) AS rows, sum(times) AS times FROM outbox")
        assert found == {"rows": 1001, "times": 1004}


class TestInRussian:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        wall = Wall(language="ru", title="Двор\r\nBcc: spam@example.com")
        return settings.model_copy(update={"wall": wall})

    async def test_a_mail_is_in_the_language_of_the_wall_and_has_no_header_of_others(
        self, client_of_one: Client, mail_server: MailServer
    ) -> None:
        await wait(client_of_one, "Звоните\r\nTo: spam@example.com\r\n.\r\nдважды")
        (mail,) = await mail_server.mails(1)
        assert mail["Subject"] == "Двор Bcc: spam@example.com: ждёт 1 новое сообщение"
        assert mail["Bcc"] is None
        assert mail["To"] == f"{OWNER}, second@yard.example"
        assert mail.get_content().splitlines() == [
            "Сейчас ждёт 1 сообщение.",
            "",
            "— Звоните To: spam@example.com . дважды",
        ]


class TestWithoutAChannel:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()

    async def test_nothing_is_written(self, client_of_one: Client, address: Address) -> None:
        number = await wait(client_of_one, "hello")
        await approve(client_of_one, number)
        await report(client_of_one, number)
        assert await rows(address, "SELECT FROM outbox UNION ALL SELECT FROM channel") == []


class TestUnderAttack:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        wall = settings.wall.model_copy(update={"brake": True, "posts_per_minute": 0})
        return settings.model_copy(update={"wall": wall})

    async def test_an_attack_is_two_mails(
        self, client_of_one: Client, mail_server: MailServer, address: Address
    ) -> None:
        await moderate(client_of_one, "rule", mode="open")
        # As many as are noticed: of one more the wall would ask a step if it was faster.
        for text in offers(COPIES):
            await create(client_of_one, text, key=f"key-of-the-browser-{text[-1]}")
        mails = await mail_server.mails(1)
        assert mails[0]["Subject"] == "Our yard: the wall is flooded"
        assert "Several browsers wrote nearly the same." in mails[0].get_content()
        await until_hidden(client_of_one, COPIES)
        await moderate(client_of_one, "rule", mode="all")
        await wait(client_of_one, "Good morning", key="key-of-somebody-honest")
        await look(address)
        assert len(mail_server.taken) == 1
        # As if the brake had let go.
        await between_steps(address, "UPDATE brake SET until = '-infinity'")
        mails = await mail_server.mails(2)
        assert mails[1]["Subject"] == "Our yard: the flood is over"
        text = mails[1].get_content()
        assert f"{COPIES + 1} messages were stopped" in text
        assert f"{COPIES + 1} messages wait now." in text
        assert re.search(r"It began at \d\d:\d\d\. Several browsers wrote nearly the same\.", text)
        await until_nothing_is_pending(address)
        assert len(mail_server.taken) == 2

    async def test_the_mail_about_a_flood_has_its_numbers(
        self, client_of_one: Client, mail_server: MailServer
    ) -> None:
        await moderate(client_of_one, "rule", mode="open")
        for text in stories(MANY):
            answer = await client_of_one.post("/api/messages.create", json={"text": text})
            assert answer.status in {201, 428}
        (mail,) = await mail_server.mails(1)
        assert re.search(r"\d+ newcomers in a minute; 0 are usual\.", mail.get_content())


async def look(address: Address) -> None:
    """Wait until the job has looked at what there is, and has sent what it makes of it."""
    for _ in range(2):
        before = await rows(address, LEASE)

        async def is_renewed(before: list[dict[str, Any]] = before) -> bool:
            return await rows(address, LEASE) != before

        await eventually(is_renewed)

    async def is_sent() -> bool:
        return not await rows(address, "SELECT FROM delivery")

    await eventually(is_sent)


async def until_failed(address: Address) -> None:
    """Wait until an attempt has failed."""

    async def has_failed() -> bool:
        return bool(await rows(address, "SELECT FROM channel WHERE attempts > 0"))

    await eventually(has_failed)


async def until_nothing_is_pending(address: Address) -> None:
    async def is_done() -> bool:
        return not await rows(address, "SELECT FROM outbox UNION ALL SELECT FROM delivery")

    await eventually(is_done)
