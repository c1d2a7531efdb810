"""Real reverse proxies, with the configuration of docs/publish.md."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import trustme

from tests.docs.pages import PUBLISH, blocks
from tests.program import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from email.message import Message
    from pathlib import Path

HOST = "wall.example"
NGINX = """
daemon off;
pid {folder}/nginx.pid;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/answers;
    {content}
}}
"""


class Answer(NamedTuple):
    """An answer, read to its end."""

    status: int
    headers: Message
    text: str


class Proxy(NamedTuple):
    """A proxy that listens; a client of it trusts `authority`, if it speaks TLS."""

    port: int
    authority: ssl.SSLContext | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        source: str = "127.0.0.1",
        **headers: str,
    ) -> Answer:
        """The answer to a request on a connection of its own, from the address `source`."""
        with closing(self._connection(source)) as connection:
            connection.request(method, path, body, {"Host": HOST, **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())

    @contextmanager
    def lines(self, path: str) -> Generator[Iterator[bytes]]:
        """The lines of an answer as they arrive."""
        with closing(self._connection("127.0.0.1")) as connection:
            connection.request("GET", path, headers={"Host": HOST})
            with connection.getresponse() as answer:
                yield iter(answer.readline, b"")

    def _connection(self, source: str) -> http.client.HTTPConnection:
        place = source, 0
        if self.authority is None:
            return http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=PATIENCE, source_address=place
            )
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, source_address=place, context=self.authority
        )


def of_page(kind: str) -> str:
    """The configuration of one proxy on the page."""
    [found] = [block.text for block in blocks(PUBLISH[0]) if block.kind == kind]
    return found


@contextmanager
def nginx(folder: Path, content: str, port: int) -> Generator[Proxy]:
    """Run nginx with the content of its section `http`."""
    content, authority = _at_home(folder, content, port)
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, user=user, content=content))
    with _running(port, "nginx", "-p", str(folder), "-c", str(file), "-e", "stderr"):
        yield Proxy(port, authority)


@contextmanager
def haproxy(folder: Path, content: str, port: int) -> Generator[Proxy]:
    """Run HAProxy with a whole file."""
    content, authority = _at_home(folder, content, port)
    file = folder / "haproxy.cfg"
    file.write_text(f"{content}\n")
    with _running(port, "haproxy", "-db", "-q", "-f", str(file)):
        yield Proxy(port, authority)


def _at_home(folder: Path, content: str, port: int) -> tuple[str, ssl.SSLContext | None]:
    """The content with a port and a certificate of this test, and without a port for http."""
    content = re.sub(r"(listen |bind )(?:\*)?:?443 ssl", rf"\g<1>127.0.0.1:{port} ssl", content)
    content = re.sub(r"listen 80;", f"listen unix:{folder}/http;", content)
    content = re.sub(r"bind :80\n", f"bind {folder}/http\n", content)
    if "/etc/ssl/wall.pem" not in content:
        return content, None
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    # HAProxy reads both from one file, which nginx takes for the certificate too.
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "both"))
    certificate.private_key_pem.write_to_path(str(folder / "key"))
    content = content.replace("/etc/ssl/wall.pem", f"{folder}/both")
    content = content.replace("/etc/ssl/wall.key", f"{folder}/key")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return content, context


@contextmanager
def _running(port: int, program: str, *arguments: str) -> Generator[None]:
    path = f"{os.environ['PATH']}:/usr/sbin"
    command = shutil.which(program, path=path)
    assert command, f"{program} is missing: .ci/need {program}"
    process = subprocess.Popen([command, *arguments])
    try:
        eventually(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
