"""What the team puts forward: pinned messages, locked conversations, notices, and a badge.

Revision ID: d5b18e63f0a4
Revises: a81e5f3c7d20
"""

from __future__ import annotations

from alembic import op

revision = "d5b18e63f0a4"
down_revision = "a81e5f3c7d20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL for all that visitors wrote. A constraint would have to read every row.
    op.execute("ALTER TABLE message ADD COLUMN badge text")
    # Tables of their own: an index on `message` that finds the pinned ones would take minutes.
    op.execute(
        """
        CREATE TABLE pin (
            message bigint PRIMARY KEY REFERENCES message (id),
            thread text NOT NULL,
            since timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )
    op.execute("CREATE INDEX pin_thread ON pin (thread, since)")
    op.execute(
        """
        CREATE TABLE conversation_lock (
            message bigint PRIMARY KEY REFERENCES message (id),
            since timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )
    op.execute("CREATE TABLE notice (thread text PRIMARY KEY, text text NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE notice")
    op.execute("DROP TABLE conversation_lock")
    op.execute("DROP TABLE pin")
    op.execute("ALTER TABLE message DROP COLUMN badge")
    # What the release before would take for a decision about messages.
    op.execute("DELETE FROM decision WHERE action IN ('pin', 'lock', 'notice')")
