"""The program as a person starts it: a process, its output, its end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parent.parent
# Long enough for a machine that is busy with something else; nothing waits this long.
PATIENCE = 60
# The same for a command that ends by itself, which may do much before.
ENDING = 10 * PATIENCE
# The program as a person starts it, and with longer limits.
PLAIN, PATIENT = (sys.executable, "main.py"), (sys.executable, "-m", "tests.patient")


def environment(**variables: str | None) -> dict[str, str]:
    """What a person's shell would have, and nothing of the machine that runs the tests.

    What is None is not set. `make coverage` tells by a variable what to measure. A name that does
    not resolve is known after a second, also where no DNS server answers. Without a variable that
    says otherwise newcomers pay nothing: tests that post without a pause are a flood.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    measuring = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    own = {"PATH": path, "HOME": os.environ.get("HOME", "/"), "PORT": "0"}
    own |= {"RES_OPTIONS": "timeout:1 attempts:1"}
    own |= {"STENA_WALL__BRAKE": "false", "STENA_WALL__FREE_POSTS_PER_MINUTE": "0"}
    shell = {**own, **measuring, **variables}
    return {name: value for name, value in shell.items() if value is not None}


class Program:
    """One running wall."""

    def __init__(self, process: subprocess.Popen[str], url: str, errors: Path) -> None:
        self.process = process
        self.url = url
        self._errors = errors

    @property
    def log(self) -> str:
        return self._errors.read_text()

    @property
    def processes(self) -> set[psutil.Process]:
        """Those that serve, where there are several; PostgreSQL's have another name."""
        return {child for child in psutil.Process(self.process.pid).children() if _serves(child)}

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal, Ctrl-C's by default, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def _serves(child: psutil.Process) -> bool:
    # One that was killed may be gone by now.
    with suppress(psutil.NoSuchProcess):
        return "python" in child.name()
    return False


@contextmanager
def running(
    *command: str, cwd: Path = ROOT, errors: Path, **variables: str | None
) -> Generator[Program]:
    """Start the wall, wait until it says where it is, stop it in the end.

    Without a command it is as patient as a busy machine needs. How long visitors wait is tested
    with PLAIN, or with `waiting` of
    tests/patient.py.
    """
    with errors.open("w") as log:
        process = subprocess.Popen(
            command or PATIENT,
            cwd=cwd,
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://localhost:(\d+)", line):
                yield Program(process, f"http://127.0.0.1:{found[1]}", errors)
                break
        else:
            raise AssertionError(f"it did not start: {errors.read_text()}")
    finally:
        if process.poll() is None:
            # After SIGTERM it would serve on.
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()


def limited(limits: str, *arguments: str) -> tuple[str, ...]:
    """A command that starts the wall with limits, as a shell sets them."""
    return ("sh", "-c", f'ulimit {limits} && exec "$@"', "sh", *PATIENT, *arguments)


def ended(
    *command: str, cwd: Path = ROOT, **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return subprocess.run(
        command or PLAIN,
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=ENDING,
        check=False,
    )


def get(url: str) -> tuple[int, str]:
    """Status and text of a page."""
    return _open(urllib.request.Request(url))  # noqa: S310 -- always our own http:// address


def post(url: str, body: bytes, content_type: str, **headers: str) -> tuple[int, str]:
    headers["Content-Type"] = content_type
    request = urllib.request.Request(url, body, headers)  # noqa: S310 -- as above
    return _open(request)


def _open(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310 -- as above
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def eventually(condition: object, seconds: float = PATIENCE) -> None:
    """Wait until a callable is true."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
