"""wrk, and what it says."""

from __future__ import annotations

import re
import subprocess


def rate(url: str, seconds: int, *, connections: int = 16, script: str | None = None) -> float:
    """Requests a second; an answer that is no success is an error.

    Args:
        url: what is asked for.
        seconds: for how long.
        connections: how many at once.
        script: a file of Lua for wrk, for other requests than GET.
    """
    command = ["wrk", "-t1", f"-c{connections}", "--timeout=10s", f"-d{seconds}s"]
    command += ["-s", script] if script else []
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    return float(found[1])
