"""More rules of a wall (hours, pace, links, the age of a conversation), and trust by standing.

Revision ID: d7e04c1a9b53
Revises: d5b18e63f0a4
"""

from __future__ import annotations

from alembic import op

revision = "d7e04c1a9b53"
down_revision = "d5b18e63f0a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in the row of a thread: as on the main wall; in the row of the main wall: the default.
    op.execute(
        """
        ALTER TABLE rule
            ADD COLUMN hours_from time,
            ADD COLUMN hours_to time,
            ADD COLUMN outside text
                CONSTRAINT rule_outside CHECK (outside IN ('open', 'first', 'all', 'closed')),
            ADD COLUMN time_zone text,
            ADD COLUMN slow_seconds integer
                CONSTRAINT rule_slow_seconds CHECK (slow_seconds BETWEEN 0 AND 3600),
            ADD COLUMN close_days integer
                CONSTRAINT rule_close_days CHECK (close_days BETWEEN 0 AND 3650),
            ADD COLUMN links text
                CONSTRAINT rule_links CHECK (links IN ('show', 'plain', 'wait')),
            ADD CONSTRAINT rule_hours CHECK (num_nonnulls(hours_from, hours_to, outside) IN (0, 3))
        """
    )
    # The messages whose addresses became links by a decision.
    op.execute("ALTER TABLE decision ADD COLUMN newly_linked bigint[]")
    # When a browser posted last where it has to pause between two posts.
    op.execute(
        """
        CREATE TABLE browser_pace (author bytea PRIMARY KEY, posted timestamptz NOT NULL)
        """
    )
    # Browsers become known because their messages stand: the hours in which somebody of the team
    # looked, up to which message that was counted, and the last one of each that counts. Messages
    # from before stood while nobody noted those hours.
    op.execute("CREATE TABLE watched (hour timestamptz PRIMARY KEY)")
    op.execute("CREATE TABLE standing_mark (message bigint NOT NULL)")
    op.execute("INSERT INTO standing_mark SELECT coalesce(max(id), 0) FROM message")
    op.execute(
        """
        CREATE TABLE standing (
            author bytea PRIMARY KEY,
            message bigint NOT NULL,
            since timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )
    # Both tables are small.
    op.execute("CREATE INDEX report_made ON report (made)")
    op.execute("CREATE INDEX decision_made ON decision (made)")


def downgrade() -> None:
    op.execute("DROP INDEX report_made, decision_made")
    op.execute("DROP TABLE watched, standing, standing_mark")
    op.execute("DROP TABLE browser_pace")
    op.execute("ALTER TABLE decision DROP COLUMN newly_linked")
    op.execute(
        """
        ALTER TABLE rule
            DROP COLUMN hours_from, DROP COLUMN hours_to, DROP COLUMN outside,
            DROP COLUMN time_zone, DROP COLUMN slow_seconds, DROP COLUMN close_days,
            DROP COLUMN links
        """
    )
