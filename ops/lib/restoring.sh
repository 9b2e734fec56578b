# shellcheck shell=bash
# The steps of restore.sh. Sourced after the others.

# What this run made, to be removed if it fails: it was empty before, or not there. And what it moved aside.
made=() made_files=() aside=()

must_be_empty() {
  local folder
  for folder in "$@"; do
    [ -z "$(ls -A "$folder" 2>/dev/null)" ] \
      || fail "$folder is not empty: nothing was restored. Move what is there away first: mv $folder $folder.before"
    made+=("$folder")
  done
}

# A file or folder of the backup into its place. What set-up made there is kept beside it.
put_in_place() { # FROM TO
  rmdir "$2" 2>/dev/null || true
  if [ -e "$2" ]; then
    mv --no-target-directory --backup=numbered "$2" "$2.of-setup"
    aside+=("$2")
  fi
  made_files+=("$2")
  mv "$1" "$2"
}

# Only what this run brought is removed, so that it can be run again.
give_up() {
  local status=$? folder path
  docker compose down >/dev/null 2>&1 || true
  for folder in "${made[@]}"; do find "$folder" -mindepth 1 -delete 2>/dev/null || true; done
  rm -rf "${made_files[@]}"
  for path in "${aside[@]}"; do mv "$path.of-setup" "$path"; done
  say "nothing was restored, and nothing that was here before was touched" >&2
  exit "$((status == 0 ? 1 : status))"
}

bring_back_secrets() { # FILE WITH THE PRIVATE HALF
  local sealed="$MEDRECORD_DATA/.secrets.age"
  made_files+=("$sealed" "$BACKUPS/witness" "$BACKUPS/secrets.age")
  mkdir -p "$SECRETS_DIR"
  rsync --archive "$KEYS_MIRROR/secrets.age" "$sealed" \
    || fail "$KEYS_MIRROR holds no secrets.age: it is not the mirror, or backups were made without a recovery key"
  age --decrypt --identity "$1" "$sealed" | tar --extract --numeric-owner --same-permissions --directory "$SECRETS_DIR" \
    || fail "the recovery key in $1 does not open the secrets: it is not the private half of the key they were sealed to"
  rm "$sealed"
  bring_back_certificates
  bring_back_settings
}

# Those of the lost machine, but for what belongs to this one. From here on they hold; where the backup is, this restore
# was told.
bring_back_settings() {
  local repository="$RESTIC_REPOSITORY" mirror="$KEYS_MIRROR" name="${SERVER_NAME:-}"
  [ -z "${rehearsal:-}" ] || touch "$SECRETS_DIR/.env"
  if [ -f "$SECRETS_DIR/.env" ]; then
    merge_settings "$SECRETS_DIR/.env" "$ENV_FILE" | { if [ -n "${rehearsal:-}" ]; then rehearse_settings; else cat; fi; } \
      >"$SECRETS_DIR/.env.merged"
    rm "$SECRETS_DIR/.env"
    put_in_place "$SECRETS_DIR/.env.merged" "$ENV_FILE"
  fi
  reload_settings
  export RESTIC_REPOSITORY="$repository" KEYS_MIRROR="$mirror"
  [ -z "$name" ] || [ "$name" = "${SERVER_NAME:-}" ] \
    || warn "the backup's SERVER_NAME is ${SERVER_NAME:-}, not $name: its certificate and the workstations know it by that name"
}

# The settings of a backup win, and those that it does not have stay. To this machine belong the release whose images it
# has, its folders, and how much of it each container gets.
merge_settings() { # OF THE BACKUP, OF THIS MACHINE
  local files=("$1")
  [ ! -f "$2" ] || files+=("$2")
  awk -v ours='^(RELEASE|DRILL_DIR|[A-Z]+_(MEMORY|CPUS))$' '
    { name = $0; sub(/^[ \t]*(export[ \t]+)?/, "", name) }
    name !~ /^[A-Za-z_][A-Za-z0-9_]*=/ { if (FILENAME == ARGV[1]) print; next }
    { sub(/=.*/, "", name) }
    name == "MEDRECORD_DATA" || name == "SECRETS_DIR" { next }
    FILENAME == ARGV[1] { told[name] = 1; if (name !~ ours) print; next }
    name ~ ours || !(name in told)' "${files[@]}"
  printf 'MEDRECORD_DATA=%s\nSECRETS_DIR=%s\n' "$MEDRECORD_DATA" "$SECRETS_DIR"
}

