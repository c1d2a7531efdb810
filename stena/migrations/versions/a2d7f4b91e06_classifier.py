"""What the classifier has learned from the decisions of the team, and what it says of messages.

Revision ID: a2d7f4b91e06
Revises: 4c90d7e2b61f
"""

from __future__ import annotations

from alembic import op

revision = "a2d7f4b91e06"
down_revision = "4c90d7e2b61f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One row. It begins with the first decision: the texts of 30 days are still there. The key has
    # 244 random bits.
    op.execute(
        """
        CREATE TABLE classifier (
            decision bigint NOT NULL DEFAULT 0,
            version bigint NOT NULL DEFAULT 0,
            spam integer NOT NULL DEFAULT 0,
            wanted integer NOT NULL DEFAULT 0,
            key bytea NOT NULL
        )
        """
    )
    op.execute(
        """
        INSERT INTO classifier (key)
        SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        """
    )
    # Digests; no words. What a decision has taught is kept while it may be undone.
    op.execute(
        """
        CREATE TABLE learned_text (
            decision bigint NOT NULL,
            text bigint NOT NULL,
            is_spam boolean NOT NULL,
            terms bigint[] NOT NULL,
            PRIMARY KEY (decision, text)
        )
        """
    )
    op.execute("CREATE INDEX learned_text_copies ON learned_text (text)")
    op.execute(
        """
        CREATE TABLE learned_term (
            term bigint PRIMARY KEY,
            spam integer NOT NULL,
            wanted integer NOT NULL,
            decision bigint NOT NULL
        )
        """
    )
    # The version of what was learned by which the text was judged; NULL if it was not.
    op.execute(
        """
        ALTER TABLE withheld
            ADD COLUMN resembles_spam boolean NOT NULL DEFAULT false,
            ADD COLUMN judged bigint
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE withheld DROP COLUMN resembles_spam, DROP COLUMN judged")
    op.execute("DROP TABLE classifier, learned_text, learned_term")
