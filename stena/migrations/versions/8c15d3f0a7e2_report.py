"""What visitors report, and from which weight on a reported message waits for the owner.

Revision ID: 8c15d3f0a7e2
Revises: 5c1f8e73a9d2
"""

from __future__ import annotations

from alembic import op

revision = "8c15d3f0a7e2"
down_revision = "5c1f8e73a9d2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `author` is the digest of the reporting browser's key; `settled` is the decision about it.
    op.execute(
        """
        CREATE TABLE report (
            id bigserial PRIMARY KEY,
            message bigint NOT NULL REFERENCES message (id),
            author bytea,
            reason text NOT NULL,
            words text,
            weight real NOT NULL,
            made timestamptz NOT NULL DEFAULT clock_timestamp(),
            settled bigint REFERENCES decision (id),
            CONSTRAINT report_once UNIQUE (message, author)
        )
        """
    )
    op.execute("CREATE INDEX report_open ON report (message) WHERE settled IS NULL")
    op.execute("CREATE INDEX report_author ON report (author, made) WHERE author IS NOT NULL")
    op.execute("CREATE INDEX report_settled ON report (settled) WHERE settled IS NOT NULL")
    # Finds the decisions about one message.
    op.execute("CREATE INDEX decision_messages ON decision USING gin (messages)")
    # NULL, as in the rules of a thread that has no number of its own: that of the main wall.
    op.execute(
        """
        ALTER TABLE rule ADD COLUMN reports integer
            CONSTRAINT rule_reports CHECK (reports BETWEEN 0 AND 100)
        """
    )
    op.execute("UPDATE rule SET reports = 3 WHERE thread = ''")


def downgrade() -> None:
    op.execute("DROP TABLE report")
    op.execute("DROP INDEX decision_messages")
    op.execute("ALTER TABLE rule DROP COLUMN reports")