# Of a machine beside the one that was backed up: its backups would overwrite the other's, its mirror would drop keys that the
# other still needs, and its heartbeat would hide that the other is off.
rehearse_settings() {
  sed -E '/^[ \t]*(export[ \t]+)?(RESTIC_REPOSITORY|KEYS_MIRROR|HEARTBEAT_URL_FILE|BACKUP_HERE_ONLY)=/d'
  printf '%s\n' RESTIC_REPOSITORY= KEYS_MIRROR= HEARTBEAT_URL_FILE= BACKUP_HERE_ONLY=1
}

bring_back_certificates() {
  local part
  for part in ca tls; do
    [ ! -d "$SECRETS_DIR/.certificates/$part" ] || put_in_place "$SECRETS_DIR/.certificates/$part" "$MEDRECORD_DATA/$part"
  done
  rm -rf "$SECRETS_DIR/.certificates"
}

# All but the epoch: without it the server begins a new one, and desktops send again what the backup lacks.
bring_back_keys() {
  rsync --archive --numeric-ids "$KEYS_MIRROR/keys" "$MEDRECORD_DATA/keys/" || fail "the keys cannot be copied from $KEYS_MIRROR"
  # A mirror on another machine does not know the owner.
  chown --recursive 10001:10001 "$MEDRECORD_DATA/keys"
}

# The database's first snapshot at or after the wanted time, or its newest; and the newest of the objects, which never
# change: it has all that were not purged.
choose_snapshot() { # TIME OR NOTHING
  export database_snapshot objects_snapshot
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
  [ -z "$buckets" ] || return 0
  read -r time objects_snapshot < <(snapshots objects | tail -1) || fail "$(where) holds no backup of the audio"
  [ "$time" -ge "$snapshot_time" ] \
    || warn "the last copy of the audio was interrupted: some is missing, and desktops are asked for it"
}

# To the end of the WAL, or to a time: from the newest backup before it that lies on the history that was not given up.
restore_database() { # TIME OR NOTHING
  local wanted='' target=(--type=default) backups backup stop name status
  if [ -n "$1" ]; then
    wanted=$(date --date "$1" +%s)
    [ "$wanted" -le "$(date +%s)" ] || fail "--to lies in the future"
    target=(--type=time --target="$1" --target-action=promote)
  fi
  mapfile -t backups < <(database_backups)
  for backup in "${backups[@]}"; do
    read -r stop name <<<"$backup"
    if [ -n "$wanted" ] && [ "$stop" -ge "$wanted" ]; then continue; fi
    status=0
    restore_cluster --set="$name" "${target[@]}" || status=$?
    # Nothing was committed after that time: all there is is what was asked for.
    if [ "$status" = 2 ]; then restore_cluster --set="$name" --type=default && status=0; fi
    if [ "$status" = 0 ]; then set_password && return; fi
    say "the backup $name is of a history that was given up by a restore: taking the one before"
  done
  fail "no backup of the database before ${1:-now} is there: --to must be later than $(date --utc --date "@${stop:-0}" +%FT%TZ)"
}

# The database went back on this machine: whatever the epoch's mark beside it says, the database is behind it.
age_epoch() {
  local mark="$MEDRECORD_DATA/keys/epoch"
  [ -f "$mark" ] || return 0
  jq '.beat += 1000000' "$mark" >"$mark.part"
  chown --reference "$mark" "$mark.part"
  mv "$mark.part" "$mark"
}
