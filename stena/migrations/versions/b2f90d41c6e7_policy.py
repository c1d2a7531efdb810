"""Changes of the policy are in the log of decisions, with the row before and after.

Revision ID: b2f90d41c6e7
Revises: 8c15d3f0a7e2
"""

from __future__ import annotations

from alembic import op

revision = "b2f90d41c6e7"
down_revision = "8c15d3f0a7e2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE decision
            ADD COLUMN subject text, ADD COLUMN former jsonb, ADD COLUMN latter jsonb
        """
    )


def downgrade() -> None:
    op.execute("DELETE FROM decision WHERE subject IS NOT NULL")
    op.execute("ALTER TABLE decision DROP COLUMN subject, DROP COLUMN former, DROP COLUMN latter")
