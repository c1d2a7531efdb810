"""Members of the team, the codes with which they sign in, and their sessions.

Revision ID: 4d0a9be6c713
Revises: e1b7d2904c6f
"""

from __future__ import annotations

from alembic import op

revision = "4d0a9be6c713"
down_revision = "e1b7d2904c6f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A member who leaves stays in the table: the name may be needed later, to say who decided what.
    op.execute(
        """
        CREATE TABLE member (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL CONSTRAINT member_name UNIQUE,
            role text NOT NULL CONSTRAINT member_role CHECK (role IN ('owner', 'moderator')),
            created timestamptz NOT NULL DEFAULT clock_timestamp(),
            left_at timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TABLE sign_in_code (
            digest bytea PRIMARY KEY,
            member bigint NOT NULL REFERENCES member (id),
            expires timestamptz NOT NULL,
            confirms boolean NOT NULL,
            spent timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TABLE session (
            digest bytea PRIMARY KEY,
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT session_id UNIQUE,
            member bigint NOT NULL REFERENCES member (id),
            created timestamptz NOT NULL DEFAULT clock_timestamp(),
            seen timestamptz NOT NULL DEFAULT clock_timestamp(),
            confirmed timestamptz,
            agent text NOT NULL
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE session")
    op.execute("DROP TABLE sign_in_code")
    op.execute("DROP TABLE member")
