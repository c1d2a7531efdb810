#!/bin/sh
# Create a database if the volume is new, then exec PostgreSQL with the given options.
set -eu
data=/var/lib/postgresql/data
cd /
# As the image that this one replaces does: both may be new and root's.
mkdir -p /var/run/postgresql
chown postgres /var/lib/postgresql /var/run/postgresql

as_postgres() {
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
}

programs=$(echo /usr/lib/postgresql/*/bin)
if [ ! -d "$data" ]; then
    # Created in another folder and renamed, so that an incomplete one is never used.
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
