"""A total order of all changes: each row has the number of its last change.

Revision ID: 9d41e7c05b38
Revises: 2f6c1d0b7a94
"""

from __future__ import annotations

from alembic import op

revision = "9d41e7c05b38"
down_revision = "2f6c1d0b7a94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE message_change AS bigint")
    op.execute("ALTER TABLE message ADD COLUMN change bigint")
    op.execute("UPDATE message SET change = id")
    op.execute(
        """
        SELECT setval('message_change', max(change))
        FROM message HAVING max(change) IS NOT NULL
        """
    )
    op.execute(
        """
        ALTER TABLE message
            ALTER COLUMN change SET DEFAULT nextval('message_change'),
            ALTER COLUMN change SET NOT NULL
        """
    )
    op.execute("ALTER SEQUENCE message_change OWNED BY message.change")
    op.execute("CREATE UNIQUE INDEX message_change_order ON message (change)")


def downgrade() -> None:
    op.execute("ALTER TABLE message DROP COLUMN change")
