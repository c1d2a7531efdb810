"""The commands of the program that end by themselves, as an owner runs them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.failures.scene import connected
from tests.program import PATIENCE, ROOT, environment, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from stena.store.database import Address

STENA = (sys.executable, "-m", "stena")


def stena(
    *arguments: object, typed: str = "", **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a command; `typed` is what the owner types."""
    return subprocess.run(
        [*STENA, *map(str, arguments)],
        cwd=ROOT,
        env=environment(**variables),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def done(*arguments: object, typed: str = "", **variables: str | None) -> str:
    """What a command prints that has to succeed."""
    ended = stena(*arguments, typed=typed, **variables)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(*arguments: object, code: int = 1, typed: str = "", **variables: str | None) -> str:
    """The one line of a command that has to fail."""
    ended = stena(*arguments, typed=typed, **variables)
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    [line] = ended.stderr.splitlines()
    return line


@contextmanager
def started(*arguments: object, **variables: str | None) -> Generator[subprocess.Popen[str]]:
    """A command while it runs; what still runs afterwards is killed."""
    with subprocess.Popen(
        [*STENA, *map(str, arguments)],
        cwd=ROOT,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def held(address: Address, table: str = "lease") -> Generator[Callable[[str], None]]:
    """Lock a table. Yields what waits until a program of PostgreSQL waits for it."""
    with connected(address.url) as locking, connected(address.url) as watching:
        locking("BEGIN")
        locking(f"LOCK TABLE {table}")

        def waits(program: str) -> None:
            eventually(
                lambda: watching(
                    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    f"AND datname = current_database() AND application_name = '{program}'"
                )
            )

        yield waits
