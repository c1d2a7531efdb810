#!/bin/sh
# The command of the container: migrate, then serve. The settings are in the file STENA_CONFIG. The
# program replaces $NAME in it by itself, so no file is written and the root may be read-only.
set -eu
cd "$(dirname "$0")"
export PYTHONPATH=.

# Unlike `alembic upgrade head`, this command waits for a database that is starting, and accepts a
# database that a newer release has migrated, as after a rollback. It runs in the background,
# because the shell is process 1 and gets only the signals that it traps: on a signal the migration
# is rolled back, then the container stops.
trap 'kill "$migrating"; wait "$migrating"' TERM INT
python -m stena migrate &
migrating=$!
wait "$migrating"
trap - TERM INT
# `exec`, so that the wall gets the stop signal and not the shell.
exec python main.py
