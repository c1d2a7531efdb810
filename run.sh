#!/bin/sh
# What the container starts: migrate, then serve. The settings are in the file that STENA_CONFIG
# names; they replace $NAME themselves, so nothing is written and the root may be read-only.
set -eu
cd "$(dirname "$0")"
export PYTHONPATH=.

# Unlike `alembic upgrade head` it waits for a database that is starting, and after a rollback
# it leaves alone what the newer release has migrated.
python -m stena migrate
# A shell that stays would take the signal to stop instead of the wall.
exec python main.py
