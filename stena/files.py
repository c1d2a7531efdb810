"""How many files the process may open: each connection is one (RLIMIT_NOFILE)."""

from __future__ import annotations

import resource
from contextlib import suppress

# For the database, the log, the listening socket and files that are read for a moment.
RESERVED = 64
# The share of the connections that live readers can have; the others are for pages.
READERS_SHARE = 3 / 4


def raise_limit() -> None:
    """Raise the soft limit to the hard one, which the operator sets.

    The soft one is low for programs that use select(), which cannot handle large numbers.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # macOS has a lower limit of its own.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections() -> int:
    """How many connections of clients fit into the limit."""
    return max(_limit() - RESERVED, RESERVED // 2)


def readers() -> int:
    """How many of them live readers can have."""
    return int(connections() * READERS_SHARE)


def shortage(wanted: int) -> str | None:
    """One line if the limit does not suffice for so many readers in one process, else None."""
    if readers() >= wanted:
        return None
    needed = int(wanted / READERS_SHARE) + RESERVED + 1
    return (
        f"A process may open {_limit()} files, so it has places for {readers()} live readers and "
        f"not for {wanted}. Raise the limit to {needed} (ulimit -n; LimitNOFILE= in "
        "systemd; --ulimit nofile= for a container), or lower wall.readers."
    )


def _limit() -> int:
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 2**31 if soft == resource.RLIM_INFINITY else soft
