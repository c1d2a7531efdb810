"""The peers that alerts are sent to: a mail server and a webhook, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trustme
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult
from standardwebhooks import Webhook

from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from email.message import EmailMessage
    from pathlib import Path

    import pytest
    from aiosmtpd.smtp import Envelope, LoginPassword, Session

USER, PASSWORD = "wall@yard.example", "correct-horse/battery"
OWNER = "owner@yard.example"
# 32 bytes in base64.
KEY = "whsec_" + "c3RlbmEgc3RlbmEgc3RlbmEgc3RlbmEgc3RlbmEh"


class Certificates:
    """An authority that the program trusts, with a certificate for this machine."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        # OpenSSL reads it when a context is created.
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        self.trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self.trusted)
        self.unknown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(self.unknown)


class MailServer:
    """A mail server and what it has taken.

    Attributes:
        asked: how many mails it was sent.
        answers: what it answers to the next messages instead of taking them.
        refuses: the recipients that it does not know.
        users: who has signed in.
        encrypted: whether each message came over TLS.
        taken: the mails.
        envelopes: the sender and the recipients of each.
        answers_now: it answers to messages; while it is cleared it does not.
    """

    def __init__(self) -> None:
        self.port = 0
        self.asked = 0
        self.answers: list[str] = []
        self.refuses: set[str] = set()
        self.users: list[str] = []
        self.encrypted: list[bool] = []
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.answers_now = asyncio.Event()
        self.answers_now.set()

    async def handle_RCPT(  # noqa: N802 -- as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if address in self.refuses:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- as above
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.asked += 1
        await self.answers_now.wait()
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append(found)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword
    ) -> AuthResult:
        user, password = data.login.decode(), data.password.decode()
        is_right = (user, password) == (USER, PASSWORD)
        if is_right:
            self.users.append(user)
        return AuthResult(success=is_right, handled=False)

    async def mails(self, count: int) -> list[EmailMessage]:
        """Wait until it has taken so many mails."""
        await until(lambda: len(self.taken) >= count)
        return self.taken

    @asynccontextmanager
    async def serve(
        self,
        *,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> AsyncGenerator[MailServer]:
        def protocol() -> SMTP:
            return SMTP(
                self,
                hostname="mail.yard.example",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=self.authenticate,
                auth_require_tls=starttls is not None,
                loop=asyncio.get_running_loop(),
            )

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


class Receiver:
    """A webhook that checks the signature as the standard's own package does.

    Attributes:
        statuses: what it answers to the next requests.
        headers: what it adds to each answer.
        taken: the payloads of all requests.
        ids: their ids.
    """

    def __init__(self) -> None:
        self.port = 0
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/alerts?of=the-wall"

    async def payloads(self, count: int) -> list[dict[str, Any]]:
        await until(lambda: len(self.taken) >= count)
        return self.taken

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.text()
        Webhook(KEY).verify(body, dict(request.headers))
        assert request.query == {"of": "the-wall"}
        self.taken.append(json.loads(body))
        self.ids.append(request.headers["webhook-id"])
        status = self.statuses.pop(0) if self.statuses else 204
        return web.Response(status=status, headers=self.headers)

    @asynccontextmanager
    async def serve(self, context: ssl.SSLContext) -> AsyncGenerator[Receiver]:
        async with serving({"/alerts": self._take}, context) as port:
            self.port = port
            yield self


@asynccontextmanager
async def serving(
    views: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]],
    context: ssl.SSLContext | None = None,
) -> AsyncGenerator[int]:
    """Serve views by their paths. Yields the port."""
    app = web.Application()
    app.add_routes([web.post(path, view) for path, view in views.items()])
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener, ssl_context=context).start()
        try:
            yield listener.getsockname()[1]
        finally:
            await runner.cleanup()


async def until(is_true: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(PATIENCE):
        while not is_true():  # noqa: ASYNC110 -- a peer sets no event
            await asyncio.sleep(0.01)
