#!/usr/bin/env bash
# Backs up database and audio into BACKUP_DIR, and mirrors the wrapped keys apart from them, without versions:
# deleting a recording's key deletes its audio in every backup. For cron: 0 2 * * * /opt/medrecord/ops/backup.sh
#
# The dump holds notes as text: BACKUP_DIR must lie on an encrypted volume.
# MEDRECORD_LOCAL=1: PostgreSQL's own programs and variables (PGHOST …) instead of the container's.
set -euo pipefail
umask 077

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=/dev/null
if [ -f .env ]; then . ./.env; fi
data="${MEDRECORD_DATA:-/var/lib/medrecord}"
backups="${BACKUP_DIR:-/var/backups/medrecord}"
mirror="${KEYS_MIRROR:-/var/backups/medrecord-keys}"
keep_days="${BACKUP_DAYS:-7}"

dump() {
  if [ "${MEDRECORD_LOCAL:-}" = 1 ]; then
    pg_dump --format=custom
  else
    docker compose -f docker-compose.prod.yml exec -T postgres \
      pg_dump --format=custom --username="${POSTGRES_USER:?}" "${POSTGRES_DB:?}"
  fi
}

name=$(date --utc +%Y%m%dT%H%M%SZ)
part="$backups/.$name.part"
mkdir -p "$part" "$mirror"
trap 'rm -rf "$part"' EXIT

# The database first: every object that it names is on disk by then (objects are synced before their row).
dump >"$part/database.dump"
[ "$(head -c 5 "$part/database.dump")" = PGDMP ] || { echo "the dump is not whole" >&2; exit 1; }
tar --create --file "$part/audio.tar" --directory "$data/audio" .
(cd "$part" && sha256sum database.dump audio.tar >SHA256SUMS)
mv "$part" "$backups/$name"

# Keys: add what is new, drop what was deleted.
cp --recursive --no-target-directory --update "$data/keys" "$mirror"
(cd "$mirror" && find . -type f -print0) | while IFS= read -r -d '' key; do
  [ -e "$data/keys/$key" ] || rm -f "$mirror/$key"
done

find "$backups" -mindepth 1 -maxdepth 1 -type d -mtime "+$keep_days" -exec rm -rf {} +
sync --file-system "$backups"
echo "$backups/$name"
