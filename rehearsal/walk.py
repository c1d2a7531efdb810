"""Walks through the page: runs each command, compares its output, calls the checks around it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rehearsal.log import Tail
from rehearsal.page import missing
from rehearsal.workshop import Failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from rehearsal.page import Step
    from rehearsal.workshop import Workshop

    # The beginning of a command, and the check to run there.
    Check = tuple[str, Callable[[], Awaitable[None]]]


class Walk:
    """One walk through the page, in a clone of the project."""

    def __init__(self, workshop: Workshop, project: Path) -> None:
        self._workshop = workshop
        self._project = project
        self.log = Tail(workshop, project)
        self.before: list[Check] = []
        self.after: list[Check] = []
        # What the last command printed.
        self.printed = ""
        self._run_so_far: list[str] = []
        self._last = ""

    @property
    def commands(self) -> int:
        return len(self._run_so_far)

    async def take(self, step: Step) -> None:
        """Run the commands of a block, and compare what they print with the page.

        Raises:
            Failed: one ends with another code than 0, or does not print what the page shows.
        """
        text = ""
        for command in step.commands:
            await _check(self.before, command)
            self._last, self.printed = command, await self._run(command)
            text += self.printed
            await _check(self.after, command)
            self._run_so_far.append(command)
        if line := missing(step.seen, text):
            last = step.commands[-1]
            raise Failed(f"After `{last}` the page shows “{line}”, but it said: {text}")
        await self.log.shows(step.logged)

    async def again(self) -> str:
        """Run the last command once more. Returns what it prints."""
        return await self._run(self._last)

    def finish(self) -> None:
        """Raises Failed if the page has no command for one of the checks."""
        for beginning, _ in (*self.before, *self.after):
            if not any(command.startswith(beginning) for command in self._run_so_far):
                raise Failed(f"No command on the page begins with `{beginning}`.")

    async def _run(self, command: str) -> str:
        if command.endswith("--tail"):
            print(f"$ {command} &", flush=True)
            await self.log.follow(command)
            return ""
        print(f"$ {command}", flush=True)
        started = time.monotonic()
        # The command that asks to press a key.
        terminal = command == "heroku login"
        done = await self._workshop.run(command, cwd=self._project, terminal=terminal)
        print(f"  {time.monotonic() - started:.1f} s", flush=True)
        if done.code:
            raise Failed(f"`{command}` ended with {done.code}: {done.text}")
        return done.text


async def _check(checks: Iterable[Check], command: str) -> None:
    for beginning, check in checks:
        if command.startswith(beginning):
            await check()
