"""How long a wall of a test waits for what is slow on a machine that is busy with tests."""

from __future__ import annotations

from typing import Any

from tests.program import PATIENCE

# Names of the wall's constants with the values that they have in tests, in each of its processes.
# How long visitors wait is tested with the program itself.
PATIENT: dict[str, Any] = {
    "stena.alerts.TEST_SECONDS": float(PATIENCE),
    # What a request does not get done in time is left to the background, and its answer says so.
    "stena.bulk.SECONDS": float(PATIENCE),
    "stena.deadline.PATIENCE": float(PATIENCE),
    "stena.erasure.SECONDS": float(PATIENCE),
    "stena.store.database.PATIENCE": float(PATIENCE),
    # The server's own limits were taken from the constant when the module was imported.
    "stena.store.database.LIMITS": {
        "statement_timeout": float(PATIENCE),
        "idle_in_transaction_session_timeout": float(PATIENCE),
    },
    # It would let go while the process that renews it waits for its turn.
    "stena.store.brake.RENEWED_SECONDS": PATIENCE,
    # A search would go on without what was just posted, or be refused.
    "stena.store.indexing.LOCK_TIMEOUT": f"{PATIENCE}s",
    "stena.store.search.TIMEOUT_SECONDS": PATIENCE,
    "stena.store.search_index.WAIT_SECONDS": PATIENCE,
    # A page would lack what another process has committed.
    "stena.web.wire.page_cache.CATCH_UP_SECONDS": PATIENCE,
}
# What a rate limit has taken does not come back while the test runs.
USED_UP = {**PATIENT, "stena.web.wire.buckets.MINUTE": 1e9}
