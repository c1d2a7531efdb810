"""One process of all sends alerts, and none is lost when it is killed."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from stena.store.database import Address
from tests.holding import held
from tests.owner import execute, rows
from tests.pooler import pgbouncer
from tests.program import PATIENT, PLAIN, Program, post, running
from tests.web.alerting import OWNER, MailServer, until
from tests.web.flooding import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractContextManager
    from pathlib import Path

pytestmark = pytest.mark.once

# While it is held, no process makes alerts. Else one would be sent some seconds after the first
# message, whatever a slow test has done by then.
NO_ALERTS = "LOCK TABLE lease"


@pytest.fixture
async def mail_server() -> AsyncGenerator[MailServer]:
    async with MailServer().serve() as server:
        yield server


def wall(
    address: Address,
    folder: Path,
    name: str,
    mail_server: MailServer,
    processes: int = 1,
    command: tuple[str, ...] = PATIENT,
    **variables: Any,  # noqa: ANN401 -- as of running
) -> AbstractContextManager[Program]:
    return running(
        *command,
        errors=folder / name,
        DATABASE_URL=address.url,
        WEB_CONCURRENCY=str(processes),
        STENA_ALERTS__MAIL_SERVER=f"smtp://127.0.0.1:{mail_server.port}",
        STENA_ALERTS__MAIL_TO=OWNER,
        **variables,
    )


async def send(program: Program, text: str) -> None:
    """Post a message that waits."""
    body = json.dumps({"text": text}).encode()
    url = f"{program.url}/api/messages.create"
    status, _ = (await asyncio.to_thread(post, url, body, "application/json"))[:2]
    assert status == 202


async def start(address: Address) -> None:
    """Wait until the wall has set up its channel, and let messages wait."""

    async def is_set_up() -> bool:
        return bool(await rows(address, "SELECT FROM channel"))

    await eventually(is_set_up)
    await execute(address, "UPDATE rule SET mode = 'all' WHERE thread = ''")


async def test_an_alert_that_is_being_sent_is_sent_by_another_process(
    address: Address, tmp_path: Path, mail_server: MailServer
) -> None:
    mail_server.answers_now.clear()
    with wall(address, tmp_path, "first", mail_server) as first:
        await start(address)
        await send(first, "hello")
        await until(lambda: mail_server.asked == 1)
        first.process.kill()
    (claimed,) = await rows(address, "SELECT id FROM delivery")
    with wall(address, tmp_path, "second", mail_server):
        mail_server.answers_now.set()
        # As if the time had passed in which nobody else sends it.
        await execute(address, "UPDATE delivery SET claimed_until = '-infinity'")
        await mail_server.mails(1)
        await until_done(address)
    assert {mail["Message-ID"].partition("@")[0] for mail in mail_server.taken} == {
        f"<{claimed['id']}"
    }


async def test_what_happened_before_a_kill_is_sent(
    address: Address, tmp_path: Path, mail_server: MailServer
) -> None:
    with wall(address, tmp_path, "first", mail_server) as first:
        await start(address)
        async with held(address, NO_ALERTS):
            await send(first, "hello")
            first.process.kill()
            first.process.wait()
    assert mail_server.asked == 0
    with wall(address, tmp_path, "second", mail_server):
        (mail,) = await mail_server.mails(1)
        assert "— hello" in mail.get_content()


async def test_two_processes_send_an_alert_once(
    address: Address, tmp_path: Path, mail_server: MailServer
) -> None:
    with wall(address, tmp_path, "log", mail_server, processes=2) as both:
        await start(address)
        async with held(address, NO_ALERTS):
            for number in range(4):
                await send(both, f"hello {number}")
        await mail_server.mails(1)
        await until_done(address)
    (mail,) = mail_server.taken
    assert mail["Subject"] == "The wall: 4 new messages wait"


async def test_a_frozen_process_delays_no_alert_and_sends_none_twice(
    address: Address, tmp_path: Path, mail_server: MailServer
) -> None:
    # What it has locked is free again as soon as on any wall.
    with wall(address, tmp_path, "first", mail_server, command=PLAIN) as first:
        await start(address)
        async with held(address, NO_ALERTS):
            await send(first, "hello")
            first.process.send_signal(signal.SIGSTOP)
        try:
            with wall(address, tmp_path, "second", mail_server):
                await mail_server.mails(1)
                await until_done(address)
        finally:
            first.process.send_signal(signal.SIGCONT)
        # It is awake again, and has nothing left to send.
        await send(first, "hello again")
        assert len(mail_server.taken) == 1


async def test_it_works_behind_a_pooler(
    address: Address, tmp_path: Path, mail_server: MailServer
) -> None:
    with (
        pgbouncer(address, tmp_path, "transaction") as url,
        wall(Address(url), tmp_path, "log", mail_server, STENA_POSTGRES__LISTEN="false") as program,
    ):
        await start(address)
        await send(program, "hello")
        await mail_server.mails(1)
        await until_done(address)
        assert len(mail_server.taken) == 1


async def until_done(address: Address) -> None:
    async def is_done() -> bool:
        return not await rows(address, "SELECT FROM outbox UNION ALL SELECT FROM delivery")

    await eventually(is_done)
