"""From the article's table to the wall's: names, states, times with a time zone.

Every message is kept with its time. The article stored times without a zone; they are read in
the zone `postgres.naive_time_zone`. A message without a text becomes an empty one, and one
without a time gets the time of the next older message.

Revision ID: 2f6c1d0b7a94
Revises: 0085824f4c35
"""

from __future__ import annotations

from alembic import context, op
from sqlalchemy import text

revision = "2f6c1d0b7a94"
down_revision = "0085824f4c35"
branch_labels = None
depends_on = None


def upgrade() -> None:
    hand_over_time_zone()
    op.execute(
        """
        UPDATE message SET
            text = coalesce(text, ''),
            created = coalesce(
                created,
                (SELECT older.created FROM message AS older
                 WHERE older.id < message.id AND older.created IS NOT NULL
                 ORDER BY older.id DESC LIMIT 1),
                (SELECT min(created) FROM message),
                now() AT TIME ZONE current_setting('stena.naive_time_zone')
            )
        WHERE text IS NULL OR created IS NULL
        """
    )
    op.execute(
        """
        ALTER TABLE message
            ALTER COLUMN id TYPE bigint,
            ALTER COLUMN text TYPE text,
            ALTER COLUMN text SET NOT NULL,
            ALTER COLUMN created TYPE timestamptz
                USING created AT TIME ZONE current_setting('stena.naive_time_zone'),
            ALTER COLUMN created SET DEFAULT clock_timestamp(),
            ALTER COLUMN created SET NOT NULL,
            ADD COLUMN name text,
            ADD COLUMN state text NOT NULL DEFAULT 'visible'
                CONSTRAINT message_state
                CHECK (state IN ('visible', 'waiting', 'hidden', 'deleted')),
            ADD COLUMN once bytea
        """
    )
    op.execute("CREATE UNIQUE INDEX message_once ON message (once)")
    op.execute("CREATE INDEX message_visible ON message (id) WHERE state = 'visible'")
    op.execute(
        """
        DO $$
        DECLARE
            numbers text := pg_get_serial_sequence('message', 'id');
        BEGIN
            EXECUTE format('ALTER SEQUENCE %s AS bigint', numbers);
            -- Rows that were put in with ids of their own leave the sequence behind them.
            EXECUTE format(
                'SELECT setval(%L, greatest(max(id), (SELECT last_value FROM %s)))
                 FROM message HAVING max(id) IS NOT NULL', numbers, numbers
            );
        END
        $$
        """
    )


def downgrade() -> None:
    hand_over_time_zone()
    op.execute(
        """
        ALTER TABLE message
            DROP COLUMN name,
            DROP COLUMN state,
            DROP COLUMN once,
            ALTER COLUMN created DROP DEFAULT,
            ALTER COLUMN created DROP NOT NULL,
            ALTER COLUMN created TYPE timestamp
                USING created AT TIME ZONE current_setting('stena.naive_time_zone'),
            ALTER COLUMN text DROP NOT NULL,
            ALTER COLUMN text TYPE varchar
        """
    )


def hand_over_time_zone() -> None:
    # ALTER takes no parameters, so the zone is passed by a setting of this transaction.
    zone = context.config.attributes.get("naive_time_zone", "UTC")
    op.get_bind().execute(
        text("SELECT set_config('stena.naive_time_zone', :zone, true)"), {"zone": zone}
    )
