"""Background jobs: they run as long as the process does, and are restarted if they fail."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import structlog

from stena.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    # Called for each start; it does not return by itself.
    Job: TypeAlias = Callable[[], Awaitable[object]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """When a job that failed is restarted.

    With the defaults, a job that fails at once each time is given up after 13 to 26 seconds.

    Attributes:
        first: the seconds before the first restart; the pause doubles with each failure.
        longest: the longest pause in seconds.
        well: after so many seconds without a failure, the count starts anew.
        most: a job that failed so many times in a row is given up.
    """

    first: float = 0.1
    longest: float = 30.0
    well: float = 60.0
    most: int = 8

    def pause(self, failures: int) -> float:
        """The seconds to wait after so many failures in a row.

        The pause is random, up to twice as long, so that processes do not restart together.
        """
        pause = self.first * 2.0 ** (failures - 1) * random.uniform(1, 2)  # noqa: S311 -- no secret
        return min(pause, self.longest)


class Jobs:
    """Keeps jobs running: one that fails, or returns, is logged and restarted.

    Attributes:
        given_up: set once a job has failed too often; then the process has to be replaced.
        reason: one line for an operator, once `given_up` is set.
    """

    def __init__(self, backoff: Backoff | None = None) -> None:
        self.given_up = asyncio.Event()
        self.reason = ""
        self._backoff = backoff or Backoff()
        self._down: set[str] = set()

    @asynccontextmanager
    async def running(self, **jobs: Job) -> AsyncGenerator[None]:
        """Run jobs by their names, and cancel them at the end."""
        tasks = [
            asyncio.create_task(self._keep(name, job), name=name) for name, job in jobs.items()
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def check(self) -> None:
        """Check that all jobs run.

        Raises:
            Refusal: job_failed.
        """
        if self._down:
            raise Refusal("job_failed")

    async def _keep(self, name: str, job: Job) -> None:
        clock = asyncio.get_running_loop().time
        failures = 0
        while failures < self._backoff.most:
            start = clock()
            self._down.discard(name)
            error = await _end(job)
            self._down.add(name)
            failures = 1 if clock() - start >= self._backoff.well else failures + 1
            log.error("job_failed", job=name, failures=failures, exc_info=error)
            if failures < self._backoff.most:
                await asyncio.sleep(self._backoff.pause(failures))
        self.reason = (
            f"The background job {name} failed {failures} times in a row "
            f"({type(error).__name__}): start the wall again. If it fails again, the lines "
            "job_failed in the log say where."
        )
        self.given_up.set()


class Returned(Exception):  # noqa: N818 -- it reads as what happened
    """A job returned, although it should not."""


async def _end(job: Job) -> BaseException:
    """Run a job once. Returns why it ended."""
    task = asyncio.current_task()
    try:
        await job()
    except asyncio.CancelledError as error:
        # Something that the job waited for was cancelled, unless the job itself is.
        if task is None or task.cancelling():
            raise
        return error
    except Exception as error:  # noqa: BLE001 -- logged and counted by the caller
        return error
    return Returned()
