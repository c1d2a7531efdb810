"""What the wall costs above bare aiohttp: the same bytes and headers, and a POST that only echoes.

Both sides run in one process of their own on uvloop and are asked in turn; the requests a second
of each pair are divided, and the median of the pairs is told. 1.00 means that the wall is free.

    make bench
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.load import rate
from tests.program import post, running

if TYPE_CHECKING:
    from collections.abc import Generator

HERE = Path(__file__).parent
CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local number = 0
request = function()
    number = number + 1
    return wrk.format(nil, nil, nil, '{"text": "message ' .. number .. ' of a benchmark"}')
end
"""


def main() -> None:
    chosen = arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "create.lua"
        script.write_text(CREATE)
        # What is measured is the program, not its patience with one address.
        with (
            running(
                errors=folder / "log",
                STENA_DATA=str(folder / "data"),
                STENA_WALL__POSTS_PER_MINUTE="0",
            ) as wall,
            echo(folder) as bare,
        ):
            for number in range(60):
                body = json.dumps({"text": "words " * 15 + str(number), "name": "visitor"})
                post(f"{wall.url}/api/messages.create", body.encode(), "application/json")
            for path in ("/", "/api/messages.list"):
                mirror(wall.url + path, bare)
                compare(f"GET {path}", wall.url + path, f"{bare}/mirror", chosen)
            create = f"{wall.url}/api/messages.create"
            compare("messages.create, durable", create, f"{bare}/echo", chosen, str(script))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="how long each side is asked")
    return parser.parse_args()


@contextmanager
def echo(folder: Path) -> Generator[str]:
    """The program of benchmarks/echo.py; yields its address."""
    with (folder / "echo").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, HERE / "echo.py"], stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None  # noqa: S101 -- for mypy: it is a pipe
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def mirror(url: str, bare: str) -> None:
    """Have the bare side send what the wall sends."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 -- our own address
        headers = dict(answer.headers)
        body = answer.read()
    for name in ("Connection", "Content-Length", "Date"):
        headers.pop(name, None)
    what = json.dumps({"headers": headers, "body": body.decode()}).encode()
    post(f"{bare}/mirror", what, "application/json")


def compare(
    name: str, wall: str, bare: str, chosen: argparse.Namespace, script: str | None = None
) -> None:
    def once(url: str) -> float:
        return rate(url, chosen.seconds, connections=64, script=script)

    once(bare)
    once(wall)
    ratio = statistics.median(once(wall) / once(bare) for _ in range(chosen.pairs))
    print(f"{name:40} wall against bare aiohttp: {ratio:.2f}")


if __name__ == "__main__":
    main()
