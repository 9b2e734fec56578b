# shellcheck shell=bash
# What leaves the machine and comes back: restic's repository, the sealed secrets, the mirror of the keys. Sourced after
# settings.sh.

# One name for all machines that were or will be this installation.
RESTIC_HOST=medrecord

off_site() { restic --quiet "$@"; }

# The repository is made when there is none.
open_off_site() {
  # shellcheck disable=SC2015 # Either may fail.
  off_site cat config >/dev/null 2>&1 && return
  off_site init >/dev/null || fail "the off-site repository $(where) can be neither opened nor made. The local backup is" \
    "whole. Look at RESTIC_REPOSITORY, the way there and the password"
}

# An address may hold a password.
where() { sed -E 's,//[^/@]*@,//…@,' <<<"$RESTIC_REPOSITORY"; }

# A snapshot of some of the data. 3: a file went while it was read, as a purge does; the second time it is not listed.
carry_away() { # TAG, PATHS
  local tag="$1" status=0
  shift
  local arguments=(backup --host "$RESTIC_HOST" --tag "$tag" --exclude '*.pgbackrest.tmp' --exclude '*#*' "$@")
  (cd "$MEDRECORD_DATA" && off_site "${arguments[@]}") || status=$?
  if [ "$status" = 3 ]; then
    status=0
    (cd "$MEDRECORD_DATA" && off_site "${arguments[@]}") || status=$?
  fi
  [ "$status" = 0 ] || fail "restic did not carry $tag to $(where) (exit $status). What was there before is unharmed"
}

# `TIME ID` of the snapshots with a tag, oldest first; the time in seconds since 1970.
snapshots() { # TAG
  local time id
  off_site snapshots --host "$RESTIC_HOST" --tag "$1" --json | jq -r '.[] | "\(.time) \(.id)"' | while read -r time id; do
    printf '%s %s\n' "$(date --date "$time" +%s)" "$id"
  done | sort -n
}

bring_back() { # SNAPSHOT
  off_site restore "$1" --target "$MEDRECORD_DATA" && return
  [ -n "${ACCEPT_DAMAGE:-}" ] || fail "restic could not bring back $1 whole from $(where): the backup is damaged there"
  warn "$1 did not come back whole: going on with what did"
}

# The server's secrets, settings and certificates (the clinic's own CA above all: workstations believe no other), sealed so
# that only the private half of the recovery key opens them. It is away from this machine.
seal_secrets() {
  if [ -z "${RECOVERY_PUBLIC_KEY:-}" ]; then
    # What stays on this machine lies beside the secrets anyway.
    [ -n "${RESTIC_REPOSITORY:-}" ] && [ "${BACKUP_WITHOUT_RECOVERY_KEY:-}" != 1 ] || return 0
    fail "RECOVERY_PUBLIC_KEY is not set: without the server's secrets a backup opens nothing, and they may only leave" \
      "sealed to it. Nothing was backed up. Make one on another computer (medrecord-server recovery-key new FILE) and" \
      "put the public half into .env; or keep copies of $SECRETS_DIR yourself and set BACKUP_WITHOUT_RECOVERY_KEY=1"
  fi
  local settings=() certificates=() part
  for part in ca tls; do
    [ ! -d "$MEDRECORD_DATA/$part" ] || certificates+=("$part")
  done
  # None of those that are just being written.
  [ "${#certificates[@]}" = 0 ] || certificates=(--directory "$MEDRECORD_DATA" --exclude 'tls/.*' --exclude 'ca/.*' \
    --transform 's,^\(ca\|tls\)\(/\|$\),.certificates/\1\2,' "${certificates[@]}")
  [ ! -f "$ENV_FILE" ] || settings=(--directory "$(dirname "$ENV_FILE")" --transform "s,^$(basename "$ENV_FILE")$,.env," \
    "$(basename "$ENV_FILE")")
  tar --create --numeric-owner --directory "$SECRETS_DIR" . "${settings[@]}" "${certificates[@]}" \
    | age --recipient "$RECOVERY_PUBLIC_KEY" --output "$BACKUPS/.secrets.part"
  mv "$BACKUPS/.secrets.part" "$BACKUPS/secrets.age"
}

# Whether audio and keys are in buckets (docker-compose.scale.yml), not in folders of this machine: nothing here copies those.
# Not to know is no "no": empty folders would pass for the audio.
in_buckets() {
  local address
  address=$(compose config --format json | jq --raw-output '.services.server.environment.AUDIO_URL // ""') \
    || fail "Compose cannot read its settings (above), so it is not known where the audio is, and nothing was done. Put right" \
      "what it says, in $ENV_FILE or ${COMPOSE_FILE//:/ or }. Then try again"
  [ -n "$address" ]
}

# Copies new keys and the sealed secrets to the mirror, and drops the keys that were deleted here: what they sealed opens
# nowhere any more. A key that the database still counts on is never dropped, whatever happened to the folder.
mirror_keys() {
  local keys="$MEDRECORD_DATA/keys/keys" drop=(--delete) lost
  mkdir -p "$keys"
  # Twice: a purge between the two halves of one look is no loss.
  lost=$(lost_keys) && [ "$lost" = 0 ] || lost=$(lost_keys)
  [ "$lost" = 0 ] || drop=()
  rsync --archive "${drop[@]}" --exclude '*#*' "$keys/" "$KEYS_MIRROR/keys/"
  # Not the epoch: its absence tells the server that it was restored.
  mirror_secrets
  [ "$lost" = 0 ] || fail "$lost keys of recordings are not in $keys. The mirror still has what it had, and nothing" \
    "was deleted there. Copy them back: rsync --archive --ignore-existing $KEYS_MIRROR/keys/ $keys/"
}

mirror_secrets() {
  [ -f "$BACKUPS/secrets.age" ] || return 0
  rsync --archive "$BACKUPS/secrets.age" "$KEYS_MIRROR/secrets.age"
}

lost_keys() {
  local live
  live=$(sql <<<"select to_regclass('recording_key') is not null as there \\gset
\\if :there
select key_id from recording_key where destroyed_at is null order by 1;
\\endif")
  comm -23 <(sort <<<"$live" | grep .) <(find "$MEDRECORD_DATA/keys/keys" -type f -printf '%f\n' | sort) | wc -l
}

# Holds the objects against the rows: prints rows, bytes, and how many objects or keys are not there.
compare_objects() {
  local named missing keyless
  named=$(sql <<<"select s.recording_id || '/' || s.seq || '-' || encode(s.sha256, 'hex') from segment s
    join recording_key k using (recording_id) where k.destroyed_at is null and s.missing_at is null" | sort)
  missing=$(comm -23 <(grep . <<<"$named") <(cd "$MEDRECORD_DATA/uploads" && find . -type f -printf '%P\n' | sort) | wc -l)
  keyless=$(lost_keys)
  printf '%s %s %s %s\n' "$(grep --count . <<<"$named")" "$(du --summarize --bytes "$MEDRECORD_DATA/uploads" | cut -f1)" \
    "$missing" "$keyless"
}
