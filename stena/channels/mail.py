from __future__ import annotations

import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

import aiosmtplib
import structlog

from stena.alert import Undelivered
from stena.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.alert import Alert, Reason

log = structlog.get_logger(__name__)

# `tls`, from the first byte; `starttls`, before the password; `none`, on this machine itself.
Security = Literal["tls", "starttls", "none"]
# What a server answers to those whose password it refuses.
SIGN_IN = {454, 530, 534, 535, 538}
# How long each step may take; all of them together are limited by those who send.
STEP_SECONDS = 15
# How long the server may take to answer that the mail was the last one. It has taken it by then.
QUIT_SECONDS = 2


class Server(NamedTuple):
    """A mail server.

    Attributes:
        user: None to send without signing in.
    """

    host: str
    port: int
    security: Security
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


class Mail:
    """Alerts as plain mails, one for all recipients."""

    name = "mail"

    def __init__(self, server: Server, sender: str, recipients: Sequence[str]) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients
        self._context = None if server.security == "none" else ssl.create_default_context()

    async def send(self, alert: Alert) -> None:
        """As of Channel."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            # The library would ask the resolver for the name of this machine.
            local_hostname=self._domain,
            timeout=STEP_SECONDS,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._context,
        )
        try:
            await client.connect()
            refused, _ = await client.send_message(
                self._message(alert), sender=self._sender, recipients=list(self._recipients)
            )
            with suppress(aiosmtplib.SMTPException):
                await client.quit(timeout=QUIT_SECONDS)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _undelivered(error) from None
        finally:
            # As a context manager it would take leave of a server that is silent.
            client.close()
        for answer in refused.values():
            # It is not sent again to those for whom the server has taken it.
            log.warning("recipient_refused", status=answer.code, detail=_shown(answer.message))

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2]

    def _message(self, alert: Alert) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        # The title of the wall is the owner's text; a line break in it would end the header.
        message["Subject"] = one_line(alert.subject)
        message["From"] = self._sender
        message["To"] = ", ".join(self._recipients)
        message["Date"] = format_datetime(alert.made)
        # The same each time when it is sent again.
        message["Message-ID"] = f"<{alert.id}@{self._domain}>"
        # RFC 3834: nobody's absence is answered to it.
        message["Auto-Submitted"] = "auto-generated"
        # Servers of all kinds carry it; 8-bit text only some.
        message.set_content(alert.text, cte="base64")
        return message


def _undelivered(error: Exception) -> Undelivered:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        first = error.recipients[0]
        return Undelivered("recipient", first.code, detail=_shown(first.message))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        # The library gives -1 for what is no answer of SMTP.
        code = error.code if error.code > 0 else None
        return Undelivered(_reason(error), code, detail=_shown(error.message))
    kinds: list[tuple[bool, Reason]] = [
        (_is_about_tls(error), "certificate"),
        ("STARTTLS" in str(error), "no_tls"),
        (isinstance(error, TimeoutError), "timeout"),
        (isinstance(error, OSError), "unreachable"),
        (True, "garbage"),
    ]
    return Undelivered(next(kind for is_so, kind in kinds if is_so), detail=type(error).__name__)


def _reason(error: aiosmtplib.SMTPResponseException) -> Reason:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError) or error.code in SIGN_IN:
        return "sign_in"
    return "refused" if error.code > 0 else "garbage"


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _shown(answer: str) -> str:
    """What a server answered, as a line of the log."""
    return one_line(answer)[:200]
