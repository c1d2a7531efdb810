"""The brake: what newcomers have to do while a wall is flooded.

Revision ID: f3b81c60d9e4
Revises: c6e2a9f4817b
"""

from __future__ import annotations

from alembic import op

revision = "f3b81c60d9e4"
down_revision = "c6e2a9f4817b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One row. It has to be renewed, so it is off where nothing renews it.
    op.execute(
        """
        CREATE TABLE brake (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            level smallint NOT NULL DEFAULT 0 CHECK (level BETWEEN 0 AND 2),
            until timestamptz NOT NULL DEFAULT '-infinity'
        )
        """
    )
    op.execute("INSERT INTO brake DEFAULT VALUES")


def downgrade() -> None:
    op.execute("DROP TABLE brake")
