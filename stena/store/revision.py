from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import asyncpg

if TYPE_CHECKING:
    from stena.store.database import Connection

SchemaState = Literal["behind", "current", "ahead"]

# Processes that start together queue on this advisory lock; the number is arbitrary.
MIGRATION_LOCK = 7_836_202
MIGRATIONS = Path(__file__).parent.parent / "migrations"

# The last file in migrations/versions; a test asks Alembic whether it is. Alembic takes a second
# to load, so it is loaded only if there is something to migrate.
NEWEST = "b58e1f4a90c6"


async def schema_state(connection: Connection) -> SchemaState:
    """The database's revision, compared with the migrations of this release.

    "ahead" means that a newer release has migrated it: during a deploy two releases overlap, and
    the older one goes on serving.
    """
    try:
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return "behind"
    if revision == NEWEST:
        return "current"
    return "behind" if revision is None or revision in _known() else "ahead"


def is_known(revision: str) -> bool:
    """Whether this release has the migration."""
    return revision in _known()


def _known() -> set[str]:
    files = (MIGRATIONS / "versions").glob("*.py")
    return {file.name.partition("_")[0] for file in files}
