#!/bin/sh
# Set a database up where the volume is new, then become PostgreSQL, with the options given.
set -eu
data=/var/lib/postgresql/data
cd /
chown postgres /var/lib/postgresql

as_postgres() {
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
}

programs=$(echo /usr/lib/postgresql/*/bin)
if [ ! -d "$data" ]; then
    # Built aside, so that half of one is never taken for a whole.
    rm -rf "$data.new"
    (umask 077 && printf %s "$POSTGRES_PASSWORD" >/tmp/password && chown postgres /tmp/password)
    as_postgres "$programs/initdb" --pgdata="$data.new" --username="$POSTGRES_USER" \
        --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$data.new/pg_hba.conf"
    echo "CREATE DATABASE \"$POSTGRES_DB\"" |
        as_postgres "$programs/postgres" --single -D "$data.new" postgres >/dev/null
    mv "$data.new" "$data"
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups \
    "$programs/postgres" -D "$data" -c listen_addresses='*' "$@"
