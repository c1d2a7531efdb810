"""Run wrk and read its result."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

CREATE = Path(__file__).parent / "create.lua"
CLIENTS = 64
# After so many seconds a signal is sent again.
AGAIN = 1


def rate(
    url: str, seconds: float, *, header: str | None = None, script: Path | None = None
) -> float:
    """Throughput in requests per second, 0 if nothing was completed.

    Args:
        url: the address, requested over CLIENTS connections at once.
        seconds: the duration.
        header: of each request, as "Name: value".
        script: a Lua script for wrk, for requests other than GET.

    Raises:
        RuntimeError: a response was other than 2xx, or there was none.
    """
    command = ["wrk", "-t1", f"-c{CLIENTS}", "--timeout=10s", "-d1h"]
    command += [f"-H{header}"] if header else []
    command += ["-s", str(script)] if script else []
    printed = _for(seconds, [*command, url])
    if printed is None:
        return 0
    found = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    if found is None or "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(printed)
    return float(found[1])


def _for(seconds: float, command: list[str]) -> str | None:
    """What wrk prints; None if it was stopped before it had begun.

    Its own option takes whole seconds; after SIGINT it reports at once. While it begins, it ignores
    the signal, or notes it and sleeps all the same, so it is sent until wrk ends.
    """
    patience = seconds
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        while True:
            try:
                printed, _ = running.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGINT)
                patience = AGAIN
            else:
                return None if running.returncode == -signal.SIGINT else printed
