"""Makes the faults of the plan happen, and keeps a log of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import psutil

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence

    from torture.plan import Fault
    from torture.postgres import Postgres
    from torture.programs import Program

    Some = TypeVar("Some")

# The share of packets that is lost, at least and at most.
LOSS = (0.05, 0.3)
FOREVER = float("inf")


@dataclass(slots=True)
class Trouble:
    """A fault that happened.

    Attributes:
        kind: as in the plan.
        what: to what it happened.
        start: when it began, and `end` when it was over, by the clock of the event loop.
        program: the number of the program that it happened to; None for PostgreSQL.
        accepting: when PostgreSQL accepted connections again, if it did not in between.
    """

    kind: str
    what: str
    start: float
    end: float = FOREVER
    program: int | None = None
    accepting: float | None = None


@dataclass(slots=True)
class Faults:
    """The faults of one run."""

    programs: Sequence[Program]
    postgres: Postgres
    began: float
    log: list[Trouble] = field(default_factory=list)

    async def follow(self, plan: Sequence[Fault]) -> None:
        """Carry out the plan; return when its last fault is over.

        Raises:
            ExceptionGroup: a program did not serve again (NotServing), or PostgreSQL did not
                (TimeoutError), or a fault could not be made (OSError).
        """
        async with asyncio.TaskGroup() as group:
            for fault in plan:
                await asyncio.sleep(self.began + fault.at - _now())
                group.create_task(self._ways()[fault.kind](fault))

    def _ways(self) -> dict[str, Callable[[Fault], Coroutine[None, None, None]]]:
        return {
            "kill a program": self._kill_program,
            "kill a worker": self._kill_worker,
            "kill a backend": self._kill_backend,
            "end a backend": self._end_backend,
            "kill PostgreSQL": self._kill_postgres,
            "freeze a program": self._freeze_program,
            "freeze a worker": self._freeze_worker,
            "freeze a backend": self._freeze_backend,
            "freeze PostgreSQL": self._freeze_postgres,
            "cut a program off": self._cut,
            "reset a program's connections": self._reset,
            "lose packets": self._lose,
        }

    async def _kill_program(self, fault: Fault) -> None:
        program = _one(self.programs, fault)
        async with self._trouble(fault, str(program), program):
            program.kill(fault.seconds)
            # Until it serves again; how long a start takes is the machine's affair.
            await asyncio.sleep(fault.seconds)
            await program.serves()

    async def _kill_worker(self, fault: Fault) -> None:
        program = _with_workers(self.programs)
        if not program.workers:
            return
        worker = _one(program.workers, fault)
        async with self._trouble(fault, f"process {worker.pid} of {program}", program):
            _kill(worker)
            await program.serves()

    async def _kill_backend(self, fault: Fault) -> None:
        """PostgreSQL then ends all the others, and recovers."""
        if backends := self.postgres.backends:
            backend = _one(backends, fault)
            async with self._trouble(fault, f"process {backend.pid}") as trouble:
                _kill(backend)
                # It is noticed a moment later.
                with suppress(psutil.TimeoutExpired, psutil.Error):
                    await asyncio.to_thread(backend.wait, 1)
                trouble.accepting = await self.postgres.accepts()

    async def _end_backend(self, fault: Fault) -> None:
        if backends := self.postgres.backends:
            backend = _one(backends, fault)
            async with self._trouble(fault, f"process {backend.pid}"):
                with suppress(psutil.Error):
                    backend.terminate()

    async def _kill_postgres(self, fault: Fault) -> None:
        async with self._trouble(fault, "its first process") as trouble:
            await self.postgres.kill()
            await asyncio.sleep(fault.seconds)
            await self.postgres.start()
            trouble.accepting = _now()

    async def _freeze_program(self, fault: Fault) -> None:
        program = _one(self.programs, fault)
        await self._freeze(fault, str(program), program.family, program)

    async def _freeze_worker(self, fault: Fault) -> None:
        program = _with_workers(self.programs)
        if workers := program.workers:
            worker = _one(workers, fault)
            await self._freeze(fault, f"process {worker.pid} of {program}", [worker], program)

    async def _freeze_backend(self, fault: Fault) -> None:
        if backends := self.postgres.backends:
            backend = _one(backends, fault)
            await self._freeze(fault, f"process {backend.pid}", [backend])

    async def _freeze_postgres(self, fault: Fault) -> None:
        await self._freeze(fault, "all its processes", self.postgres.processes)

    async def _freeze(
        self,
        fault: Fault,
        what: str,
        processes: Sequence[psutil.Process],
        program: Program | None = None,
    ) -> None:
        async with self._trouble(fault, what, program):
            with _frozen(processes):
                await asyncio.sleep(fault.seconds)

    async def _cut(self, fault: Fault) -> None:
        program = _one(self.programs, fault)
        assert program.link
        async with self._trouble(fault, str(program), program), program.link.cut():
            await asyncio.sleep(fault.seconds)

    async def _reset(self, fault: Fault) -> None:
        program = _one(self.programs, fault)
        assert program.link
        async with self._trouble(fault, str(program), program), program.link.reset():
            await asyncio.sleep(fault.seconds)

    async def _lose(self, fault: Fault) -> None:
        program = _one(self.programs, fault)
        assert program.link
        share = LOSS[0] + fault.dice * (LOSS[1] - LOSS[0])
        what = f"{share:.0%} of those of {program}"
        async with self._trouble(fault, what, program), program.link.lose(share):
            await asyncio.sleep(fault.seconds)

    @asynccontextmanager
    async def _trouble(
        self, fault: Fault, what: str, program: Program | None = None
    ) -> AsyncGenerator[Trouble]:
        trouble = Trouble(fault.kind, what, _now(), program=program.number if program else None)
        self.log.append(trouble)
        try:
            yield trouble
        finally:
            trouble.end = _now()
            start, seconds = trouble.start - self.began, trouble.end - trouble.start
            print(f"{start:7.2f} s  {fault.kind}: {what}, {seconds:.2f} s", flush=True)


@contextmanager
def _frozen(processes: Sequence[psutil.Process]) -> Generator[None]:
    """Stop the processes, the first one first, and let them go on in the end."""
    try:
        for process in processes:
            with suppress(psutil.Error):
                process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.Error):
                process.resume()


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.kill()


def _one(of: Sequence[Some], fault: Fault) -> Some:
    return of[int(fault.dice * len(of))]


def _with_workers(programs: Sequence[Program]) -> Program:
    return max(programs, key=lambda program: program.processes)


def _now() -> float:
    return asyncio.get_running_loop().time()
