"""What `heroku logs --tail` shows in its own window, for as long as the rehearsal goes on."""

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
    """The command, and the file that its output goes to."""

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
        """Wait until it does, in any order: which of two sources is first is not theirs to say.

        Raises:
            Failed: it does not.
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
