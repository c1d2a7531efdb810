from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import asyncpg

if TYPE_CHECKING:
    from stena.store.database import Connection

Standing = Literal["behind", "current", "ahead"]

MIGRATIONS = Path(__file__).parent.parent / "migrations"

# The last file in migrations/versions; a test asks Alembic whether it is. Alembic itself, which
# takes a second to load, is loaded only where there is something to migrate.
NEWEST = "c3a85f0e16d2"


async def standing(connection: Connection) -> Standing:
    """Where the database stands among the migrations known to this program.

    "ahead" is a revision that a newer program made: while two releases overlap, the older
    one goes on serving.
    """
    try:
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return "behind"
    if revision == NEWEST:
        return "current"
    return "behind" if revision is None or revision in _known() else "ahead"


def _known() -> set[str]:
    files = (MIGRATIONS / "versions").glob("*.py")
    return {file.name.partition("_")[0] for file in files}
