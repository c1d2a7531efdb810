"""Where a message came from, as keyed digests that mean nothing once their key is gone; pure."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

# A collision is likely only among 2**32 addresses of one week.
DIGEST_BYTES = 8
# How long the digests of a week are kept, from its first day on: so a message's for 7 to 14 days.
KEPT_DAYS = 14


class SourceKey(NamedTuple):
    """The key of the digests of one week.

    Attributes:
        week: its first day, a Monday, in UTC.
        key: derived from one of the database and from the owner's secret.
    """

    week: date
    key: bytes

    @classmethod
    def of(cls, week: date, stored: bytes, secret: str) -> SourceKey:
        """The key of a week. With a secret, the database alone does not reveal it."""
        return cls(week, hmac.digest(secret.encode(), stored, "sha256"))


class Source(NamedTuple):
    """Where a request came from.

    Attributes:
        week: whose key the next two are made with, the newest one.
        address: the digest of the client's address.
        network: the digest of the network around it.
        digests: both under all keys that there are. A ban may have one of an earlier week.
    """

    week: date
    address: bytes
    network: bytes
    digests: Sequence[bytes]

    @classmethod
    def of(cls, keys: Sequence[SourceKey], address: str, network: str) -> Source:
        """The digests of an address and of its network; of the keys, the newest is the first."""
        digests = [
            _digest(key, kind, name)
            for _, key in keys
            for kind, name in (("address", address), ("network", network))
        ]
        return cls(keys[0].week, digests[0], digests[1], digests)


def _digest(key: bytes, kind: str, name: str) -> bytes:
    # aiohttp decodes bytes of a header that are no UTF-8 in this way.
    text = f"{kind} {name}".encode(errors="surrogateescape")
    return hashlib.blake2b(text, key=key, digest_size=DIGEST_BYTES).digest()
