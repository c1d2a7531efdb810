"""A primary, and a hot standby that follows it by streaming replication."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import psutil

from stena.store.cluster import PID_FILE, Cluster

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class Server(Cluster):
    """One of the two."""

    @property
    def sockets(self) -> Path:
        return self._socket_folder()

    def copy(self, primary: Server) -> None:
        """Take a base backup; this server begins as a standby of the other."""
        self.folder.mkdir(mode=0o700)
        self._give_away(self.folder)
        self._command(
            "pg_basebackup", "--pgdata", self.folder, "--write-recovery-conf", "--checkpoint=fast",
            "--host", primary.sockets, "--username=postgres",
        )  # fmt: skip
        # Its socket is in the folder of the data.
        (self.folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def promote(self) -> None:
        self._control("promote")

    def set(self, setting: str) -> None:
        """Change a setting of the server: `name = value`."""
        self._command(
            "psql", "--host", self.sockets, "--username=postgres", "--no-psqlrc",
            "--command", f"ALTER SYSTEM SET {setting}", "--command", "SELECT pg_reload_conf()",
        )  # fmt: skip

    def kill(self) -> None:
        """As if its machine lost power."""
        postmaster = psutil.Process(int((self.folder / PID_FILE).read_text().splitlines()[0]))
        for process in (postmaster, *postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()


@contextmanager
def replicated(folder: Path) -> Generator[tuple[Server, Server]]:
    """A primary, and a standby that has every commit before it is acknowledged."""
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    primary, standby = Server(folder / "one" / "data"), Server(folder / "two" / "data")
    with ExitStack() as opened:
        for server in (primary, standby):
            opened.enter_context(server.within_reach())
            opened.callback(server.stop)
        primary.create()
        primary.start()
        standby.copy(primary)
        standby.start()
        # The standby has no such setting: promoted, it waits for no other server.
        primary.set("synchronous_standby_names = '*'")
        yield primary, standby


def several(*servers: Server) -> str:
    """The URL that names these servers, in this order."""
    hosts = ",".join(str(server.sockets) for server in servers)
    ports = ",".join("5432" for _ in servers)
    return f"postgres://postgres@/postgres?host={hosts}&port={ports}"
