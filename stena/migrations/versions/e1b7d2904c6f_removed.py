"""Two states for messages that are no longer visible: deleted by their author, or removed.

Until now the second one was called `hidden`. No release has written it, but an owner may have,
by hand.

Revision ID: e1b7d2904c6f
Revises: c3a85f0e16d2
"""

from __future__ import annotations

from alembic import op

revision = "e1b7d2904c6f"
down_revision = "c3a85f0e16d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # From now on nobody can write `hidden`. 6b0d94e17a35 renames the rows that have it: that reads
    # the whole table, and must not keep the lock that this statement takes.
    allow("visible", "waiting", "deleted", "removed")


def downgrade() -> None:
    allow("visible", "waiting", "deleted", "hidden")
    op.execute("UPDATE message SET state = 'hidden' WHERE state = 'removed'")


def allow(*states: str) -> None:
    # NOT VALID: checked for every new row, without reading a large table under a lock.
    listed = ", ".join(f"'{state}'" for state in states)
    op.execute(
        f"""
        ALTER TABLE message
            DROP CONSTRAINT message_state,
            ADD CONSTRAINT message_state CHECK (state IN ({listed})) NOT VALID
        """
    )
