"""Alerts: what happened, what the team is sent because of it, and the channels.

Revision ID: f0a6d3c81b27
Revises: a04e7d5c91f8
"""

from __future__ import annotations

from alembic import op

revision = "f0a6d3c81b27"
down_revision = "a04e7d5c91f8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing is written into the other tables while this one is empty.
    op.execute(
        """
        CREATE TABLE channel (
            name text PRIMARY KEY,
            attempts integer NOT NULL DEFAULT 0,
            next_at timestamptz NOT NULL DEFAULT '-infinity',
            delivered timestamptz,
            failed timestamptz,
            first_failed timestamptz,
            error text,
            status integer
        )
        """
    )
    op.execute(
        """
        CREATE TABLE outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            times integer NOT NULL DEFAULT 1,
            facts jsonb NOT NULL DEFAULT '{}',
            happened timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )
    # When an alert of a kind was made the last time.
    op.execute(
        """
        CREATE TABLE alert (
            kind text PRIMARY KEY,
            made timestamptz NOT NULL,
            facts jsonb NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE delivery (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            channel text NOT NULL,
            kind text NOT NULL,
            facts jsonb NOT NULL,
            made timestamptz NOT NULL DEFAULT clock_timestamp(),
            claimed_until timestamptz NOT NULL DEFAULT '-infinity'
        )
        """
    )
    op.execute("INSERT INTO lease (name) VALUES ('alerts')")


def downgrade() -> None:
    op.execute("DELETE FROM lease WHERE name = 'alerts'")
    for table in ("delivery", "alert", "outbox", "channel"):
        op.execute(f"DROP TABLE {table}")
