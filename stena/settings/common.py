from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from stena.settings.section import Section

MOST_PROXIES = 10
# So long that nobody guesses it, if it is random.
SHORTEST_TOKEN = 20


def _proxies(written: object, validate: ValidatorFunctionWrapHandler) -> object:
    """One sentence for both types; pydantic has one for each."""
    number = re.fullmatch("[0-9]{1,2}", str(written))
    try:
        return validate(int(number[0]) if number else written)
    except ValidationError:
        raise ValueError(f"is neither auto nor a whole number from 0 to {MOST_PROXIES}") from None


def _token(written: str) -> str:
    if written and not re.fullmatch(rf"[!-~]{{{SHORTEST_TOKEN},}}", written):
        raise ValueError(
            f"has fewer than {SHORTEST_TOKEN} characters, or others than letters, digits and signs "
            "of ASCII"
        )
    return written


class Common(Section):
    """Where the program listens."""

    host: str = Field(
        "0.0.0.0",  # noqa: S104 -- a host's router reaches the container from outside
        description="The address to listen on. `127.0.0.1`: this machine only.",
        examples=["127.0.0.1"],
    )
    proxies: Annotated[
        Annotated[int, Field(strict=True, ge=0, le=MOST_PROXIES)] | Literal["auto"],
        WrapValidator(_proxies),
    ] = Field(
        0,
        description=(
            "How many reverse proxies are in front of the program. It trusts that many of the "
            "last entries of `X-Forwarded-For` and `X-Forwarded-Proto`. `auto`: as many as have "
            "an address of this machine or of a private network."
        ),
        examples=["1"],
    )
    forwarded: bool = Field(
        False,  # noqa: FBT003 -- pydantic's way to give a default
        description=(
            "The proxies write `Forwarded` (RFC 7239), and not `X-Forwarded-For` and "
            "`X-Forwarded-Proto`, which are then ignored."
        ),
        examples=["true"],
    )
    processes: int = Field(
        1,
        ge=1,
        le=64,
        description=(
            "How many processes serve the port; `WEB_CONCURRENCY` sets it too. Each process holds "
            "up to `postgres.pool_size` connections to the database, and one more for LISTEN."
        ),
        examples=["2"],
    )
    secret: str = Field(
        "",
        max_length=1000,
        repr=False,
        description=(
            "A long random string, the same on all machines that share a database, so that all "
            "render the same bytes and browsers get 304. With it, a backup of the database alone "
            "does not reveal visitors' addresses. Empty: each start generates one, which does not "
            "protect the addresses."
        ),
        examples=["openssl rand -hex 32"],
    )
    metrics_token: Annotated[str, AfterValidator(_token)] = Field(
        "",
        max_length=1000,
        repr=False,
        description=(
            "A long random string with which a monitoring system reads `/metrics`, at least 20 "
            "characters without spaces. Empty: nothing is counted, and there is no `/metrics`."
        ),
        examples=["openssl rand -hex 32"],
    )
    port: int = Field(
        8080,
        ge=0,
        le=65535,
        description="The port to listen on. 0: any free port.",
        examples=["8080"],
    )
