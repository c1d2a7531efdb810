"""What the environment says of the host, and whether the settings agree with it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stena.settings import Common

# Each names its variable differently; all of them stand before the program.
HOSTS = {
    "DYNO": "Heroku",
    "RENDER": "Render",
    "FLY_APP_NAME": "Fly",
    "RAILWAY_PROJECT_ID": "Railway",
}


class Unreached(NamedTuple):
    """Why nobody comes in from outside: what is so, what follows, what mends it."""

    what: str
    why: str
    mend: str

    def __str__(self) -> str:
        return " ".join(self)


def name(environment: Mapping[str, str]) -> str | None:
    """Which host the program runs on, None on a machine of one's own."""
    return next((host for variable, host in HOSTS.items() if variable in environment), None)


def unreached(common: Common, environment: Mapping[str, str]) -> Iterator[Unreached]:
    """Where the host looks for the wall and it does not listen."""
    port, host = environment.get("PORT"), name(environment)
    if port and port != str(common.port):
        yield Unreached(
            f"the environment has PORT={port}, and the wall listens on port {common.port}.",
            "A host that sets PORT sends visitors there and stops what does not listen there.",
            "Write port: $PORT below common: in the settings, and unset STENA_COMMON__PORT.",
        )
    if host and _is_loopback(common.host):
        yield Unreached(
            f"the wall listens on {common.host}, which {host}'s router cannot reach.",
            "Visitors come through the router, and it stops what it cannot reach.",
            "Set STENA_COMMON__HOST=0.0.0.0.",
        )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
