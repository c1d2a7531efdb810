"""Whether the addresses in a message are links.

By itself, since whoever posts reads the rules too: a migration that holds the one table and waits
for the other could meet a post that has them the other way round.

Revision ID: e93b5a70d2c8
Revises: d7e04c1a9b53
"""

from __future__ import annotations

from alembic import op

revision = "e93b5a70d2c8"
down_revision = "d7e04c1a9b53"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL if it was never judged, and then they are links. Without a default, so no row is written.
    op.execute("ALTER TABLE message ADD COLUMN links boolean")


def downgrade() -> None:
    op.execute("ALTER TABLE message DROP COLUMN links")
