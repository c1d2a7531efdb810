"""The table of the article, exactly as its code created it, under the article's revision.

Revision ID: 0085824f4c35
"""

from __future__ import annotations

from alembic import op

revision = "0085824f4c35"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE message (
            id serial PRIMARY KEY,
            text varchar,
            created timestamp
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE message")
