#!/usr/bin/env bash
# Restores what backup.sh backed up.
#   ops/restore.sh --recovery-key FILE [--to TIME]   onto a new machine, from RESTIC_REPOSITORY and KEYS_MIRROR
#   … --rehearsal                                    beside the machine that was backed up, whose backups it leaves alone
#   ops/restore.sh --here [--to TIME]                the database alone, on the machine whose database it was
# Nothing is overwritten: every target must be empty. A damaged backup is refused (--accept-damage takes what is whole).
# docs/operations.md, "Restore".
set -euo pipefail
# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
# shellcheck source=ops/lib/folders.sh
. ops/lib/folders.sh
# shellcheck source=ops/lib/database.sh
. ops/lib/database.sh
# shellcheck source=ops/lib/carry.sh
. ops/lib/carry.sh
# shellcheck source=ops/lib/restoring.sh
. ops/lib/restoring.sh

key='' to='' here='' rehearsal='' ACCEPT_DAMAGE=''
while [ $# -gt 0 ]; do
  case "$1" in
    --recovery-key) key=$(realpath "${2:?--recovery-key FILE}") && shift 2 ;;
    --to) to=$(date --utc --date "${2:?--to TIME}" '+%F %T.%6N+00') && shift 2 ;;
    --here) here=1 && shift ;;
    --rehearsal) rehearsal=1 && shift ;;
    --accept-damage) ACCEPT_DAMAGE=1 && shift ;;
    *) fail "usage: ops/restore.sh --recovery-key FILE [--rehearsal] | --here [--to TIME] [--accept-damage]" ;;
  esac
done
[ -n "$key$here" ] || fail "say --recovery-key FILE (a new machine) or --here (this machine's own database)"
[ -z "$here" ] || [ -z "$rehearsal" ] || fail "--rehearsal is for another machine: it goes with --recovery-key, not with --here"
need docker jq rsync
SECONDS=0

[ -z "$(docker compose ps --quiet 2>/dev/null)" ] \
  || fail "containers are running: nothing was restored. Stop them first: docker compose down"
must_be_empty "$MEDRECORD_DATA/postgres"
lock 3600 || fail "a backup has been running for an hour: nothing was restored"
if [ -z "$here" ]; then
  need age restic
  : "${RESTIC_REPOSITORY:?set it to where the backup is}" "${KEYS_MIRROR:?set it to where the keys are}"
  must_be_empty "$MEDRECORD_DATA/uploads" "$MEDRECORD_DATA/keys" "$BACKUPS/pgbackrest" "$SECRETS_DIR"
fi
trap 'give_up' EXIT
make_folders

[ -n "$here" ] || bring_back_secrets "$key"
buckets=''
if in_buckets; then buckets=yes; fi
[ -z "$buckets" ] || [ -z "$rehearsal" ] || fail "the clinic's audio and keys are in buckets (AUDIO_URL, KEYS_URL), and a second" \
  "server would write there and purge there: no rehearsal. ops/restore-drill.sh on the clinic's machine shows that its backup restores"
if [ -z "$here" ]; then
  [ -n "$buckets" ] || bring_back_keys
  choose_snapshot "$to"
  say "bringing back the backup of $(date --utc --date "@$snapshot_time" +%FT%TZ)"
  bring_back "$database_snapshot"
  [ -n "$buckets" ] || bring_back "$objects_snapshot"
fi

say "checking every byte of the database's backup"
verify_repository || {
  [ -n "$ACCEPT_DAMAGE" ] || fail "the backup of the database is damaged (above): nothing was overwritten. An earlier one" \
    "may be whole (--to TIME); --accept-damage takes this one as far as it goes"
  warn "going on with a damaged backup"
}
restore_database "$to"
[ -z "$here" ] || age_epoch
recovery_point=$(sql <<<"select to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
[ -n "$buckets" ] || read -r segments bytes missing keyless < <(compare_objects)
say "restored:"
count_tables | awk -F'\t' '$2 > 0 { printf "  %s rows of %s\n", $2, $1 }'
docker compose down >/dev/null 2>&1
trap - EXIT

if [ -n "$buckets" ]; then
  say "  audio and keys: as they are in the buckets (AUDIO_URL, KEYS_URL)"
else
  say "  $segments segments in $bytes bytes of objects"
  [ "$missing" = 0 ] || warn "$missing of their objects are not in the backup: desktops send again what they still have"
  [ "$keyless" = 0 ] || warn "$keyless recordings have no key any more: their audio does not open"
fi
say "recovery point: ${recovery_point:-that of the backup itself}"
say "time taken: $SECONDS s"
# Let's Encrypt asks nginx, which has to run.
say "next: docker compose up --detach --wait; then ops/certificates.sh ensure; then ops/backup.sh; then docker compose run --rm server audit verify"
[ -n "$here" ] || {
  say "settings: $ENV_FILE is the backup's again, but for RELEASE, folders, memory and CPUs, which are this machine's"
  [ "${#aside[@]}" = 0 ] || say "what set-up had made is kept beside it:$(printf ' %s.of-setup' "${aside[@]}")"
  if [ -n "$rehearsal" ]; then
    say "rehearsal: RESTIC_REPOSITORY, KEYS_MIRROR and HEARTBEAT_URL_FILE in $ENV_FILE are empty, and BACKUP_HERE_ONLY=1: no backup" \
      "leaves this machine, and those of the machine that it came from stay as they are"
  else
    grep -qs '^RESTIC_REPOSITORY=.' "$ENV_FILE" || warn "no RESTIC_REPOSITORY in $ENV_FILE: set it, or no backup leaves this machine"
    warn "if the other machine still runs or may come back, stop it first, or restore with --rehearsal: two machines would" \
      "overwrite each other's off-site backup and keys"
  fi
  say "and take $key away from this machine"
}
