from __future__ import annotations

import hashlib
import math
import mmap
import secrets
import struct
import time
from ipaddress import IPv6Address

MINUTE = 60.0
# Each client has its bucket in one of so many sets of so many buckets. Where a set is full, the
# client that was seen least recently is forgotten, so many addresses use bounded memory: 1.5 MB.
SETS, WAYS = 8192, 8
# The bits of an IPv6 address that a network leaves to the client.
HOST_BITS = 64


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
        # aiohttp decodes bytes of a header that are no UTF-8 in this way.
        name = f"{purpose} {network(address)}".encode(errors="surrogateescape")
        return int.from_bytes(hashlib.blake2b(name, key=self._key, digest_size=8).digest()) or 1

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

    def charge(self, client: int, cost: float, capacity: float) -> None:
        """Take tokens also if the bucket has fewer; it owes at most a minute's worth."""
        place, tokens = self._find(client, capacity)
        left = max(tokens - cost, -capacity)
        _BUCKET.pack_into(self._memory, place, client, left, time.monotonic())

    def is_new(self, client: int, seconds: float) -> bool:
        """Whether a client was not seen for so many seconds; it is seen now if it was not."""
        place, tokens = self._find(client, 0)
        seen_before, _, seen = _BUCKET.unpack_from(self._memory, place)
        if seen_before == client and time.monotonic() - seen < seconds:
            return False
        _BUCKET.pack_into(self._memory, place, client, tokens, time.monotonic())
        return True

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
    if ":" not in address:
        return address
    try:
        return str(IPv6Address(int(IPv6Address(address)) >> HOST_BITS << HOST_BITS))
    except ValueError:
        return address


# The client, its tokens, and the monotonic time of the last look at them in seconds.
_BUCKET = struct.Struct("=Qdd")
_SET = struct.Struct("=" + "Qdd" * WAYS)
