"""A network namespace for each program, so that its way to the database can be cut.

The harness itself runs in a namespace without a name, and the programs in others that belong to
its children. Nothing of it is in the network of the machine, and all of it ends with the harness,
even when that is killed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

APART = "--apart"
UNSHARE = ("unshare", "--net", "--ipc")
DATABASE_PORT, WALL_PORT = 5432, 8080
# The kernel ends a child in the moment in which the harness ends.
TOGETHER = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
TO_DATABASE = f"OUTPUT -p tcp --dport {DATABASE_PORT}"
FROM_DATABASE = f"INPUT -p tcp --sport {DATABASE_PORT}"


def why_not_apart() -> str:
    """Why the harness cannot be in a namespace of its own; "" if it can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    for program in ("unshare", "nsenter", "ip", "iptables"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    tried = subprocess.run(
        [*UNSHARE, "iptables", "--list"], capture_output=True, text=True, check=False
    )
    return tried.stderr.strip().splitlines()[-1] if tried.returncode else ""


def move_apart() -> NoReturn:
    """Start the harness again, in a namespace of its own."""
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-m", "torture", *sys.argv[1:], APART])


@dataclass(frozen=True, slots=True)
class Link:
    """The way between one program and everything else.

    Attributes:
        enter: the beginning of a command that is to run on the program's side.
        program: the program's address.
        database: the address at which it finds the database.
    """

    enter: tuple[str, ...]
    program: str
    database: str

    @asynccontextmanager
    async def cut(self) -> AsyncGenerator[None]:
        """No packet passes between the program and the database; neither receives an error."""
        async with self._rules(f"{TO_DATABASE} -j DROP", f"{FROM_DATABASE} -j DROP"):
            yield

    @asynccontextmanager
    async def reset(self) -> AsyncGenerator[None]:
        """All connections to the database are reset, and new ones too."""
        async with self._rules(f"{TO_DATABASE} -j REJECT --reject-with tcp-reset"):
            yield

    @asynccontextmanager
    async def lose(self, share: float) -> AsyncGenerator[None]:
        """A share of the packets between the program and the database is lost, in both ways."""
        lost = f"-m statistic --mode random --probability {share:.2f} -j DROP"
        async with self._rules(f"{TO_DATABASE} {lost}", f"{FROM_DATABASE} {lost}"):
            yield

    @asynccontextmanager
    async def _rules(self, *rules: str) -> AsyncGenerator[None]:
        try:
            for rule in rules:
                await run(*self.enter, "iptables", "--wait", "--insert", *rule.split())
            yield
        finally:
            for rule in rules:
                await run(*self.enter, "iptables", "--wait", "--delete", *rule.split())


@asynccontextmanager
async def linked(number: int) -> AsyncGenerator[Link]:
    """A namespace for a program, and a pair of devices between it and the harness."""
    keeper = await asyncio.create_subprocess_exec(
        *TOGETHER, "unshare", "--net", "sh", "-c", "echo there; exec sleep infinity",
        stdout=asyncio.subprocess.PIPE,
        # Ctrl-C is for the harness, which ends its children one after the other.
        start_new_session=True,
    )  # fmt: skip
    try:
        assert keeper.stdout is not None
        await keeper.stdout.readline()
        link = Link(
            ("nsenter", f"--net=/proc/{keeper.pid}/ns/net"), f"10.0.{number}.2", f"10.0.{number}.1"
        )
        device = f"wall{number}"
        await run(
            *("ip", "link", "add", device, "type", "veth"),
            *("peer", "name", "eth0", "netns", str(keeper.pid)),
        )
        await run("ip", "address", "add", f"{link.database}/24", "dev", device)
        await run("ip", "link", "set", device, "up")
        await run("ip", "link", "set", "lo", "up")
        await run(*link.enter, "ip", "address", "add", f"{link.program}/24", "dev", "eth0")
        await run(*link.enter, "ip", "link", "set", "eth0", "up")
        await run(*link.enter, "ip", "link", "set", "lo", "up")
        yield link
    finally:
        keeper.kill()
        await keeper.wait()


async def run(*command: str) -> None:
    """Run a command of our own.

    Raises:
        OSError: it failed; with its last line.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    printed, _ = await process.communicate()
    if process.returncode:
        raise OSError(f"`{' '.join(command)}` failed: {printed.decode().strip()}")
