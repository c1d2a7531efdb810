"""Detect the host from the environment, and check the settings against it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stena.settings import Common

# Each sets a variable of its own; each has a router in front of the program.
HOSTS = {
    "DYNO": "Heroku",
    "RENDER": "Render",
    "FLY_APP_NAME": "Fly",
    "RAILWAY_PROJECT_ID": "Railway",
}


class Unreached(NamedTuple):
    """Why visitors cannot reach the wall: the cause, the effect, the fix."""

    what: str
    why: str
    mend: str

    def __str__(self) -> str:
        return " ".join(self)


def name(environment: Mapping[str, str]) -> str | None:
    """The host that the program runs on; None on any other machine."""
    return next((host for variable, host in HOSTS.items() if variable in environment), None)


def unreached(common: Common, environment: Mapping[str, str]) -> Iterator[Unreached]:
    """Yield each reason why the host cannot reach the wall where it listens."""
    port, host = environment.get("PORT"), name(environment)
    if port and port != str(common.port):
        yield Unreached(
            f"the environment has PORT={port}, and the wall listens on port {common.port}.",
            "A host that sets PORT sends visitors there and stops a program on another port.",
            "Write port: $PORT below common: in the settings, and unset STENA_COMMON__PORT.",
        )
    if host and _is_loopback(common.host):
        yield Unreached(
            f"the wall listens on {common.host}, which {host}'s router cannot reach.",
            "Visitors come through the router, and the host stops a program that it cannot reach.",
            "Set STENA_COMMON__HOST=0.0.0.0.",
        )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
