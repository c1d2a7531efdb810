"""The add-on: a real PostgreSQL with the limits of the smallest plan."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import trustme

from rehearsal.images import POSTGRES
from stena.message import digest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rehearsal.workshop import Workshop

# https://devcenter.heroku.com/articles/heroku-postgres-plans: what essential-0 allows.
CONNECTIONS = 20
PATIENCE = 60
# Unencrypted connections are rejected.
RULES = "hostssl all all 127.0.0.1/32 scram-sha-256\nlocal all all scram-sha-256\n"
CONTAINER = "addon"


class Server:
    """One server; the app's user is no superuser and owns one database."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._owner = secrets.token_hex(16)
        self.user = f"u{secrets.token_hex(6)}"
        self.name = f"d{secrets.token_hex(6)}"
        self.password = f"p{secrets.token_hex(32)}"

    @property
    def url(self) -> str:
        """The URL in the form that Heroku uses."""
        return f"postgres://{self.user}:{self.password}@127.0.0.1:{self._port}/{self.name}"

    @asynccontextmanager
    async def running(self, workshop: Workshop) -> AsyncGenerator[None]:
        folder = workshop.folder / "addon"
        folder.mkdir()
        self_signed = trustme.CA(organization_name="Nobody").issue_cert("127.0.0.1")
        self_signed.private_key_pem.write_to_path(folder / "key.pem")
        self_signed.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        (folder / "rules").write_text(RULES)
        (folder / "key.pem").chmod(0o600)
        user = await workshop.must(f"podman run --rm --entrypoint id {POSTGRES} -u postgres")
        await workshop.must(f"chown -R {user} {folder}")
        options = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "ssl": "on",
            "ssl_cert_file": "/addon/certificate.pem",
            "ssl_key_file": "/addon/key.pem",
            "hba_file": "/addon/rules",
        }
        given = " ".join(f"-c {name}={value}" for name, value in options.items())
        await workshop.must(
            f"podman run --detach --name {CONTAINER} --volume {folder}:/addon "
            f"--env POSTGRES_USER=owner --env POSTGRES_PASSWORD={self._owner} "
            f"--env POSTGRES_DB=owner {POSTGRES} {given}"
        )
        await self._set_up()
        yield

    async def _set_up(self) -> None:
        connection = await self._connect()
        await connection.execute(
            f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}' "
            f"CONNECTION LIMIT {CONNECTIONS}"
        )
        await connection.execute(f"CREATE DATABASE {self.name} OWNER {self.user}")
        await connection.close()

    async def rotate(self) -> None:
        """Change the password, and close the connections made with the old one."""
        connection = await self._connect()
        self.password = f"p{secrets.token_hex(32)}"
        await connection.execute(f"ALTER ROLE {self.user} PASSWORD '{self.password}'")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", self.user
        )
        await connection.close()

    async def know(self, keys: Sequence[str]) -> None:
        """Let browsers be known by their keys, as if the owner had approved a message of each."""
        connection = await self._connect(self.name)
        await connection.executemany(
            "INSERT INTO browser (author) VALUES ($1)", [(digest(key),) for key in keys]
        )
        await connection.close()

    async def connections(self) -> int:
        """The number of open connections of the app."""
        connection = await self._connect()
        count = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", self.user
        )
        await connection.close()
        return int(count)

    async def _connect(self, database: str = "owner") -> asyncpg.Connection[asyncpg.Record]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                return await asyncpg.connect(
                    host="127.0.0.1",
                    port=self._port,
                    user="owner",
                    password=self._owner,
                    database=database,
                    ssl=context,
                )
            except (OSError, asyncpg.CannotConnectNowError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.1)
