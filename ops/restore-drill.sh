#!/usr/bin/env bash
# Restores the newest backup into a scratch stack and compares: the rows of every table with those counted when it was
# made, every object with its row. By timer, weekly; its age is on the health page. Needs as much disk as the data.
set -euo pipefail
# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
# shellcheck source=ops/lib/folders.sh
. ops/lib/folders.sh
# shellcheck source=ops/lib/database.sh
. ops/lib/database.sh
# shellcheck source=ops/lib/carry.sh
. ops/lib/carry.sh

need docker jq rsync
buckets=''
if in_buckets; then buckets=yes; fi
SECONDS=0
source_data="$MEDRECORD_DATA"
scratch="${DRILL_DIR:-$MEDRECORD_DATA/drill}"
KEYS_MIRROR="${KEYS_MIRROR:-/var/backups/medrecord-keys}"
[ -z "$(ls -A "$scratch" 2>/dev/null)" ] || [ -f "$scratch/.drill" ] || fail "$scratch holds something else: no drill"
free=$(df --block-size=1 --output=avail "$source_data" | tail -1)
used=$(du --summarize --bytes --exclude "$scratch" "$source_data" | cut -f1)
[ "$free" -gt "$((used + used / 10))" ] || fail "the drill needs as much disk as the data ($used bytes), and $free are free"

# From here on everything is the scratch stack's: another project, other folders, the same secrets and images.
export COMPOSE_PROJECT_NAME="${COMPOSE_PROJECT_NAME:-medrecord}-drill" MEDRECORD_DATA="$scratch" BACKUPS="$scratch/backups"
clear_scratch() {
  docker compose down --volumes >/dev/null 2>&1 || true
  [ ! -f "$scratch/.drill" ] || rm -rf "$scratch"
}

# Every object with its row.
open_objects() {
  local segments bytes missing keyless
  once server audit verify >&2 || fail "the drill failed: objects and rows differ (above)"
  read -r segments bytes missing keyless < <(compare_objects)
  [ "$((missing + keyless))" = 0 ] || fail "the drill failed: $missing objects and $keyless keys are missing"
  audio="$segments segments in $bytes bytes open"
}

clear_scratch
trap clear_scratch EXIT
mkdir -p "$scratch"
touch "$scratch/.drill"
make_folders

if [ -n "${RESTIC_REPOSITORY:-}" ]; then
  need restic
  database=$(snapshots database | tail -1)
  objects=$(snapshots objects | tail -1)
  if [ -z "$database" ] || [ -z "$objects$buckets" ]; then fail "$(where) holds no backup"; fi
  bring_back "${database#* }"
  [ -n "$buckets" ] || bring_back "${objects#* }"
else
  (exec 9>"$source_data/backups/.lock" && flock --wait 3600 9 && cp --archive "$source_data"/backups/{pgbackrest,witness} "$BACKUPS")
  [ -n "$buckets" ] || cp --archive "$source_data/uploads" "$scratch"
fi
# At once: a key of what is purged meanwhile goes from the mirror.
[ -n "$buckets" ] || {
  rsync --archive "$KEYS_MIRROR/keys" "$scratch/keys/"
  chown --recursive 10001:10001 "$scratch/keys"
}

verify_repository || fail "the drill failed: the backup is damaged (above). Make a new one now: ops/backup.sh"
IFS=$'\t' read -r _ point _ <"$BACKUPS/witness"
# No archiving from here: it is a copy.
restore_cluster --type=name --target="$point" --target-action=promote --archive-mode=off \
  || fail "the drill failed: the backup does not reach its own restore point $point"
if ! diff <(tail -n +2 "$BACKUPS/witness") <(count_tables) >&2; then
  fail "the drill failed: the restored tables (>) are not those of the backup (<)"
fi
read -r tables rows < <(tail -n +2 "$BACKUPS/witness" | awk -F'\t' '{ rows += $2 } END { print NR, rows }')
audio='audio and keys are in buckets, and were not looked at'
[ -n "$buckets" ] || open_objects

MEDRECORD_DATA="$source_data" set_status last_drill "$(now)"
say "restored $point in $SECONDS s: $rows rows of $tables tables equal, $audio"
