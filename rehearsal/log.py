"""The output of `heroku logs --tail`, which runs during the whole rehearsal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rehearsal.page import missing
from rehearsal.workshop import Failed, until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rehearsal.workshop import Workshop


class Tail:
    """The command, and the file with its output."""

    def __init__(self, workshop: Workshop, project: Path) -> None:
        self._workshop = workshop
        self._project = project
        self._file = workshop.folder / "tail.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def text(self) -> str:
        return self._file.read_text()

    async def follow(self, command: str) -> None:
        with self._file.open("wb") as file:
            self._process = await asyncio.create_subprocess_exec(
                *command.split(),
                cwd=self._project,
                env=self._workshop.variables,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    async def shows(self, lines: Iterable[str]) -> None:
        """Wait until the output has these lines; in any order, since they have several sources.

        Raises:
            Failed: a line is missing.
        """
        for line in lines:

            async def shown(line: str = line) -> bool:
                return missing([line], self.text) is None

            try:
                await until(shown, f"the log shows “{line}”")
            except Failed as failed:
                last = "\n".join(self.text.splitlines()[-40:])
                raise Failed(f"{failed} {last}") from None

    async def aclose(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
