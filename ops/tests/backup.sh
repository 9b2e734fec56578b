#!/usr/bin/env bash
# Backup and restore for real, on docker-compose.prod.yml: real recorders upload while it is backed up; everything is
# destroyed; it is restored from the off-site copy, compared row by row and byte by byte; recorders catch up by
# themselves; back to a point in time; damaged backups are refused; a drill. Needs Docker (or podman's API), the images
# medrecord-{server,postgres}:RELEASE, medrecord-recorder in PROGRAMS, and restic, age, rsync, jq, python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp --directory "${TMPDIR:-/tmp}/medrecord-backup-test.XXXXXX")
programs="${PROGRAMS:-target/debug}"
port="${TEST_PORT:-3977}"
export COMPOSE_PROJECT_NAME="backup-test-$$" SERVER_NAME=localhost FRONTEND_URL="http://localhost:$port"
export ENV_FILE="$work/env" DEVICE_REQUESTS_PER_SECOND=1000 COMPOSE_FILE="$PWD/docker-compose.prod.yml"
export MEDRECORD_DATA SECRETS_DIR RESTIC_REPOSITORY="$work/off-site" KEYS_MIRROR="$work/mirror" RESTIC_CACHE_DIR="$work/cache"
# Docker as it is on Ubuntu, whatever runs the containers here.
REAL_DOCKER=$(command -v docker)
export REAL_DOCKER PATH="$PWD/ops/tests/strict:$PATH"
relay=''

# shellcheck source=ops/lib/folders.sh
. ops/lib/folders.sh
# shellcheck source=ops/tests/backup-clinic.sh
. ops/tests/backup-clinic.sh

clean_up() {
  local status=$?
  stop_recorders
  stop_relay
  local data
  for data in "$work"/machine-*/data; do
    MEDRECORD_DATA="$data" SECRETS_DIR="${data%/data}/secrets" docker compose down --volumes >/dev/null 2>&1 || true
  done
  [ "$status" = 0 ] || echo "FAILED; what it made is in $work" >&2
  [ "$status" != 0 ] || rm -rf "$work"
}
trap clean_up EXIT

step "a machine, three recorders, speech on its way"
new_machine a
up postgres migrate server
start_relay
add_clinician
for number in 1 2 3; do enrol "$number"; done
start_recorders

step "backed up under load"
await_segments 20
timed ops/backup.sh
await_segments 60
timed ops/backup.sh ship
committed=$(ask "select count(*) from segment")
at=$(date --utc +'%F %T.%6N+00')
# Of transactions that had begun by then: one may have been committed later.
begun=$(ask "select count(*) from segment where received_at <= '$at'")
await_segments $((begun + 30))
stop_recorders
timed ops/backup.sh ship
rows_before=$(rows) bytes_before=$(bytes) certificates_before=$(certificates)

step "more is recorded and acknowledged, carried nowhere; then everything is destroyed"
start_recorders
await_segments $(($(ask "select count(*) from segment") + 20))
stop_recorders
lost=$(($(ask "select count(*) from segment")))
destroy a

step "restored on a new machine, from the off-site copy and the recovery key"
machine_of_set_up b
if ops/restore.sh --recovery-key "$work/wrong.key" 2>"$work/said"; then fault "a wrong key was taken"; fi
grep -q 'does not open the secrets' "$work/said" || fault "$(cat "$work/said")"
timed ops/restore.sh --recovery-key "$work/recovery.key"
up postgres
await_postgres
same "rows" "$rows_before" "$(rows)"
same "bytes" "$bytes_before" "$(bytes)"
same "settings" "$(clinics_settings; printf '%s\n' "MEDRECORD_DATA=$MEDRECORD_DATA" RELEASE=of-b "SECRETS_DIR=$SECRETS_DIR")" \
  "$(settings_of CERTIFICATES KEYS_MIRROR RECOVERY_PUBLIC_KEY RESTIC_REPOSITORY MEDRECORD_DATA RELEASE SECRETS_DIR)"
ops/certificates.sh ensure
same "the CA and the certificate" "$certificates_before" "$(certificates)"

step "recorders catch up by themselves"
[ "$(ask "select count(*) from segment")" -lt "$lost" ] || fault "nothing was lost: the test shows nothing"
up migrate server
start_relay
catch_up
[ "$(ask "select count(*) from segment")" -ge "$lost" ] || fault "segments are missing"
[ "$(ask "select generation from epoch")" -ge 2 ] || fault "no new epoch began"
audit
say "  $lost segments acknowledged before, $(ask "select count(*) from segment") now, all open"

step "a drill on the new machine"
timed by_env_file ops/backup.sh
timed by_env_file ops/restore-drill.sh
jq --exit-status '.last_backup and .last_off_site and .last_drill' "$MEDRECORD_DATA/status/backup.json" >/dev/null || fault "no ages"

step "a deleted key is gone from every backup, a lost one is not"
keys_test

step "back to a point in time"
docker compose down >/dev/null 2>&1
stop_relay
mv "$MEDRECORD_DATA/postgres" "$MEDRECORD_DATA/postgres.before"
timed ops/restore.sh --here --to "$at"
up postgres
await_postgres
there=$(ask "select count(*) from segment")
if [ "$there" -lt "$committed" ] || [ "$there" -gt "$begun" ]; then fault "$there segments at $at, not $committed to $begun"; fi
say "  $there segments, of $committed committed and $begun begun at $at"
docker compose down >/dev/null 2>&1

step "damaged backups are refused"
damage_test

step "passed in $SECONDS s"
