"""A wall whose time limits are long enough for a machine that is busy with tests.

Visitors wait for some seconds at most, for the database and for a search. Where ten programs share
a core, a statement may take longer, and a right test would fail.

`python -m tests.patient [--limit module:NAME=value ...] [argument ...]` starts the program so.
"""

from __future__ import annotations

import ast
import signal
import sys
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.program import PATIENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Limits = Mapping[str, Any]

# Shorter than a test waits for an answer. A session that has nothing to say is ended sooner, so
# that one that waits for what a frozen process has locked is answered in time.
SECONDS, IDLE_SECONDS = 50.0, 20.0
LIMITS: Limits = {
    "stena.deadline:PATIENCE": SECONDS,
    "stena.store.announcements:PATIENCE": SECONDS,
    "stena.store.connecting:PATIENCE": SECONDS,
    "stena.store.connecting:HOST_SECONDS": SECONDS / 4,
    "stena.store.database:PATIENCE": SECONDS,
    "stena.store.database:LIMITS": {
        "statement_timeout": SECONDS,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    },
    "stena.store.order:IDLE_LIMIT": f"{IDLE_SECONDS:.0f}s",
    # A search that waits no longer for what is being indexed does without it.
    "stena.store.indexing:LOCK_TIMEOUT": "20s",
    "stena.store.search:TIMEOUT_SECONDS": 20,
    "stena.store.search_index:WAIT_SECONDS": 20,
    # A page would lack what another process has committed.
    "stena.web.wire.page_cache:CATCH_UP_SECONDS": 20,
}
# The same for a wall whose jobs a test steps by itself.
STEPPED: Limits = {
    **LIMITS,
    "stena.alerts:TEST_SECONDS": SECONDS,
    # What a request does not get done in time is left to the background, and its answer says so.
    "stena.bulk:SECONDS": SECONDS,
    "stena.erasure:SECONDS": SECONDS,
    # The brake would let go while the process that renews it waits for its turn.
    "stena.store.brake:RENEWED_SECONDS": int(SECONDS),
}
# What a rate limit has taken does not come back while the test runs.
USED_UP: Limits = {**STEPPED, "stena.web.wire.buckets:MINUTE": 1e9}
# For a program that is stopped while a test talks to it: how long a body may take to arrive, before
# the stop and after it, and how long responses may take.
TO_STOP: Limits = {
    "stena.web.inputs.body:BODY_SECONDS": 120,
    "stena.web.internals.protocol:ARRIVAL_SECONDS": SECONDS,
    "stena.server:SHUTDOWN_SECONDS": SECONDS,
    "stena.supervisor:STOP_SECONDS": int(SECONDS),
}
# For one whose job fails: it is not given up while the test looks. The values are in the
# order of the fields of Backoff.
TO_FAIL: Limits = {"stena.jobs:Backoff.__init__.__defaults__": (0.1, 10.0, 60.0, 1000)}
OPTION = "--limit"


def impose(limits: Limits, change: Callable[[Any, str, Any], object] = setattr) -> None:
    """Let the program have these limits; `change` sets an attribute."""
    for name, value in limits.items():
        owner, constant = _place(name)
        change(owner, constant, value)


def _place(name: str) -> tuple[Any, str]:
    module, _, path = name.partition(":")
    *owners, constant = path.split(".")
    return reduce(getattr, owners, import_module(module)), constant


def patient(limits: Limits) -> tuple[str, ...]:
    """A command that starts the program with these limits too."""
    given = [(OPTION, f"{name}={value!r}") for name, value in limits.items()]
    return (*PATIENT, *(word for words in given for word in words))


def waiting(seconds: float) -> tuple[str, ...]:
    """A command that starts the program where visitors wait so long for the database."""
    limits = {name: seconds for name in LIMITS if name.endswith(":PATIENCE")}
    return patient({**limits, "stena.web.wire.page_cache:CATCH_UP_SECONDS": seconds / 2})


def main() -> int:
    impose(LIMITS)
    while sys.argv[1:2] == [OPTION]:
        name, _, value = sys.argv[2].partition("=")
        impose({name: ast.literal_eval(value)})
        del sys.argv[1:3]
    from stena.cli import main as start  # noqa: PLC0415 -- as in main.py

    return start()


if __name__ == "__main__":
    # As in main.py.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
