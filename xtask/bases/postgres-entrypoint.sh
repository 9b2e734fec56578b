#!/usr/bin/env bash
# The part of the official postgres image's entrypoint that ours relies on: a first start makes the cluster from
# POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB (or NAME_FILE), runs /docker-entrypoint-initdb.d, then serves.
set -euo pipefail

value() { # NAME, default
  local file="${1}_FILE"
  if [ -n "${!file:-}" ]; then cat "${!file}"; else printf '%s' "${!1:-$2}"; fi
}

if [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  mkdir --parents "$PGDATA"
  chown --recursive postgres:postgres "$PGDATA"
  exec setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=$(value POSTGRES_USER postgres)
  database=$(value POSTGRES_DB "$user")
  password=$(value POSTGRES_PASSWORD '')
  [ -n "$password" ] || { echo "POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE) is not set" >&2; exit 1; }
  mkdir --parents "$PGDATA"
  chmod 0700 "$PGDATA"
  # shellcheck disable=SC2086 # Words of their own, as in the official image.
  initdb --username="$user" --pwfile=<(printf '%s\n' "$password") --pgdata="$PGDATA" ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  export PGPASSWORD="$password"
  sockets=$(mktemp --directory)
  pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses='' -k $sockets" --wait start
  export PGHOST="$sockets" PGUSER="$user"
  if [ "$database" != postgres ]; then createdb "$database"; fi
  for file in /docker-entrypoint-initdb.d/*; do
    # shellcheck source=/dev/null
    case "$file" in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) psql --set ON_ERROR_STOP=1 --no-psqlrc --dbname="$database" --file="$file" ;;
    esac
  done
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
  rm -rf "$sockets"
  unset PGPASSWORD PGHOST PGUSER
fi
exec "$@"
