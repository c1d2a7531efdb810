"""Full-text search: the words of each message, in a separate table with an index.

Revision ID: c3a85f0e16d2
Revises: 6a1f0c92d7e4
"""

from __future__ import annotations

from alembic import op

revision = "c3a85f0e16d2"
down_revision = "6a1f0c92d7e4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE message_words (
            message bigint NOT NULL,
            thread text NOT NULL,
            words tsvector NOT NULL
        )
        """
    )
    # The number of the newest change that is indexed.
    op.execute("CREATE TABLE message_words_mark (change bigint NOT NULL)")
    # First, so that messages committed meanwhile are indexed again rather than missed.
    op.execute("INSERT INTO message_words_mark SELECT coalesce(max(change), 0) FROM message")
    # With the same expression as stena/store/indexing.py. `message` itself is only read, so the
    # previous release can go on writing to it.
    op.execute(
        """
        INSERT INTO message_words (message, thread, words)
        SELECT id, thread, to_tsvector(
            'russian',
            translate(coalesce(name, '') || ' ' || left(text, 4000), 'ёЁ<>/@.', 'еЕ     ')
        )
        FROM message WHERE state = 'visible' AND NOT gone ORDER BY id
        """  # noqa: RUF001 -- Russian
    )
    # Creating the indexes after filling the table takes a third of the time.
    op.execute("ALTER TABLE message_words ADD PRIMARY KEY (thread, message)")
    # Every search scans the pending list of the index, so it is kept short.
    op.execute(
        """
        CREATE INDEX message_words_found ON message_words USING gin (words)
        WITH (gin_pending_list_limit = 256)
        """
    )
    op.execute("ANALYZE message_words")


def downgrade() -> None:
    op.execute("DROP TABLE message_words, message_words_mark")
