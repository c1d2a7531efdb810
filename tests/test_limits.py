"""The time limits of the wall: what a visitor waits for at most, and that they fit together.

Tests of walls have longer ones (tests/patient.py), so the values themselves are checked here.
"""

from __future__ import annotations

from itertools import accumulate, repeat

from stena import alerts, bulk, erasure, server, supervisor
from stena.app import LAST_SECONDS
from stena.deadline import PATIENCE
from stena.jobs import Backoff
from stena.store import brake, lease
from stena.store.database import LIMITS
from stena.web.internals.protocol import ARRIVAL_SECONDS
from stena.web.wire.page_cache import CATCH_UP_SECONDS

# As they are when this file is read, before a test has other ones.
OF_THE_SERVER, OF_A_PAGE = dict(LIMITS), CATCH_UP_SECONDS
IN_A_REQUEST = (bulk.SECONDS, erasure.SECONDS)
A_VISITOR, A_TEST_OF_A_CHANNEL = PATIENCE, alerts.TEST_SECONDS
A_LEVEL = brake.RENEWED_SECONDS
A_PROCESS, ALL_PROCESSES = (
    ARRIVAL_SECONDS + server.SHUTDOWN_SECONDS + LAST_SECONDS,
    supervisor.STOP_SECONDS,
)
BACKOFF = Backoff()


def test_no_visitor_waits_longer_than_for_the_database() -> None:
    assert set(OF_THE_SERVER.values()) == {A_VISITOR}
    assert OF_A_PAGE < A_VISITOR
    assert max(IN_A_REQUEST) < A_VISITOR
    # A member of the team, who has asked for it, waits for another server.
    assert A_VISITOR < A_TEST_OF_A_CHANNEL <= 10


def test_the_brake_outlives_the_process_that_held_it() -> None:
    # Another process takes over when the lease has ended, and has to renew the level in time.
    assert 2 * lease.SECONDS < A_LEVEL


def test_no_process_is_killed_that_stops_in_time() -> None:
    assert A_PROCESS <= ALL_PROCESSES


def test_a_job_that_always_fails_is_given_up_after_seconds() -> None:
    pauses = accumulate(repeat(BACKOFF.first, BACKOFF.most - 1), lambda pause, _: 2 * pause)
    # Each is random, up to twice as long.
    assert 12 < sum(min(pause, BACKOFF.longest) for pause in pauses) < 13
