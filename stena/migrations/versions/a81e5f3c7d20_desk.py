"""What the desk needs: a number of its changes, parts of a decision, grounds, and erasures.

Revision ID: a81e5f3c7d20
Revises: b2f90d41c6e7
"""

from __future__ import annotations

from alembic import op

revision = "a81e5f3c7d20"
down_revision = "b2f90d41c6e7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `still_known`: the authors that an approval found known already. `first`: the decision of
    # which this one is a later part. `ground` and `asked_by`: of a removal for legal reasons.
    op.execute(
        """
        ALTER TABLE decision
            ADD COLUMN still_known bytea[] NOT NULL DEFAULT '{}',
            ADD COLUMN first bigint REFERENCES decision (id),
            ADD COLUMN ground text,
            ADD COLUMN asked_by text
        """
    )
    op.execute("CREATE INDEX decision_part ON decision (first) WHERE first IS NOT NULL")
    # Finds the decisions that say whether a browser is known. Most name none.
    op.execute(
        """
        CREATE INDEX decision_browsers ON decision
            USING gin ((newly_known || still_known || no_longer_known))
        """
    )
    # One row. It is another number after each change of what the desk shows beside messages.
    op.execute("CREATE TABLE desk_change (number bigint NOT NULL)")
    op.execute("INSERT INTO desk_change VALUES (0)")
    # The browsers whose messages are erased. `author` is the digest of the key until that is done;
    # `member` is NULL where the author asks; `top` is the newest message at that moment; messages
    # with ids from `below` on have been looked at, NULL before the first look.
    op.execute(
        """
        CREATE TABLE erasure (
            id bigserial PRIMARY KEY,
            author bytea,
            member bigint REFERENCES member (id),
            asked timestamptz NOT NULL DEFAULT clock_timestamp(),
            top bigint NOT NULL,
            below bigint,
            erased integer NOT NULL DEFAULT 0,
            done timestamptz
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX erasure_open ON erasure (author) WHERE done IS NULL")


def downgrade() -> None:
    op.execute("DROP TABLE erasure, desk_change")
    op.execute("DROP INDEX decision_browsers")
    op.execute(
        """
        ALTER TABLE decision
            DROP COLUMN still_known, DROP COLUMN first, DROP COLUMN ground, DROP COLUMN asked_by
        """
    )
