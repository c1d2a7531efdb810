"""The texts of messages that wait or are removed leave the table of messages.

Until now the state `removed` was called `hidden`. No release has written one of these states,
but an owner may have, by hand.

Revision ID: 6b0d94e17a35
Revises: 4b7e2d91c0aa
"""

from __future__ import annotations

from alembic import op

revision = "6b0d94e17a35"
down_revision = "4b7e2d91c0aa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # This reads the whole table, so it is a migration of its own, in which nothing locks it.
    op.execute(
        """
        INSERT INTO withheld (message, text, name)
        SELECT id, text, name FROM message WHERE state IN ('waiting', 'removed', 'hidden')
        """
    )
    op.execute(
        """
        UPDATE message SET text = '', name = NULL, state = replace(state, 'hidden', 'removed')
        WHERE id IN (SELECT message FROM withheld)
        """
    )


def downgrade() -> None:
    op.execute(
        """
        UPDATE message SET text = withheld.text, name = withheld.name
        FROM withheld WHERE withheld.message = message.id AND message.state <> 'visible'
        """
    )
