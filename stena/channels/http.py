"""One POST to a peer, with limits on its answer."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import (
    ClientConnectorDNSError,
    ClientError,
    ClientOSError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from stena import __version__
from stena.alert import Undelivered
from stena.channels import public

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from stena.alert import Reason

# How long a connection may take, and silence. All of it is limited by those who send.
CONNECT_SECONDS, SILENT_SECONDS = 10, 15
# Of an answer so much is read.
LONGEST_ANSWER = 16 * 1024
# Digits of a pause that is shorter than a day or two.
MOST_DIGITS = 6


class Answer(NamedTuple):
    """What a peer answered.

    Attributes:
        pause: for how many seconds the header Retry-After asks to wait; 0 without it.
        body: its beginning.
    """

    status: int
    pause: float
    body: bytes


async def post(
    url: str, body: bytes, headers: Mapping[str, str], *, context: ssl.SSLContext, is_public: bool
) -> Answer:
    """Send a body. No redirect is followed, and no proxy of the environment is used.

    Args:
        url: where to.
        body: what is sent.
        headers: of the request.
        context: by which a certificate is checked.
        is_public: whether only a public address will do.

    Raises:
        Undelivered: no answer arrived.
    """
    target = URL(url)
    if is_public:
        public.check(target.host or "")
    connector = TCPConnector(
        resolver=public.PublicResolver() if is_public else None,
        ssl=context,
        force_close=True,
        use_dns_cache=False,
    )
    timeout = ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS)
    try:
        async with (
            ClientSession(
                connector=connector,
                cookie_jar=DummyCookieJar(),
                timeout=timeout,
                auto_decompress=False,
                trust_env=False,
            ) as session,
            session.post(
                target,
                data=body,
                headers={"User-Agent": f"stena/{__version__}", **headers},
                allow_redirects=False,
            ) as response,
        ):
            return Answer(
                response.status,
                _seconds(response.headers.get("Retry-After", "")),
                await _beginning(response.content.iter_any()),
            )
    except (ClientSSLError, ssl.SSLError):
        raise Undelivered("certificate") from None
    except ClientConnectorDNSError:
        raise Undelivered("unreachable", detail="no such host") from None
    except TimeoutError:
        raise Undelivered("timeout") from None
    except ClientError as error:
        # Not its text: the address may be a secret.
        raise Undelivered(_reason(error), detail=type(error).__name__) from None
    except OSError as error:
        raise Undelivered("unreachable", detail=type(error).__name__) from None


def check(answer: Answer) -> None:
    """Check that a peer has taken what was sent.

    Raises:
        Undelivered: it has not.
    """
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004 -- what HTTP says
        return
    raise Undelivered(
        _REASONS.get(status) or _BY_HUNDREDS.get(status // 100, "refused"),
        status,
        pause=answer.pause,
    )


_REASONS: dict[int, Reason] = {
    401: "sign_in",
    403: "sign_in",
    404: "not_found",
    410: "not_found",
    429: "too_many",
}
_BY_HUNDREDS: dict[int, Reason] = {3: "redirect", 5: "server"}


async def _beginning(chunks: AsyncIterator[bytes]) -> bytes:
    read = b""
    async for chunk in chunks:
        read += chunk
        if len(read) >= LONGEST_ANSWER:
            break
    return read[:LONGEST_ANSWER]


def _seconds(given: str) -> float:
    """The header as a number of seconds; its other form, a date, counts as none."""
    return float(given) if given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS else 0


def _reason(error: ClientError) -> Reason:
    return "unreachable" if isinstance(error, ClientOSError) else "garbage"
