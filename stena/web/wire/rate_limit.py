"""The rate limits: what one client may write, read that is not in memory, and try as a code."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.web.app_keys import RATE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Generator

    from stena.web.wire.buckets import Buckets
    from stena.web.wire.look import Look


# A search that takes so long counts as one more page. So one address with the default limit keeps
# one connection to the database busy at most.
SECONDS_A_PAGE = 0.025


# How often a minute one address may try a code of the team. No setting lifts it: nobody types more,
# and nobody guesses 130 bits.
SIGN_INS = 30

# For how long a second report of a message from one address is recognised.
REPORT_SECONDS = 24 * 60 * 60


class RateLimit:
    """Three budgets for each client address, or for each /64 of IPv6.

    They are token buckets: a client can use a minute's worth at once, and then as much as refills.
    """

    def __init__(self, buckets: Buckets, *, posts: int, reads: int) -> None:
        """Create the limits; both are numbers a minute, and 0 means no limit."""
        self._buckets = buckets
        self._posts = posts
        self._reads = reads

    def post(self, look: Look) -> None:
        """Count one request that writes.

        Raises:
            Refusal: too_many_posts.
        """
        self._take("too_many_posts", look, 1, self._posts)

    def read(self, look: Look, cost: float) -> None:
        """Count one request that reads.

        Raises:
            Refusal: too_many_reads.
        """
        self._take("too_many_reads", look, cost, self._reads)

    def sign_in(self, look: Look) -> None:
        """Count one try to sign in.

        Raises:
            Refusal: too_many_attempts.
        """
        self._take("too_many_attempts", look, 1, SIGN_INS)

    def charge(self, look: Look, cost: float) -> None:
        """Count work that a request that reads turned out to need."""
        if self._reads:
            self._buckets.charge(self._client("too_many_reads", look), cost, self._reads)

    def is_first_report(self, look: Look, message: int) -> bool:
        """Whether nobody else has reported the message from this address, as far as known."""
        return self._buckets.is_new(self._client(f"report {message}", look), REPORT_SECONDS)

    def _take(self, code: str, look: Look, cost: float, capacity: int) -> None:
        if not capacity:
            return  # before the address is derived
        seconds = self._buckets.take(self._client(code, look), cost, capacity)
        if seconds:
            raise Refusal(code, seconds=seconds)

    def _client(self, code: str, look: Look) -> int:
        return self._buckets.client(look.address, code)


def post(look: Look) -> None:
    """Count one request that writes.

    Raises:
        Refusal: too_many_posts.
    """
    look.app[RATE_LIMIT].post(look)


def read(look: Look, cost: float = 1) -> None:
    """Count one request that reads more than a page from memory.

    Raises:
        Refusal: too_many_reads.
    """
    look.app[RATE_LIMIT].read(look, cost)


def sign_in(look: Look) -> None:
    """Count one try to sign in.

    Raises:
        Refusal: too_many_attempts.
    """
    look.app[RATE_LIMIT].sign_in(look)


def is_first_report(look: Look, message: int) -> bool:
    """Whether nobody else has reported the message from this address, as far as known."""
    return look.app[RATE_LIMIT].is_first_report(look, message)


@contextmanager
def timed(look: Look) -> Generator[None]:
    """Count what a search takes, also one that is given up."""
    start = time.monotonic()
    try:
        yield
    finally:
        look.app[RATE_LIMIT].charge(look, (time.monotonic() - start) / SECONDS_A_PAGE)
