from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from stena.refusal import Refusal

if TYPE_CHECKING:
    from aiohttp import web

MINUTE = 60.0
# Who posted longest ago is forgotten first; a flood of addresses costs memory up to this.
MOST_KNOWN = 10_000


class Flood:
    """Holds back an address that posts faster than any person or household writes.

    Each address has a minute's worth of posts to begin with, which grows back evenly. It is
    known by a digest whose key dies with the process; nothing of it is stored.
    """

    def __init__(self, *, per_minute: int, proxies: int) -> None:
        """Take `per_minute` 0 for no limit; `proxies` is how many stand before the program."""
        self._most = float(per_minute)
        self._proxies = proxies
        self._key = secrets.token_bytes(32)
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def check(self, request: web.Request) -> None:
        """Count one post.

        Raises:
            Refusal: too_many_posts.
        """
        if not self._most:
            return
        who = hashlib.blake2b(self._address(request).encode(), key=self._key).digest()
        now = time.monotonic()
        left, since = self._left.pop(who, (self._most, now))
        left = min(left + (now - since) * self._most / MINUTE, self._most)
        refused = left < 1
        self._left[who] = (left if refused else left - 1, now)
        if len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
        if refused:
            raise Refusal("too_many_posts")

    def _address(self, request: web.Request) -> str:
        """Of the entries of X-Forwarded-For only the last were written by our own proxies."""
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if self._proxies and len(hops) >= self._proxies:
            return hops[-self._proxies].strip()
        return request.remote or ""
