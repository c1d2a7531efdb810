"""Where messages are that wait for the owner, or are removed; rules, decisions and tokens.

Revision ID: 4b7e2d91c0aa
Revises: 4d0a9be6c713
"""

from __future__ import annotations

from alembic import op

revision = "4b7e2d91c0aa"
down_revision = "4d0a9be6c713"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE rule (
            thread text PRIMARY KEY,
            mode text NOT NULL DEFAULT 'open'
                CONSTRAINT rule_mode CHECK (mode IN ('open', 'first', 'all', 'closed'))
        )
        """
    )
    op.execute("INSERT INTO rule (thread) VALUES ('')")
    # The browsers that are known, by the digest of their key.
    op.execute(
        """
        CREATE TABLE browser (author bytea PRIMARY KEY)
        """
    )
    # What a member of the team decided about messages. `before` has the state that each had.
    op.execute(
        """
        CREATE TABLE decision (
            id bigserial PRIMARY KEY,
            made timestamptz NOT NULL DEFAULT clock_timestamp(),
            member bigint REFERENCES member (id),
            action text NOT NULL,
            messages bigint[] NOT NULL,
            before text[] NOT NULL,
            newly_known bytea[] NOT NULL DEFAULT '{}',
            no_longer_known bytea[] NOT NULL DEFAULT '{}',
            undone timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TABLE token (
            digest bytea PRIMARY KEY,
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT token_id UNIQUE,
            member bigint NOT NULL REFERENCES member (id),
            name text NOT NULL,
            made timestamptz NOT NULL DEFAULT clock_timestamp(),
            used timestamptz,
            revoked timestamptz
        )
        """
    )
    # Last, since both statements lock the table of messages until the end of the migration.
    # Without defaults, and a constraint that is not checked for the rows that there are, of which
    # none can violate it: no row is read or written, however large the table is.
    op.execute(
        """
        ALTER TABLE message
            ADD COLUMN tombstone text,
            ADD COLUMN disappeared bigint,
            ADD CONSTRAINT message_tombstone
                CHECK (tombstone IN ('waiting', 'removed', 'deleted')) NOT VALID
        """
    )
    op.execute(
        """
        CREATE TABLE withheld (
            message bigint PRIMARY KEY REFERENCES message (id),
            text text NOT NULL,
            name text,
            since timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE withheld, rule, browser, decision, token")
    op.execute("ALTER TABLE message DROP COLUMN tombstone, DROP COLUMN disappeared")
