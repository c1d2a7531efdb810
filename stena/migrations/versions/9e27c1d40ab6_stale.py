"""Search: which messages have words in the index as an earlier release reads them.

Revision ID: 9e27c1d40ab6
Revises: b8e35c20f7a1
"""

from __future__ import annotations

from alembic import op

revision = "9e27c1d40ab6"
down_revision = "b8e35c20f7a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The messages up to this id; they are indexed again in the background, newest first, so that
    # the start waits for none of them.
    # And up to which change this release has indexed: the release before goes on for a while, and
    # what it indexes is indexed once more. Neither reads a table, since this one is locked.
    op.execute(
        """
        ALTER TABLE message_words_mark
            ADD COLUMN stale bigint NOT NULL DEFAULT 0, ADD COLUMN folded bigint NOT NULL DEFAULT 0
        """
    )
    op.execute(
        """
        UPDATE message_words_mark
        SET stale = (SELECT coalesce(max(id), 0) FROM message), folded = change
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE message_words_mark DROP COLUMN stale, DROP COLUMN folded")
