"""Passkeys, with which members of the team sign in.

Revision ID: c6e2a9f4817b
Revises: d7a3f1c94b20
"""

from __future__ import annotations

from alembic import op

revision = "c6e2a9f4817b"
down_revision = "d7a3f1c94b20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE passkey (
            credential bytea PRIMARY KEY,
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT passkey_id UNIQUE,
            member bigint NOT NULL REFERENCES member (id),
            public_key bytea NOT NULL,
            counter bigint NOT NULL,
            name text NOT NULL,
            made timestamptz NOT NULL DEFAULT clock_timestamp(),
            used timestamptz
        )
        """
    )
    # Challenges are sealed, not stored. Those that signed somebody in are, until they expire.
    op.execute(
        "CREATE TABLE spent_challenge (challenge bytea PRIMARY KEY, expires timestamptz NOT NULL)"
    )
    # One row, with 244 random bits.
    op.execute("CREATE TABLE challenge_key (key bytea NOT NULL)")
    op.execute(
        """
        INSERT INTO challenge_key
        SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE passkey, spent_challenge, challenge_key")
