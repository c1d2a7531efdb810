from __future__ import annotations

import hashlib
import math
import mmap
import secrets
import struct
import time
from socket import AF_INET6, inet_pton

MINUTE = 60.0
# Each client has its bucket in one of so many sets of so many buckets. Where a set is full, the
# client that was seen least recently is forgotten, so many addresses use bounded memory: 1.5 MB.
SETS, WAYS = 8192, 8
# The first bytes of an IPv6 address: those that all of one client have in common, and those of the
# largest sites that a provider gives to one customer (RFC 6177).
CLIENT_BYTES, SITE_BYTES = 8, 6


class Buckets:
    """Token buckets for clients, in memory that the processes forked later share.

    A bucket starts full and refills evenly. There is no lock, which a killed process could keep:
    two processes that take from one bucket in the same microsecond may count as one.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, SETS * _SET.size)
        # The addresses are kept as digests with this key, which is never stored.
        self._key = secrets.token_bytes(32)

    def client(self, address: str, purpose: str) -> int:
        """What identifies the buckets of a client: a digest of its address, or of its /64."""
        return self.bucket(network(address), purpose)

    def bucket(self, name: str, purpose: str) -> int:
        """What identifies the bucket of anything else that has one: a digest of its name."""
        # aiohttp decodes bytes of a header that are no UTF-8 in this way.
        data = f"{purpose} {name}".encode(errors="surrogateescape")
        return int.from_bytes(hashlib.blake2b(data, key=self._key, digest_size=8).digest()) or 1

    def take(self, client: int, cost: float, capacity: float) -> int:
        """Take tokens from a bucket if it has as many.

        Args:
            client: from `client`.
            cost: the number of tokens.
            capacity: of the bucket, which is filled in a minute.

        Returns:
            0, or else in how many seconds it will have as many.
        """
        place, tokens = self._find(client, capacity)
        left = tokens - cost if tokens >= cost else tokens
        _BUCKET.pack_into(self._memory, place, client, left, time.monotonic())
        return 0 if tokens >= cost else math.ceil((cost - tokens) * MINUTE / capacity)

    def charge(self, client: int, cost: float, capacity: float) -> float:
        """Take tokens also if the bucket has fewer; it owes at most a minute's worth.

        Returns:
            The tokens that are left, below 0 if it owes some.
        """
        place, tokens = self._find(client, capacity)
        left = max(tokens - cost, -capacity)
        _BUCKET.pack_into(self._memory, place, client, left, time.monotonic())
        return left

    def is_new(self, client: int, seconds: float) -> bool:
        """Whether a client was not seen for so many seconds; it is seen now if it was not."""
        place, tokens = self._find(client, 0)
        seen_before, _, seen = _BUCKET.unpack_from(self._memory, place)
        if seen_before == client and time.monotonic() - seen < seconds:
            return False
        _BUCKET.pack_into(self._memory, place, client, tokens, time.monotonic())
        return True

    def forget(self, client: int) -> None:
        """Let a client be as one that was never seen."""
        place, _ = self._find(client, 0)
        if _BUCKET.unpack_from(self._memory, place)[0] == client:
            _BUCKET.pack_into(self._memory, place, 0, 0, 0)

    def _find(self, client: int, capacity: float) -> tuple[int, float]:
        """The place of a bucket, or of the one to replace, and the tokens in it now."""
        place = client % SETS * _SET.size
        found = _SET.unpack_from(self._memory, place)
        clients, seen = found[::3], found[2::3]
        if client not in clients:
            return place + seen.index(min(seen)) * _BUCKET.size, capacity
        way = clients.index(client)
        refilled = (time.monotonic() - seen[way]) * capacity / MINUTE
        return place + way * _BUCKET.size, min(found[3 * way + 1] + refilled, capacity)


def network(address: str) -> str:
    """What one client is given: an IPv4 address, or the first 64 bits of an IPv6 address.

    The other 64 are its own to choose (RFC 6177), so it has more addresses than can be counted.
    """
    return _prefix(address, CLIENT_BYTES) if ":" in address else address


def neighbourhood(address: str) -> str:
    """The network around a client: the first 24 bits of an IPv4 address, 48 of an IPv6 address.

    Nothing smaller than a /24 is routed on the internet, so to use many of them costs more than to
    use many addresses. A provider gives a site up to a /48, which has 65,536 clients.
    """
    if ":" in address:
        return _prefix(address, SITE_BYTES)
    return address.rpartition(".")[0] or address


def _prefix(address: str, length: int) -> str:
    """The first bytes of an IPv6 address, in hexadecimal; anything else as it is."""
    try:
        # Without the zone. Each post asks twice, and IPv6Address takes ten times as long.
        return inet_pton(AF_INET6, address.partition("%")[0])[:length].hex()
    except (OSError, ValueError):
        return address


# The client, its tokens, and the monotonic time of the last look at them in seconds.
_BUCKET = struct.Struct("=Qdd")
_SET = struct.Struct("=" + "Qdd" * WAYS)
