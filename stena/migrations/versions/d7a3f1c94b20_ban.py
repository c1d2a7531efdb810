"""Browsers that are banned, and words that are not wanted.

Revision ID: d7a3f1c94b20
Revises: e93b5a70d2c8
"""

from __future__ import annotations

from alembic import op

revision = "d7a3f1c94b20"
down_revision = "e93b5a70d2c8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is banned is a kind and a digest: of a browser, the digest of its key. `message` is the
    # one from which it was banned.
    op.execute(
        """
        CREATE TABLE ban (
            kind text NOT NULL CONSTRAINT ban_kind CHECK (kind IN ('browser')),
            digest bytea NOT NULL,
            id bigserial CONSTRAINT ban_id UNIQUE,
            until timestamptz NOT NULL,
            days integer NOT NULL,
            refuses boolean NOT NULL,
            message bigint NOT NULL,
            member bigint REFERENCES member (id),
            PRIMARY KEY (kind, digest)
        )
        """
    )
    op.execute("CREATE TABLE word (entry text PRIMARY KEY, refuses boolean NOT NULL)")
    # One row. Each process knows the list by this time, so a new wall, with no words, has that of
    # stena/word.py.
    op.execute("CREATE TABLE word_list (changed timestamptz NOT NULL)")
    op.execute("INSERT INTO word_list VALUES ('epoch')")


def downgrade() -> None:
    op.execute("DELETE FROM decision WHERE action IN ('ban', 'word')")
    op.execute("DROP TABLE ban, word, word_list")
