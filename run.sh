#!/bin/sh
# What the container starts: migrate, then serve. The settings are in the file that STENA_CONFIG
# names; they replace $NAME themselves, so nothing is written and the root may be read-only.
set -eu
cd "$(dirname "$0")"
export PYTHONPATH=.

# Unlike `alembic upgrade head` it waits for a database that is starting, and after a rollback
# it leaves alone what the newer release has migrated. Beside the shell, for a process 1 hears
# only those signals that it asks for: what was begun is undone, then all ends.
trap 'kill "$migrating"; wait "$migrating"' TERM INT
python -m stena migrate &
migrating=$!
wait "$migrating"
trap - TERM INT
# A shell that stays would take the signal to stop instead of the wall.
exec python main.py
