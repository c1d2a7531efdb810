"""A PostgreSQL whose clock a test sets, by libfaketime."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stena.store.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Generator


class Clock:
    """The clock of a program.

    Attributes:
        variables: for the program, which has to be able to read the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set("+0")
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
        assert library, "make test installs it"
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            # As on a machine whose clock is set: what measures durations is not.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, offset: str) -> None:
        """Set it wrong by so much: `-7h`, `+5m`."""
        new = self._file.with_suffix(".new")
        new.write_text(offset)
        # The program reads it at any moment.
        new.rename(self._file)


class Clocked(Cluster):
    """A PostgreSQL that has a clock of its own."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder)
        self._clock = clock

    def _surroundings(self) -> dict[str, Any]:
        own = super()._surroundings()
        return own | {"env": own["env"] | self._clock.variables}


@contextmanager
def clocked(folder: Path) -> Generator[tuple[str, Clock]]:
    """The URL of an empty database, and its clock."""
    folder.mkdir()
    clock = Clock(folder / "clock")
    server = Clocked(folder / "postgres", clock)
    with server.within_reach():
        server.create()
        try:
            yield server.start(), clock
        finally:
            server.stop()
