"""The rate limits: what one client may write, read that is not in memory, and try as a code."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stena.refusal import Refusal
from stena.web.app_keys import RATE_LIMIT
from stena.web.wire.buckets import neighbourhood

if TYPE_CHECKING:
    from collections.abc import Generator

    from stena.web.wire.buckets import Buckets
    from stena.web.wire.budget import Budget
    from stena.web.wire.look import Look


# A search that takes so long counts as one more page. So one address with the default limit keeps
# one connection to the database busy at most.
SECONDS_A_PAGE = 0.025


# How often a minute one address may try a code of the team. No setting lifts it: nobody types more,
# and nobody guesses 130 bits.
SIGN_INS = 30

# How many steps a minute one address is asked for at the lowest difficulty; see `steps`.
EASY_STEPS = 4
# How many messages, and as many reactions and reports, a minute the wall accepts because their
# authors have waited. Those who flood it can wait too, so one address gets half of it at most.
WAITED, WAITED_BY_ONE = 12, 6
# For how long a second report of a message from one address is recognised.
REPORT_SECONDS = 24 * 60 * 60


class RateLimit:
    """Budgets for each client address, or for each /64 of IPv6.

    They are token buckets: a client can use a minute's worth at once, and then as much as refills.
    """

    def __init__(self, buckets: Buckets, *, posts: int, free_posts: int, reads: int) -> None:
        """Create the limits; all are numbers a minute, and 0 means no limit.

        Without a limit of posts, all of them are free.
        """
        self._buckets = buckets
        self._posts = posts
        self._free_posts = free_posts if posts else 0
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

    def steps(self, look: Look, budget: Budget) -> float:
        """Count one step that this address is asked for.

        Returns:
            How many these are for this act, this one included: 1 to 2 * EASY_STEPS. It forgets
            EASY_STEPS a minute.
        """
        client = self._client(f"step for a {budget.act}", look)
        return EASY_STEPS - self._buckets.charge(client, 1, EASY_STEPS)

    def is_free(self, look: Look, budget: Budget, author: bytes | None) -> bool:
        """Count what a browser does. Return whether newcomers do it for nothing.

        What one budget stops is not counted in the larger ones: it is paid for.
        """
        free = self._free_posts
        return not free or all(
            not self._buckets.take(bucket, 1, max(share * free, 1))
            for share, bucket in self._shares(look, budget, author)
        )

    def _shares(
        self, look: Look, budget: Budget, author: bytes | None
    ) -> Generator[tuple[float, int]]:
        """The shares of a budget with their buckets, from the browser to the wall."""
        act, bucket = budget.act, self._buckets.bucket
        if author:
            yield budget.browser, bucket(author.hex(), f"{act} of a browser")
        yield budget.address, self._client(f"{act} of an address", look)
        yield budget.network, bucket(neighbourhood(look.address), f"{act} of a network")
        if budget.wall is not None:
            yield budget.wall, bucket("", f"{act} of anyone")

    def wait(self, look: Look, budget: Budget) -> int:
        """Count an act whose author has waited, for this address and for the whole wall.

        Returns:
            0, or else in how many seconds the wall accepts the next one.
        """
        purpose = f"{budget.act} after a while"
        return self._buckets.take(self._client(purpose, look), 1, WAITED_BY_ONE) or (
            self._buckets.take(self._buckets.bucket("", purpose), 1, WAITED)
        )

    def is_first_report(self, look: Look, message: int) -> bool:
        """Whether nobody else has reported the message from this address, as far as known."""
        return self._buckets.is_new(self._client(f"report {message}", look), REPORT_SECONDS)

    def forget_report(self, look: Look, message: int) -> None:
        """Take back that the first report of the message from this address was seen."""
        self._buckets.forget(self._client(f"report {message}", look))

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


def is_free(look: Look, budget: Budget, author: bytes | None) -> bool:
    """Count what a browser does. Return whether newcomers do it for nothing.

    Args:
        look: of the request.
        budget: of what is done.
        author: the digest of the browser's key, None without a key.
    """
    return look.app[RATE_LIMIT].is_free(look, budget, author)


def steps(look: Look, budget: Budget) -> float:
    """Count one step that this address is asked for. Return how many these are, 1 to 8."""
    return look.app[RATE_LIMIT].steps(look, budget)


def wait(look: Look, budget: Budget) -> int:
    """Count an act whose author has waited. Return 0, or in how many seconds it is accepted."""
    return look.app[RATE_LIMIT].wait(look, budget)


def is_first_report(look: Look, message: int) -> bool:
    """Whether nobody else has reported the message from this address, as far as known."""
    return look.app[RATE_LIMIT].is_first_report(look, message)


def forget_report(look: Look, message: int) -> None:
    """Take back that the first report of the message from this address was seen."""
    look.app[RATE_LIMIT].forget_report(look, message)


@contextmanager
def timed(look: Look) -> Generator[None]:
    """Count what a search takes, also one that is given up."""
    start = time.monotonic()
    try:
        yield
    finally:
        look.app[RATE_LIMIT].charge(look, (time.monotonic() - start) / SECONDS_A_PAGE)
