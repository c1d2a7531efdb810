"""The names of pages that the release before has written meanwhile, and of what the team has set.

Revision ID: a04e7d5c91f8
Revises: 3d90b6f17ac2
"""

from __future__ import annotations

from alembic import op

from stena.store import concurrent_rename
from stena.store.concurrent_rename import IS_OTHER, NAME

revision = "a04e7d5c91f8"
down_revision = "3d90b6f17ac2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    concurrent_rename.rename()
    name, is_other = NAME.format("thread"), IS_OTHER.format("thread")
    # Of several names of one page, one keeps its rules and its notice.
    for table in ("rule", "notice"):
        op.execute(
            f"""
            DELETE FROM {table} WHERE thread IN (
                SELECT thread FROM (
                    SELECT thread, row_number() OVER (
                        PARTITION BY {name} ORDER BY {is_other}, thread
                    ) AS place FROM {table}
                ) AS each WHERE place > 1
            )
            """  # noqa: S608 -- as below
        )
    for table in ("rule", "notice", "pin"):
        op.execute(f"UPDATE {table} SET thread = {name} WHERE {is_other}")  # noqa: S608 -- constants


def downgrade() -> None:
    """Keep the names, which the release before knows too."""
