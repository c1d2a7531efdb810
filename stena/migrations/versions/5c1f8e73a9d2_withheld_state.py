"""The desk lists what waits and what was removed by the small table of withheld texts alone.

Revision ID: 5c1f8e73a9d2
Revises: 6b0d94e17a35
"""

from __future__ import annotations

from alembic import op

revision = "5c1f8e73a9d2"
down_revision = "6b0d94e17a35"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No index of `message` itself: it may have ten million rows, and readers would wait for it.
    op.execute(
        """
        ALTER TABLE withheld
            ADD COLUMN state text NOT NULL DEFAULT 'waiting'
                CONSTRAINT withheld_state CHECK (state IN ('waiting', 'removed')),
            ADD COLUMN why text
        """
    )
    op.execute(
        """
        UPDATE withheld SET state = 'removed' FROM message
        WHERE message.id = withheld.message
            AND 'removed' IN (message.state, message.tombstone)
        """
    )
    # Why each of the messages waited before it was approved, to be restored by an undo.
    op.execute("ALTER TABLE decision ADD COLUMN why text[]")
    op.execute("CREATE INDEX withheld_listed ON withheld (state, message)")


def downgrade() -> None:
    op.execute("ALTER TABLE decision DROP COLUMN why")
    op.execute("ALTER TABLE withheld DROP COLUMN state, DROP COLUMN why")
