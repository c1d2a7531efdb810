"""PgBouncer before a database, with its defaults but for the mode."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from stena.store.run_as import ROOTS_USER
from tests.article.repository import free_port
from tests.program import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address

# Few, so that the transactions of several clients meet in one session.
SESSIONS = 3


@contextmanager
def pgbouncer(
    address: Address, folder: Path, mode: str, sessions: int = SESSIONS
) -> Generator[str]:
    """The URL of the same database behind a PgBouncer in this mode."""
    [sockets] = parse_qs(urlsplit(address.url).query)["host"]
    name, port = urlsplit(address.url).path.removeprefix("/"), free_port()
    file, log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
    file.write_text(
        f"[databases]\n{name} = host={sockets} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {sessions}\n"
    )
    # It refuses to be root, and has to reach the server's socket.
    user = ["-u", ROOTS_USER] if os.geteuid() == 0 else []
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "make test installs it"
    with log.open("w") as output:
        process = subprocess.Popen([program, *user, str(file)], stderr=output)
    try:
        eventually(lambda: _listens(port, process, log))
        yield f"postgres://postgres@127.0.0.1:{port}/{name}"
    finally:
        process.kill()
        process.wait(PATIENCE)


def _listens(port: int, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
