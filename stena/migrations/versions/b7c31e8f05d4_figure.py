"""Figures of the defense, and the wave of a message that waits.

Revision ID: b7c31e8f05d4
Revises: a2d7f4b91e06
"""

from __future__ import annotations

from alembic import op

revision = "b7c31e8f05d4"
down_revision = "a2d7f4b91e06"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # By the hour, since a day begins at another hour in each time zone. An hour has 36 rows at
    # most, and most hours of most walls have none.
    op.execute(
        """
        CREATE TABLE figure (
            hour timestamptz NOT NULL,
            layer text NOT NULL,
            outcome text NOT NULL,
            count bigint NOT NULL,
            PRIMARY KEY (hour, layer, outcome)
        )
        """
    )
    # What a decision has counted, for its undo; NULL for nothing. First: when the release that
    # serves meanwhile decides, it locks both tables in this order.
    op.execute("ALTER TABLE decision ADD COLUMN counted jsonb")
    # The wave of near copies because of which a message waits.
    op.execute("ALTER TABLE withheld ADD COLUMN wave bigint")


def downgrade() -> None:
    op.execute("ALTER TABLE decision DROP COLUMN counted")
    op.execute("ALTER TABLE withheld DROP COLUMN wave")
    op.execute("DROP TABLE figure")
