"""What detects floods and copies: its lease, what it counts, and the brake that it sets.

Revision ID: 4c90d7e2b61f
Revises: f3b81c60d9e4
"""

from __future__ import annotations

from alembic import op

revision = "4c90d7e2b61f"
down_revision = "f3b81c60d9e4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE lease (
            name text PRIMARY KEY,
            holder bytea,
            until timestamptz NOT NULL DEFAULT '-infinity'
        )
        """
    )
    op.execute("INSERT INTO lease (name) VALUES ('detection')")
    # One row. Messages from before are not read; the key has 244 random bits.
    op.execute(
        """
        CREATE TABLE detected (change bigint NOT NULL, message bigint NOT NULL, key bytea NOT NULL)
        """
    )
    op.execute(
        """
        INSERT INTO detected
        SELECT (SELECT coalesce(max(change), 0) FROM message),
            (SELECT coalesce(max(id), 0) FROM message),
            sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        """
    )
    # `judged`: it is decided whether the message may stay. `wave`: the smallest id of its copies.
    op.execute(
        """
        CREATE TABLE sketch (
            message bigint PRIMARY KEY,
            author bytea,
            made timestamptz NOT NULL,
            hashes integer[] NOT NULL,
            has_link boolean NOT NULL,
            gibberish boolean NOT NULL,
            judged boolean NOT NULL DEFAULT false,
            wave bigint
        )
        """
    )
    op.execute("CREATE INDEX sketch_hashes ON sketch USING gin (hashes) WITH (fastupdate = off)")
    op.execute("CREATE INDEX sketch_made ON sketch (made)")
    op.execute(
        "CREATE INDEX sketch_unjudged ON sketch (message) WHERE wave IS NOT NULL AND NOT judged"
    )
    op.execute(
        """
        CREATE TABLE arrival (
            second timestamptz PRIMARY KEY,
            newcomers integer NOT NULL DEFAULT 0,
            paid integer NOT NULL DEFAULT 0,
            asked integer NOT NULL DEFAULT 0
        )
        """
    )
    op.execute(
        "CREATE TABLE arrival_hour (hour timestamptz PRIMARY KEY, newcomers bigint NOT NULL)"
    )
    op.execute(
        """
        CREATE TABLE payment (
            message bigint PRIMARY KEY,
            way text NOT NULL,
            made timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )
    op.execute("CREATE INDEX payment_made ON payment (made)")
    # What the level was set for; how long it could be lower; the ways of paying that are closed;
    # the decision that lets messages wait; and what an owner has set, which goes before.
    op.execute(
        """
        ALTER TABLE brake
            ADD COLUMN since timestamptz,
            ADD COLUMN reason text,
            ADD COLUMN newcomers integer,
            ADD COLUMN usual integer,
            ADD COLUMN low_since timestamptz,
            ADD COLUMN closed text[] NOT NULL DEFAULT '{}',
            ADD COLUMN sweep bigint,
            ADD COLUMN set_level smallint CHECK (set_level BETWEEN 0 AND 2),
            ADD COLUMN set_at timestamptz,
            ADD COLUMN set_until timestamptz NOT NULL DEFAULT '-infinity'
        """
    )


def downgrade() -> None:
    # What the release before would take for a decision about messages, or does not know.
    op.execute("DELETE FROM decision WHERE action IN ('brake', 'sweep')")
    op.execute(
        """
        ALTER TABLE brake
            DROP COLUMN since, DROP COLUMN reason, DROP COLUMN newcomers, DROP COLUMN usual,
            DROP COLUMN low_since, DROP COLUMN closed, DROP COLUMN sweep, DROP COLUMN set_level,
            DROP COLUMN set_at, DROP COLUMN set_until
        """
    )
    op.execute("DROP TABLE lease, detected, sketch, arrival, arrival_hour, payment")
