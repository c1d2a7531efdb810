from __future__ import annotations

import base64
import binascii
import re
from datetime import time
from typing import Annotated
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from stena.settings.section import Section

MOST_RECIPIENTS = 10
# The lengths of a key in bytes that Standard Webhooks allows.
SHORTEST_KEY, LONGEST_KEY = 24, 64
# The schemes of a mail server with their ports.
PORTS = {"smtps": 465, "submission": 587, "smtp": 587}
PLAIN_PORT = 25
LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL; None without a host, or with a port that there is not."""
    try:
        parts = urlsplit(url)
        is_whole = parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if is_whole else None


def _mail_server(url: str) -> str:
    if not url:
        return url
    parts = _parts(url)
    if parts is None or re.search(r"\s", unquote(url)):
        raise ValueError("is not a URL; write a special character in the password as %XX")
    if parts.scheme not in PORTS:
        raise ValueError("does not begin with smtps:// or smtp://")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("has something behind the host and the port")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("has a user without a password")
    return url


def _addresses(written: object) -> object:
    """Accept a list, or one string, as in an environment variable."""
    if isinstance(written, str):
        written = re.split(r"[\s,]+", written)
    if not isinstance(written, list | tuple):
        raise ValueError("is not a list of addresses")  # noqa: TRY004 -- pydantic lets a TypeError pass
    addresses = tuple(dict.fromkeys(str(one) for one in written if one != ""))
    for address in addresses:
        _check_address(address)
    return addresses


def _address(written: str) -> str:
    if written:
        _check_address(written)
    return written


def _check_address(address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"has {address[:100]!a} in it, which is not an address of mail")


def _webhook(url: str) -> str:
    return _url(url, {"https"})


def _url(url: str, schemes: set[str]) -> str:
    if not url:
        return url
    parts = _parts(url)
    if parts is None or parts.scheme not in schemes or re.search(r"[\s#]", url):
        raise ValueError(f"is not a complete address; it begins with {min(schemes)}://")
    if "@" in parts.netloc:
        raise ValueError("has a user in it; leave it out")
    return url


def _topic(url: str) -> str:
    _url(url, {"https", "http"})
    if url and (
        not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", urlsplit(url).path.rpartition("/")[2])
        or "?" in url
    ):
        raise ValueError("does not end with the name of a topic")
    return url


def _header(written: str) -> str:
    if not re.fullmatch(r"[!-~]*", written):
        raise ValueError("has a character in it that no token has")
    return written


def _bot(written: str) -> str:
    if written and not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", written):
        raise ValueError("is not the token of a bot")
    return written


def _chat(written: str, info: ValidationInfo) -> str:
    if written and not re.fullmatch(r"-?\d+|@\w+", written, re.ASCII):
        raise ValueError("is neither a number nor @ and a name")
    token = info.data.get("telegram_token")
    if token is not None and bool(token) != bool(written):
        raise ValueError("does not go with alerts.telegram_token: set both, or neither")
    return written


def _webhook_key(written: str, info: ValidationInfo) -> str:
    if written:
        try:
            key = base64.b64decode(written.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
            raise ValueError(f"is not {SHORTEST_KEY} to {LONGEST_KEY} random bytes in base64")
    # Missing if it has a mistake of its own.
    url = info.data.get("webhook_url")
    if url is not None and bool(url) != bool(written):
        raise ValueError("does not go with alerts.webhook_url: set both, or neither")
    return written


def _goes_with_server(written: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    server = info.data.get("mail_server")
    if server is not None and bool(server) != bool(written):
        raise ValueError("does not go with alerts.mail_server: set both, or neither")
    return written


def _quiet(written: str) -> str:
    if written:
        quiet_hours(written)
    return written


def quiet_hours(written: str) -> tuple[time, time]:
    """The two times of `alerts.quiet_hours`."""
    found = _HOURS.fullmatch(written)
    if not found or found[1] == found[2]:
        raise ValueError("is not two times of the day")
    return time.fromisoformat(found[1]), time.fromisoformat(found[2])


class Alerts(Section):
    """What the team is sent."""

    mail_server: Annotated[str, AfterValidator(_mail_server)] = Field(
        "",
        max_length=1000,
        repr=False,
        description=(
            "The mail server that alerts are sent through, with the user and the password: "
            "`smtps://user:password@host:465` (TLS) or `smtp://user:password@host:587` (STARTTLS, "
            "which is required unless the host is this machine, `localhost`). Empty: no mail."
        ),
        examples=["smtps://user:password@mail.example"],
    )
    mail_to: Annotated[
        tuple[str, ...], BeforeValidator(_addresses), AfterValidator(_goes_with_server)
    ] = Field(
        (),
        max_length=MOST_RECIPIENTS,
        validate_default=True,
        description=(
            "Who gets the mails: a list of addresses, or one string with commas between them. "
            "All of them see each other's addresses."
        ),
        examples=["owner@yard.example"],
    )
    mail_from: Annotated[str, AfterValidator(_address)] = Field(
        "",
        max_length=254,
        description=(
            "The sender of the mails. Many servers take only the address of their user. Empty: the "
            "user in `alerts.mail_server` if it is an address, else the first one of "
            "`alerts.mail_to`."
        ),
        examples=["wall@yard.example"],
    )
    webhook_url: Annotated[str, AfterValidator(_webhook)] = Field(
        "",
        max_length=2000,
        repr=False,
        description=(
            "The address of a program that is sent alerts as signed JSON ([Standard "
            "Webhooks](https://www.standardwebhooks.com)): https, at a public address."
        ),
        examples=["https://yard.example/alerts"],
    )
    webhook_key: Annotated[str, AfterValidator(_webhook_key)] = Field(
        "",
        max_length=200,
        repr=False,
        validate_default=True,
        description=(
            "The key that the webhook is signed with: 24 to 64 random bytes in base64, with or "
            "without `whsec_` before it."
        ),
        examples=["openssl rand -base64 32"],
    )
    ntfy_url: Annotated[str, AfterValidator(_topic)] = Field(
        "",
        max_length=2000,
        repr=False,
        description=(
            "The topic of [ntfy](https://ntfy.sh), a service of push notifications, to which "
            "alerts are sent. Anyone who knows the name of a topic of a public server reads it, so "
            "take one that nobody guesses."
        ),
        examples=["https://ntfy.sh/our-yard-3kq9x7"],
    )
    ntfy_token: Annotated[str, AfterValidator(_header)] = Field(
        "",
        max_length=200,
        repr=False,
        description="The token for that topic, if it needs one.",
        examples=["tk_3kq9x7"],
    )
    telegram_token: Annotated[str, AfterValidator(_bot)] = Field(
        "",
        max_length=200,
        repr=False,
        description="The token of a bot of Telegram that sends the alerts, as @BotFather gives it.",
        examples=["123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"],
    )
    telegram_chat: Annotated[str, AfterValidator(_chat)] = Field(
        "",
        max_length=100,
        validate_default=True,
        description=(
            "The number of the chat to which the bot writes, or the `@name` of a channel. Write to "
            "the bot first: otherwise it may not write to you."
        ),
        examples=["123456789"],
    )
    quiet_hours: Annotated[str, AfterValidator(_quiet)] = Field(
        "",
        max_length=20,
        description=(
            "The hours of the day in which only urgent alerts are sent, in `wall.time_zone`; the "
            "others are sent when they end."
        ),
        examples=["22:00-08:00"],
    )


# No characters that would need quotes, or end a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)\s*[-–]\s*((?:[01]\d|2[0-3]):[0-5]\d)")  # noqa: RUF001 -- as people write it
