"""Alembic runs this file: for the program, with a connection, and for `alembic upgrade head`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from alembic import context

from stena import config, logs
from stena.store import embedded, migration

if TYPE_CHECKING:
    from sqlalchemy import Connection


def run(connection: Connection) -> None:
    # A lock of a table then ends with its migration, and what is complete stays if one fails.
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def run_from_command() -> None:
    """Migrate the database that config/config.yaml names."""
    if context.is_offline_mode():
        sys.exit("`alembic --sql` is not supported: run it with the database at hand.")
    try:
        # Not the network section: a host sets PORT only for the process that serves.
        settings = config.load(sections=("postgres", "logging"))
        logs.set_up(settings.logging.format, settings.logging.level)
        postgres = settings.postgres
        context.config.attributes["naive_time_zone"] = postgres.naive_time_zone
        with embedded.unless(
            postgres.database_url,
            require_ssl=postgres.require_ssl,
            pooled=not postgres.listen,
            data=config.data_folder(),
        ) as database:
            context.config.attributes["address"] = database.address
            asyncio.run(migration.alone(database.address, run))
    except (config.Mistakes, embedded.InUse, embedded.Absent) as reason:
        print(reason, file=sys.stderr)  # noqa: T201 -- the command's error message
        sys.exit(2)
    except (embedded.NotStarted, migration.NotMigrated) as reason:
        sys.exit(str(reason))


if "connection" in context.config.attributes:
    run(context.config.attributes["connection"])
else:
    run_from_command()
