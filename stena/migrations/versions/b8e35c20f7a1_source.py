"""Where messages came from, as digests with a key for each week; bans of addresses and networks.

Revision ID: b8e35c20f7a1
Revises: b7c31e8f05d4
"""

from __future__ import annotations

from alembic import op

revision = "b8e35c20f7a1"
down_revision = "b7c31e8f05d4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The week is the first day of it. Once its key is deleted, the digests mean nothing.
    op.execute(
        """
        CREATE TABLE source_key (
            week date PRIMARY KEY,
            key bytea NOT NULL,
            kept_until timestamptz NOT NULL DEFAULT '-infinity'
        )
        """
    )
    # No index on a digest: each post would have to write it.
    op.execute(
        """
        CREATE TABLE source (
            message bigint PRIMARY KEY,
            week date NOT NULL,
            address bytea NOT NULL,
            network bytea NOT NULL
        )
        """
    )
    op.execute(
        """
        ALTER TABLE ban DROP CONSTRAINT ban_kind,
            ADD CONSTRAINT ban_kind CHECK (kind IN ('browser', 'address', 'network'))
        """
    )
    op.execute("CREATE INDEX ban_digest ON ban (digest)")


def downgrade() -> None:
    op.execute(
        """
        DELETE FROM decision
        WHERE action = 'ban' AND coalesce(latter, former) ->> 'kind' <> 'browser'
        """
    )
    op.execute("DELETE FROM ban WHERE kind <> 'browser'")
    op.execute("DROP INDEX ban_digest")
    op.execute(
        """
        ALTER TABLE ban DROP CONSTRAINT ban_kind,
            ADD CONSTRAINT ban_kind CHECK (kind IN ('browser'))
        """
    )
    op.execute("DROP TABLE source, source_key")
