"""What can be set: types, defaults, and the words of docs/settings.md."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from stena.links import MOST_LINKS, Links, Origins, Site

# The parameters of a database URL that name files.
CERTIFICATES = {"sslrootcert", "sslcert", "sslkey", "sslcrl"}
FILE_MISSING = "file_missing"


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no name of a time zone") from None
    return name


def _database_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no URL; a special character in the password is written %XX") from None
    if url and parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("does not begin with postgres:// or postgresql://")
    for name, value in parse_qsl(parts.query):
        # The driver would say so too, but not which file, and the wall would wait for it.
        if name in CERTIFICATES and not os.access(value, os.R_OK):
            raise PydanticCustomError(
                FILE_MISSING,
                "its {name} is {value}, which cannot be read; put the file there, or correct it",
                {"name": name, "value": value},
            )
    return url


def _colour(written: str) -> str:
    if written and not re.fullmatch("#[0-9a-fA-F]{6}", written):
        raise ValueError("is no colour of the form #rrggbb")
    return written.lower()


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Common(Section):
    """Where the program listens."""

    host: str = Field(
        "0.0.0.0",  # noqa: S104 -- a host's router reaches the container from outside
        description="The address to listen on; `127.0.0.1` for this machine only.",
        examples=["127.0.0.1"],
    )
    proxies: int = Field(
        0,
        ge=0,
        le=10,
        description=(
            "How many proxies stand before the program: so many of the last entries of "
            "`X-Forwarded-For` and `X-Forwarded-Proto` are believed."
        ),
        examples=["1"],
    )
    processes: int = Field(
        1,
        ge=1,
        le=64,
        description=(
            "How many processes serve the one port; `WEB_CONCURRENCY` sets it too. Each holds "
            "`postgres.pool_size` connections to the database, and one that listens."
        ),
        examples=["2"],
    )
    secret: str = Field(
        "",
        max_length=1000,
        repr=False,
        description=(
            "Long and made by chance, the same for all processes on one database: then a page is "
            "the same bytes whichever answers, and a browser that has it is sent nothing. Empty: "
            "each start makes one."
        ),
        examples=["openssl rand -hex 32"],
    )
    port: int = Field(
        8080,
        ge=0,
        le=65535,
        description="The port to listen on; 0 takes a free one.",
        examples=["8080"],
    )


class Postgres(Section):
    """The database."""

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        "",
        repr=False,
        description=(
            "Where PostgreSQL is, as `postgres://user:password@host:5432/name`. Empty: one is "
            "started for the wall, with its data in the folder that `STENA_DATA` names, or `data`."
        ),
        examples=["postgres://user:password@localhost:5432/stena"],
    )
    require_ssl: bool = Field(
        False,  # noqa: FBT003 -- pydantic's way to give a default
        description=(
            "Encrypt the connection or refuse it. The certificate is not checked, unless the URL "
            "ends with `?sslmode=verify-full&sslrootcert=FILE`."
        ),
        examples=["true"],
    )
    pool_size: int = Field(
        5,
        ge=1,
        le=100,
        description="How many connections one process may hold.",
        examples=["5"],
    )
    start_timeout: float = Field(
        30,
        ge=0,
        le=600,
        description="How many seconds to wait for the database when the wall starts.",
        examples=["30"],
    )
    listen: bool = Field(
        True,  # noqa: FBT003 -- as above
        description=(
            "Hear of other processes' messages at once (LISTEN). False, behind a pooler that "
            "forbids it: look once a second."
        ),
        examples=["false"],
    )
    migrate: bool = Field(
        True,  # noqa: FBT003 -- as above
        description="Bring the database up to date when the wall starts.",
        examples=["true"],
    )
    naive_time_zone: TimeZone = Field(
        "UTC",
        description=(
            "The zone of the times in a database made by the article's code, which wrote them "
            "without one: that of the machine where it ran. Used once, when it is taken over."
        ),
        examples=["Europe/Moscow"],
    )


class Wall(Section):
    """The page."""

    title: str = Field(
        "",
        max_length=100,
        description="The heading of the page. Empty: “The wall” in the visitor's language.",
        examples=["The wall of our yard"],
    )
    introduction: str = Field(
        "",
        max_length=500,
        description=(
            "What stands below the heading. Empty: a sentence in the visitor's language that "
            "invites to write."
        ),
        examples=["News and questions of those who live in our yard."],
    )
    accent: Annotated[str, AfterValidator(_colour)] = Field(
        "",
        description=(
            "The colour of the button and of what is stressed, as `#rrggbb`. It is made darker "
            "or lighter where letters could not be read. Empty: ember."
        ),
        examples=["'#2f6f4f'"],
    )
    links: Links = Field(
        (),
        max_length=MOST_LINKS,
        description=(
            "Links at the foot of each page: a list with a `name` and a `url` each, or one text, "
            "`Name https://…; Name mailto:…`."
        ),
        examples=["Our rules https://yard.example/rules; Write to us mailto:us@yard.example"],
    )
    url: Site = Field(
        "",
        description=(
            "Where visitors find the wall, for feeds, search engines, previews of links and the "
            "QR code of `/live`. "
            "Empty: whatever each of them asked for."
        ),
        examples=["https://wall.example"],
    )
    language: Literal["en", "ru"] = Field(
        "en",
        description="The language of a visitor whose browser asks for neither of the two.",
        examples=["ru"],
    )
    posts_per_minute: int = Field(
        600,
        ge=0,
        description=(
            "How many messages a minute one address may leave; 0 for no limit. A school may "
            "share one address."
        ),
        examples=["600"],
    )
    edit_minutes: int = Field(
        15,
        ge=0,
        le=100_000,
        description=(
            "For how many minutes the browser that left a message may change it or take it down; "
            "its private link does so for ever."
        ),
        examples=["15"],
    )
    origins: Origins = Field(
        (),
        description=(
            "Which sites may show the wall on their pages: a list, or one text with spaces between "
            "them. `*` is any site; empty is none."
        ),
        examples=["https://blog.example"],
    )
    readers: int = Field(
        10_000,
        ge=0,
        le=100_000,
        description="How many may read live in one process; who comes later asks now and then.",
        examples=["10000"],
    )
    time_zone: TimeZone = Field(
        "UTC",
        description="The zone of the times on the page where scripts do not run.",
        examples=["Europe/Moscow"],
    )


class Logging(Section):
    """What the program says of itself, on standard error."""

    format: Literal["auto", "text", "json"] = Field(
        "auto",
        description="`text` for people, `json` for machines; `auto` is text on a terminal.",
        examples=["json"],
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important event that is logged.", examples=["info"]
    )
    requests: bool = Field(
        False,  # noqa: FBT003 -- as above
        description="Log a line for each request, without addresses.",
        examples=["true"],
    )


class Settings(Section):
    """All there is to set; docs/settings.md says the same in a table."""

    common: Common = Common()
    postgres: Postgres = Postgres()
    wall: Wall = Wall()
    logging: Logging = Logging()


SECTIONS: dict[str, type[Section]] = {
    "common": Common,
    "postgres": Postgres,
    "wall": Wall,
    "logging": Logging,
}
