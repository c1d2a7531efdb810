"""Run wrk and read its result."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

CREATE = Path(__file__).parent / "create.lua"
CLIENTS = 64


def rate(url: str, seconds: int, *headers: str, script: Path | None = None) -> float:
    """Throughput in requests per second; a response other than 2xx is an error.

    Args:
        url: the address, requested over CLIENTS connections at once.
        seconds: the duration.
        headers: of each request, as "Name: value".
        script: a Lua script for wrk, for requests other than GET.
    """
    command = ["wrk", "-t1", f"-c{CLIENTS}", "--timeout=10s", f"-d{seconds}s"]
    command += [f"-H{header}" for header in headers]
    command += ["-s", str(script)] if script else []
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    return float(found[1])
