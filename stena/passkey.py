"""A passkey of a member, and the challenges that it signs: values."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from stena.refusal import Refusal

if TYPE_CHECKING:
    from typing import Self

# The passkeys of one member: the page lists them, and a browser is given all of them.
MOST_PASSKEYS = 10
# How long a person may take to unlock the device.
CHALLENGE_LIFE = timedelta(minutes=5)
# What a challenge consists of: random bytes, the second at which it expires, and the seal of both.
RANDOM, SECOND, SEAL = 16, 8, 32
# A credential has an id of at most so many bytes (Web Authentication, 4, "Credential ID").
LONGEST_ID = 1023
# An RSA key of 8,192 bits fits. Those of devices are shorter.
LONGEST_KEY = 2048


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its member sees it.

    Attributes:
        name: which device or password manager has it, as the member called it.
        used: the last sign-in with it, None for never.
    """

    id: int
    name: str
    made: datetime
    used: datetime | None


class Credential(NamedTuple):
    """A passkey as it is verified.

    Attributes:
        id: the authenticator's id of it.
        public_key: in COSE.
        counter: how often the authenticator says it was used; 0 where authenticators do not count.
    """

    id: bytes
    public_key: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site for which passkeys are made; the browser offers them on no other.

    Attributes:
        id: the host of the wall.
        origin: the origin of its pages.
    """

    id: str
    origin: str

    @classmethod
    def of(cls, origin: str) -> Self | None:
        """The relying party of an origin, None if browsers have no passkeys there.

        They have them for names, not for addresses of machines, and only where pages are secure.
        """
        parts = urlsplit(origin)
        host = parts.hostname or ""
        local = host == "localhost" or host.endswith(".localhost")
        if not host or _is_address(host) or (parts.scheme != "https" and not local):
            return None
        return cls(host, origin)


def to_sign_in(session: int | None) -> str:
    """The purpose of a challenge that signs in, or confirms who has the session with this id."""
    return "sign in" if session is None else f"confirm {session}"


def to_add(session: int) -> str:
    """The purpose of a challenge for a new passkey, which the session with this id adds."""
    return f"add {session}"


def new_challenge(key: bytes, purpose: str, now: datetime) -> bytes:
    """A random challenge that works for one purpose and CHALLENGE_LIFE.

    It is sealed and not stored, so that what strangers ask for leaves no rows.
    """
    second = int((now + CHALLENGE_LIFE).timestamp())
    sealed = secrets.token_bytes(RANDOM) + second.to_bytes(SECOND)
    return sealed + _seal(key, purpose, sealed)


def check_challenge(key: bytes, purpose: str, now: datetime, challenge: bytes) -> datetime:
    """Return when the challenge expires.

    Raises:
        Refusal: passkey_refused, if it is not ours, for another purpose, or has expired.
    """
    sealed, seal = challenge[:-SEAL], challenge[-SEAL:]
    genuine = secrets.compare_digest(seal, _seal(key, purpose, sealed))
    if len(sealed) != RANDOM + SECOND or not genuine:
        raise Refusal("passkey_refused", "passkey")
    expires = datetime.fromtimestamp(int.from_bytes(sealed[RANDOM:]), UTC)
    if expires <= now:
        raise Refusal("passkey_refused", "passkey")
    return expires


def user_handle(key: bytes, member: int) -> bytes:
    """The name under which an authenticator keeps a member's passkeys; it tells nobody anything."""
    return hashlib.blake2b(f"member {member}".encode(), key=key, digest_size=32).digest()


def _seal(key: bytes, purpose: str, sealed: bytes) -> bytes:
    text = f"challenge to {purpose}\0".encode() + sealed
    return hashlib.blake2b(text, key=key, digest_size=SEAL).digest()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
