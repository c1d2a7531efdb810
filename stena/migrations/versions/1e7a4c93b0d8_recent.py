"""What browsers have posted within the last minutes, as digests.

Revision ID: 1e7a4c93b0d8
Revises: 9e27c1d40ab6
"""

from __future__ import annotations

from alembic import op

revision = "1e7a4c93b0d8"
down_revision = "9e27c1d40ab6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a foreign key and an index of the times: each post would pay for them, and a row
    # counts for some minutes only. The oldest rows are the first that a scan meets.
    op.execute(
        """
        CREATE TABLE recent (
            words bytea PRIMARY KEY,
            message bigint NOT NULL,
            posted timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE recent")
