#!/bin/sh
# The part of the official entrypoint that docker-compose.yml relies on: the first start creates role and database
# over the socket; only then the server listens on the network.
set -eu

as_postgres() {
  setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
}

if [ "${1:-}" != postgres ]; then exec "$@"; fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?}"
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  chown postgres:postgres /var/lib/postgresql
  secret=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" > "$secret"
  chown postgres "$secret"
  as_postgres mkdir -p "$PGDATA"
  as_postgres initdb --username="$user" --pwfile="$secret" --encoding=UTF8 --auth-host=scram-sha-256 --auth-local=trust
  rm "$secret"
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  as_postgres pg_ctl -w start -o "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql"
  if [ "$database" != postgres ]; then
    as_postgres psql -h /var/run/postgresql -U "$user" -d postgres -c "create database \"$database\""
  fi
  as_postgres pg_ctl -w -m fast stop
fi

exec setpriv --reuid=postgres --regid=postgres --clear-groups \
  "$@" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
