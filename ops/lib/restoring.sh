# shellcheck shell=bash
# The steps of restore.sh. Sourced after the others.

# What this run made, to be removed if it fails: it was empty before.
made=()

must_be_empty() {
  local folder
  for folder in "$@"; do
    [ -z "$(ls -A "$folder" 2>/dev/null)" ] \
      || fail "$folder is not empty: nothing was restored. Move what is there away first: mv $folder $folder.before"
    made+=("$folder")
  done
}

# Only what this run brought is removed, so that it can be run again.
give_up() {
  local status=$? folder
  docker compose down >/dev/null 2>&1 || true
  for folder in "${made[@]}"; do find "$folder" -mindepth 1 -delete 2>/dev/null || true; done
  say "nothing was restored, and nothing that was here before was touched" >&2
  exit "$((status == 0 ? 1 : status))"
}

bring_back_secrets() { # FILE WITH THE PRIVATE HALF
  local sealed="$MEDRECORD_DATA/.secrets.age"
  mkdir -p "$MEDRECORD_DATA" "$SECRETS_DIR"
  rsync --archive "$KEYS_MIRROR/secrets.age" "$sealed" \
    || fail "$KEYS_MIRROR holds no secrets.age: it is not the mirror, or backups were made without a recovery key"
  age --decrypt --identity "$1" "$sealed" | tar --extract --numeric-owner --same-permissions --directory "$SECRETS_DIR" \
    || fail "the recovery key in $1 does not open the secrets: it is not the private half of the key they were sealed to"
  rm "$sealed"
  # The settings of the lost machine: used when there are none, else put beside for a person to compare.
  if [ -f "$SECRETS_DIR/.env" ]; then
    if [ -f "$ENV_FILE" ]; then mv "$SECRETS_DIR/.env" "$ENV_FILE.of-backup"; else mv "$SECRETS_DIR/.env" "$ENV_FILE"; fi
  fi
  load_settings "$ENV_FILE"
  apply_settings
}

# All but the epoch: without it the server begins a new one, and desktops send again what the backup lacks.
bring_back_keys() {
  install --directory --mode 0700 --owner 10001 --group 10001 "$MEDRECORD_DATA/keys"
  rsync --archive --numeric-ids "$KEYS_MIRROR/keys" "$MEDRECORD_DATA/keys/" || fail "the keys cannot be copied from $KEYS_MIRROR"
}

# The database's first snapshot at or after the wanted time, or its newest; and the newest of the objects, which never
# change: it has all that were not purged.
choose_snapshot() { # TIME OR NOTHING
  local wanted=0 all time id
  [ -z "$1" ] || wanted=$(date --date "$1" +%s)
  all=$(snapshots database)
  [ -n "$all" ] || fail "$(where) holds no backup of the database"
  while read -r time id; do
    database_snapshot="$id" snapshot_time="$time"
    if [ "$wanted" != 0 ] && [ "$time" -ge "$wanted" ]; then break; fi
  done <<<"$all"
  [ "$snapshot_time" -ge "$wanted" ] \
    || fail "the newest backup is of $(date --utc --date "@$snapshot_time" +%FT%TZ): before --to"
  read -r time objects_snapshot < <(snapshots objects | tail -1) || fail "$(where) holds no backup of the audio"
  export database_snapshot objects_snapshot
  [ "$time" -ge "$snapshot_time" ] \
    || warn "the last copy of the audio was interrupted: some is missing, and desktops are asked for it"
}

# Until the end of the WAL, or until a time that some backup lies before.
restore_database() { # TIME OR NOTHING
  if [ -z "$1" ]; then
    restore_cluster --type=default
    return
  fi
  [ "$(date --date "$1" +%s)" -gt "${OLDEST_BACKUP:-0}" ] \
    || fail "this backup reaches back to $(date --utc --date "@${OLDEST_BACKUP:-0}" +%FT%TZ) only: --to must be later"
  [ "$(date --date "$1" +%s)" -le "$(date +%s)" ] || fail "--to lies in the future"
  local status=0
  restore_cluster --type=time --target="$1" --target-action=promote || status=$?
  if [ "$status" = 2 ]; then
    # Nothing was committed after that time: all there is is what was asked for.
    docker compose down >/dev/null 2>&1
    restore_cluster --type=default --delta
  fi
}

# The database went back on this machine: whatever the epoch's mark beside it says, the database is behind it.
age_epoch() {
  local mark="$MEDRECORD_DATA/keys/epoch"
  [ -f "$mark" ] || return 0
  jq '.beat += 1000000' "$mark" >"$mark.part"
  chown --reference "$mark" "$mark.part"
  mv "$mark.part" "$mark"
}
