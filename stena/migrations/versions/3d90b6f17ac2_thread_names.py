"""The names of pages, also where the release before writes them.

Revision ID: 3d90b6f17ac2
Revises: 7c2e9f0b51d4
"""

from __future__ import annotations

from alembic import op

from stena.store.concurrent_rename import IS_OTHER, NAME

revision = "3d90b6f17ac2"
down_revision = "7c2e9f0b51d4"
branch_labels = None
depends_on = None

TABLES = ("message", "rule", "notice")


def upgrade() -> None:
    # What the release before takes, while it goes on or after a rollback, is on the wall of its
    # page too. A later release may drop this.
    op.execute(
        f"""
        CREATE FUNCTION name_thread() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.thread := {NAME.format("NEW.thread")};
            RETURN NEW;
        END
        $$
        """
    )
    for table in TABLES:
        op.execute(
            f"""
            CREATE TRIGGER {table}_thread BEFORE INSERT ON {table} FOR EACH ROW
            WHEN {IS_OTHER.format("NEW.thread")} EXECUTE FUNCTION name_thread()
            """
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_thread ON {table}")
    op.execute("DROP FUNCTION name_thread")
