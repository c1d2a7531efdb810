"""The processes that a browser consists of, and what they are given."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tests.machine import lacks

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path


def program(*names: str, package: str) -> str:
    """The first of these that this machine has."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or lacks(f"there is no {names[0]}: run .ci/need {package}")


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """No settings of the person who runs the tests, no proxy, and no sound."""
    own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "TMPDIR": str(folder)}
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LANGUAGE": "en_GB", **own, **more}


@asynccontextmanager
async def started(
    *command: str,
    folder: Path,
    passed: Sequence[int] = (),
    variables: Mapping[str, str] | None = None,
) -> AsyncGenerator[Process]:
    """A process, which is ended together with all that it has started."""
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment(folder, variables or {}),
            pass_fds=passed,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
