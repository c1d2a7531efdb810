"""Authors, replies, threads and reactions.

Revision ID: 6a1f0c92d7e4
Revises: 9d41e7c05b38
"""

from __future__ import annotations

from alembic import op

revision = "6a1f0c92d7e4"
down_revision = "9d41e7c05b38"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Constant defaults: PostgreSQL rewrites no row, however large the table is.
    op.execute(
        """
        ALTER TABLE message
            ADD COLUMN parent bigint REFERENCES message (id),
            ADD COLUMN thread text NOT NULL DEFAULT '',
            ADD COLUMN edited timestamptz,
            ADD COLUMN author bytea,
            ADD COLUMN link bytea,
            ADD COLUMN replies integer NOT NULL DEFAULT 0,
            ADD COLUMN reactions integer[] NOT NULL DEFAULT '{0,0,0,0,0}',
            ADD COLUMN gone boolean NOT NULL DEFAULT false,
            ADD COLUMN appeared bigint,
            ADD COLUMN worded bigint
        """
    )
    op.execute(
        """
        CREATE TABLE reaction (
            message bigint NOT NULL REFERENCES message (id),
            kind smallint NOT NULL CONSTRAINT reaction_kind CHECK (kind BETWEEN 1 AND 5),
            author bytea NOT NULL,
            PRIMARY KEY (message, kind, author)
        )
        """
    )
    op.execute(
        """
        CREATE INDEX message_wall ON message (thread, id)
        WHERE state = 'visible' AND parent IS NULL
        """
    )
    op.execute(
        """
        CREATE INDEX message_reply ON message (parent, id)
        WHERE state = 'visible' AND parent IS NOT NULL
        """
    )
    # The previous release then reads by the primary key, which is slower but works.
    op.execute("DROP INDEX message_visible")


def downgrade() -> None:
    op.execute("DROP TABLE reaction")
    op.execute("CREATE INDEX message_visible ON message (id) WHERE state = 'visible'")
    # Replies become messages of the wall: no text is lost.
    op.execute("UPDATE message SET state = 'deleted' WHERE gone")
    op.execute(
        """
        ALTER TABLE message
            DROP COLUMN parent,
            DROP COLUMN thread,
            DROP COLUMN edited,
            DROP COLUMN author,
            DROP COLUMN link,
            DROP COLUMN replies,
            DROP COLUMN reactions,
            DROP COLUMN gone,
            DROP COLUMN appeared,
            DROP COLUMN worded
        """
    )
