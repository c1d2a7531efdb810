from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from stena.settings import database_url as urls
from stena.settings.section import Section, TimeZone


class Postgres(Section):
    """The database."""

    database_url: Annotated[str, AfterValidator(urls.check)] = Field(
        "",
        repr=False,
        description=(
            "The URL of PostgreSQL, as `postgres://user:password@host:5432/name`. Several hosts, "
            "with a comma between them, are tried in turn, so that one that hangs delays a "
            "connection by 1.3 seconds; the first one that can be written to is taken, unless "
            "`?target_session_attrs=any` asks for the first one that answers. Empty: the wall "
            "starts its own PostgreSQL, with its data in the folder `STENA_DATA`, or `data`."
        ),
        examples=["postgres://user:password@localhost:5432/stena"],
    )
    require_ssl: bool = Field(
        False,  # noqa: FBT003 -- pydantic's way to give a default
        description=(
            "Require TLS; refuse a server without it. The certificate is not checked unless the "
            "URL ends with `?sslmode=verify-full&sslrootcert=FILE`."
        ),
        examples=["true"],
    )
    pool_size: int = Field(
        5,
        ge=1,
        le=100,
        description="The maximum size of the connection pool of each process.",
        examples=["5"],
    )
    start_timeout: float = Field(
        30,
        ge=0,
        le=600,
        description="How many seconds the wall waits for the database when it starts.",
        examples=["30"],
    )
    listen: bool = Field(
        True,  # noqa: FBT003 -- as above
        description=(
            "Receive the changes of other processes at once (LISTEN). False, for a connection "
            "pooler in transaction mode: keep nothing in a session of the database, and poll for "
            "changes once a second."
        ),
        examples=["false"],
    )
    migrate: bool = Field(
        True,  # noqa: FBT003 -- as above
        description="Migrate the database when the wall starts.",
        examples=["true"],
    )
    naive_time_zone: TimeZone = Field(
        "UTC",
        description=(
            "The time zone of the times in a database of the article's code, which stored them "
            "without one: the zone of the machine where that code ran. Used once, by the migration "
            "that takes the database over."
        ),
        examples=["Europe/Moscow"],
    )
