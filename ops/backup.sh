#!/usr/bin/env bash
# Backs up everything: ops/backup.sh. With `ship` it only carries away what is new (WAL, objects, keys), every few
# minutes. Runs beside the working server; docs/operations.md, "Back up", says what goes where.
set -euo pipefail
# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
# shellcheck source=ops/lib/database.sh
. ops/lib/database.sh
# shellcheck source=ops/lib/carry.sh
. ops/lib/carry.sh

what="${1:-all}"
case "$what" in all | ship) ;; *) fail "usage: ops/backup.sh [ship]" ;; esac
need docker jq rsync
[ -z "${RECOVERY_PUBLIC_KEY:-}" ] || need age
if [ -n "${RESTIC_REPOSITORY:-}" ]; then
  need restic
  [ -n "${KEYS_MIRROR:-}" ] || fail "KEYS_MIRROR is not set: without the keys no audio in the backup opens, and they" \
    "may not lie in RESTIC_REPOSITORY, which keeps what is deleted. Nothing was backed up. Set it to a folder on another" \
    "machine (user@host:/folder)"
fi
KEYS_MIRROR="${KEYS_MIRROR:-/var/backups/medrecord-keys}"
buckets=''
if in_buckets; then buckets=yes; fi

back_up_database() {
  # A full backup a week; else what has changed since. The first one is full in any case.
  local type=diff
  [ "$(date +%u)" != "${BACKUP_FULL_DAY:-7}" ] || type=full
  # Made already by the first file of WAL; not if that has not come yet.
  in_postgres pgbackrest stanza-create
  in_postgres pgbackrest backup --type="$type"
  # Somebody may be writing for longer than it waits.
  local attempt=1
  until witness "medrecord-$(date --utc +%Y%m%dT%H%M%SZ)" >"$BACKUPS/.witness.part"; do
    [ "$((attempt++))" -lt 5 ] || fail "the tables could not be counted (above). The backup itself is whole, on this machine"
    sleep 10
  done
  mv "$BACKUPS/.witness.part" "$BACKUPS/witness"
}

# The WAL until now is in the repository; or archiving does not work, and somebody has to know.
archive_wal() {
  in_postgres pgbackrest check \
    || fail "PostgreSQL's WAL does not reach the repository: $MEDRECORD_DATA/logs/postgres says why. The database works;" \
      "its disk fills until this is mended"
}

# The database first: what a row names is on disk before the row is committed. The keys last: what may stop them, stops
# nothing else.
carry_all() {
  carry_away database backups/pgbackrest backups/witness "${sealed[@]}"
  [ -n "$buckets" ] || carry_away objects uploads
  mirror
}

mirror() {
  [[ "$KEYS_MIRROR" == *:* ]] || mkdir -p "$KEYS_MIRROR"
  if [ -n "$buckets" ]; then mirror_secrets; else mirror_keys; fi
}

no_database() {
  [ -z "$buckets" ] || fail "PostgreSQL does not run here, so nothing was backed up: a managed one is backed up by its" \
    "provider. What is left to do is in docs/operations/backup.md, \"Audio in buckets\""
  fail "PostgreSQL's container does not run, so nothing was backed up. Start it: docker compose up --detach postgres"
}

[ "$(docker compose ps --quiet --status running postgres | wc -l)" = 1 ] || no_database
if [ "$what" = ship ]; then
  lock 0 || { say "another backup runs: it carries everything away"; exit 0; }
  [ -f "$BACKUPS/witness" ] || fail "there is no backup yet: run ops/backup.sh first"
else
  lock 3600 || fail "another backup has been running for an hour: nothing was done"
fi

began=$(now)
seal_secrets
sealed=()
if [ -f "$BACKUPS/secrets.age" ]; then sealed=(backups/secrets.age); fi
[ "$what" = ship ] || back_up_database
archive_wal

if [ -z "${RESTIC_REPOSITORY:-}" ]; then
  mirror
  warn "RESTIC_REPOSITORY is not set: the backup of the database lies on this machine only, and the audio is not in it"
else
  open_off_site
  off_site unlock
  carry_all
  set_status last_off_site "$began"
fi
[ "$what" = all ] || exit 0
set_status last_backup "$began"

if [ -n "${RESTIC_REPOSITORY:-}" ]; then
  # A drill that reads the repository keeps this from it; the next day does it.
  off_site forget --host "$RESTIC_HOST" --group-by host,tags --keep-last 2 --keep-daily "${BACKUP_KEEP_DAILY:-7}" \
    --keep-weekly "${BACKUP_KEEP_WEEKLY:-5}" --keep-monthly "${BACKUP_KEEP_MONTHLY:-12}" --prune >/dev/null \
    || warn "old backups were not cleared away; tomorrow's backup does it"
fi
[ -z "$buckets" ] || warn "audio and keys are in buckets (AUDIO_URL, KEYS_URL) and NOT in this backup: it holds the database," \
  "the secrets and .env. How the buckets are kept: docs/operations/backup.md, \"Audio in buckets\""
say "backed up, as of $began"
