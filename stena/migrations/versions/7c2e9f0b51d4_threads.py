"""The names of pages without slashes that say nothing: `/blog/first/` is `blog/first`.

Revision ID: 7c2e9f0b51d4
Revises: 1e7a4c93b0d8
"""

from __future__ import annotations

from stena.store import concurrent_rename

revision = "7c2e9f0b51d4"
down_revision = "1e7a4c93b0d8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The oldest messages come first: visitors of the release before miss the newest ones only for
    # as long as it goes on after the next migration.
    concurrent_rename.rename()


def downgrade() -> None:
    """Keep the names, which the release before knows too."""
