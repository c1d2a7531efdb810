"""PostgreSQL's own client programs: pg_dump, pg_restore and psql."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from stena.store import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stena.store.database import Address

# Parameters of a URL that these programs know by the same name as the driver. The driver takes
# any other one for a setting of the session.
KNOWN = {
    "host", "port", "dbname", "user", "passfile", "service", "options", "application_name",
    "target_session_attrs", "krbsrvname", "gsslib", "sslmode", "sslcert", "sslkey", "sslrootcert",
    "sslcrl", "sslpassword", "sslnegotiation", "ssl_min_protocol_version",
    "ssl_max_protocol_version",
}  # fmt: skip
CHECKED = {"verify-ca", "verify-full"}


class Unsuitable(Exception):  # noqa: N818 -- it reads as what is found
    """One line: there is no program for this server, and what to install."""


class Connection(NamedTuple):
    """How a program connects: an argument that all users may see, and variables that they may not.

    Attributes:
        argument: names the database, without the password.
        environment: the variables of the program.
    """

    argument: str
    environment: dict[str, str]


def find(server: int) -> Path:
    """The folder of programs that are not older than a server of this major version.

    Raises:
        Unsuitable: there is none.
    """
    found = {folder: _version(folder) for folder in _folders()}
    for folder, version in found.items():
        if version >= server:
            return folder
    here = [f"that in {folder} is of version {version}" for folder, version in found.items()]
    raise Unsuitable(
        f"The database is PostgreSQL {server}, and pg_dump has to be of that version or newer: "
        f"{'; '.join(here) or 'there is none here'}. Install PostgreSQL's client programs, such as "
        f"the package postgresql-client-{server} of Debian."
    )


def connection(address: Address) -> Connection:
    """As the wall connects itself."""
    parts = urlsplit(address.url)
    given = dict(parse_qsl(parts.query))
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    password = given.pop("password", unquote(password))
    if "database" in given:
        given["dbname"] = given.pop("database")
    parameters = {name: value for name, value in given.items() if name in KNOWN}
    settings = [f"-c {name}={value}" for name, value in given.items() if name not in KNOWN]
    if settings:
        parameters["options"] = " ".join([parameters.get("options", ""), *settings]).strip()
    if "," in hosts or "," in parameters.get("host", ""):
        parameters.setdefault("target_session_attrs", "read-write")
    if address.require_ssl and parameters.get("sslmode") not in CHECKED:
        parameters["sslmode"] = "require"
    # These programs take a plus sign for itself, and not for a space.
    query = urlencode(parameters, quote_via=quote)
    # In a variable, since the arguments of a program are shown to all users of the machine.
    secret = {"PGPASSWORD": password} if password else {}
    return Connection(
        parts._replace(netloc=f"{user}{at}{hosts}", query=query).geturl(),
        {**os.environ, "LC_ALL": "C", "PG_COLOR": "never", **secret},
    )


def _folders() -> Iterator[Path]:
    """Where the programs may be, the embedded ones first."""
    with suppress(cluster.Absent):
        yield cluster.binaries()
    if installed := shutil.which("pg_dump"):
        yield Path(installed).parent


def _version(folder: Path) -> int:
    """The major version; 0 if it cannot be told."""
    done = subprocess.run(  # noqa: S603 -- PostgreSQL's own program
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0
