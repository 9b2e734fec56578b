#!/usr/bin/env bash
# Restores a backup of backup.sh: usage ops/restore.sh /var/backups/medrecord/NAME. The server must be stopped, and
# database and audio must be empty: nothing is overwritten.
# MEDRECORD_LOCAL=1: PostgreSQL's own programs and variables (PGHOST …) instead of the container's.
set -euo pipefail
umask 077

backup=$(realpath "${1:?usage: ops/restore.sh BACKUP}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=/dev/null
if [ -f .env ]; then . ./.env; fi
data="${MEDRECORD_DATA:-/var/lib/medrecord}"
mirror="${KEYS_MIRROR:-/var/backups/medrecord-keys}"

run() {
  if [ "${MEDRECORD_LOCAL:-}" = 1 ]; then
    "$@"
  else
    docker compose -f docker-compose.prod.yml exec -T \
      -e PGUSER="${POSTGRES_USER:?}" -e PGDATABASE="${POSTGRES_DB:?}" postgres "$@"
  fi
}

(cd "$backup" && sha256sum --check --quiet SHA256SUMS)
for folder in "$data/audio" "$data/keys"; do
  mkdir -p "$folder"
  if [ -n "$(ls -A "$folder")" ]; then echo "$folder is not empty: nothing was restored" >&2; exit 1; fi
done
tables=$(run psql --no-psqlrc --tuples-only --no-align --command "select count(*) from pg_tables where schemaname = 'public'")
if [ "$tables" != 0 ]; then echo "the database is not empty: nothing was restored" >&2; exit 1; fi

database="${PGDATABASE:-${POSTGRES_DB:-}}"
run pg_restore --single-transaction --exit-on-error --no-owner --dbname="${database:?}" <"$backup/database.dump"
tar --extract --file "$backup/audio.tar" --directory "$data/audio"
cp --recursive --no-target-directory "$mirror" "$data/keys"
sync
echo "restored $backup"
