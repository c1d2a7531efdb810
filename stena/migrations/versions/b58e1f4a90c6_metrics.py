"""Sums for a monitoring system.

Revision ID: b58e1f4a90c6
Revises: f0a6d3c81b27
"""

from __future__ import annotations

from alembic import op

revision = "b58e1f4a90c6"
down_revision = "f0a6d3c81b27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Some hundred rows that are updated every few seconds: room on their pages keeps the updates
    # out of the index.
    op.execute(
        """
        CREATE TABLE metric (
            name text,
            label text,
            value text,
            total double precision NOT NULL,
            PRIMARY KEY (name, label, value)
        ) WITH (fillfactor = 50)
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE metric")
