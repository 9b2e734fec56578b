# shellcheck shell=bash disable=SC2154
# What ops/tests/backup.sh is made of. Sourced by it.

say() { printf '%s\n' "$*"; }
step() { printf '== %s\n' "$*"; }
fault() {
  printf 'FAULT: %s\n' "$*" >&2
  exit 1
}
same() {
  [ "$2" = "$3" ] || fault "$1 differ: $(diff <(echo "$2") <(echo "$3"))"
  say "  $1 are equal"
}
timed() {
  local began
  began=$(date +%s%N)
  "$@" 2>&1 | sed 's/^/  /'
  [ "${PIPESTATUS[0]}" = 0 ] || fault "$* failed"
  say "  ($(basename "$1") ${2:-}: $((($(date +%s%N) - began) / 1000000)) ms)"
}

up() { docker compose --progress quiet up --detach "$@" || fault "$* did not start"; }

settings() { # MACHINE
  MEDRECORD_DATA="$work/machine-$1/data" SECRETS_DIR="$work/machine-$1/secrets"
  mkdir -p "$work/machine-$1" "$RESTIC_REPOSITORY" "$KEYS_MIRROR"
  {
    cat .env.example
    printf '%s\n' "MEDRECORD_DATA=$MEDRECORD_DATA" "SECRETS_DIR=$SECRETS_DIR" "RELEASE=of-$1"
  } >"$ENV_FILE"
}
# What somebody has filled in, and a restore must bring back.
clinics_settings() {
  printf '%s\n' CERTIFICATES=internal-ca "KEYS_MIRROR=$KEYS_MIRROR" "RECOVERY_PUBLIC_KEY=$public" \
    "RESTIC_REPOSITORY=$RESTIC_REPOSITORY"
}
# As they hold: the last line of a name wins.
settings_of() { # NAME …
  # shellcheck disable=SC2016 # Filled in inside.
  env --unset KEYS_MIRROR --unset MEDRECORD_DATA --unset RELEASE --unset RESTIC_REPOSITORY --unset SECRETS_DIR \
    bash -c '. ops/lib/settings.sh; for name in "$@"; do echo "$name=${!name}"; done' settings "$@"
}
# Nothing but .env says where the backup is.
by_env_file() { env --unset KEYS_MIRROR --unset RESTIC_REPOSITORY "$@"; }

new_machine() { # MACHINE
  local password
  docker run --rm --user 0 --volume "$work:/out" "medrecord-server:$RELEASE" keys new /out/made
  public=$(docker run --rm --user 0 --volume "$work:/out" "medrecord-server:$RELEASE" recovery-key new /out/recovery.key)
  docker run --rm --user 0 --volume "$work:/out" "medrecord-server:$RELEASE" recovery-key new /out/wrong.key >/dev/null
  settings "$1"
  clinics_settings >>"$ENV_FILE"
  make_folders
  mv "$work/made" "$SECRETS_DIR"
  password=$(openssl rand -hex 16)
  printf %s "$password" >"$SECRETS_DIR/postgres_password"
  printf 'postgres://medrecord:%s@postgres:5432/medrecord' "$password" >"$SECRETS_DIR/database_url"
  openssl rand -hex 32 | tee "$SECRETS_DIR/backup_passphrase" >"$SECRETS_DIR/metrics_token"
  printf unused >"$SECRETS_DIR/openai_api_key"
  : >"$SECRETS_DIR/jwt_secret_previous"
  chown 10001 "$SECRETS_DIR"/*
  chown 999 "$SECRETS_DIR"/{postgres_password,backup_passphrase}
  ops/certificates.sh ensure
  chmod 0711 "$SECRETS_DIR"
}

# Where a restore begins: settings and a CA of its own, no secrets.
machine_of_set_up() { # MACHINE
  settings "$1"
  CERTIFICATES=internal-ca ops/certificates.sh ensure
}

destroy() { # MACHINE
  local id
  for id in $(docker compose ps --quiet); do docker kill "$id" >/dev/null; done
  docker compose down --volumes >/dev/null 2>&1
  stop_relay
  rm -rf "$work/machine-$1"
}

# To the server's container: 127.0.0.1 is the only plain HTTP that a recorder takes.
start_relay() {
  local address name
  stop_relay
  name=$(docker compose ps --quiet server)
  address=$(docker inspect "$name" --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' | cut -d' ' -f1)
  python3 ops/tests/relay.py "$port" "$address" 3001 &
  relay=$!
  local waited
  for ((waited = 0; waited < 60; waited++)); do
    curl --silent --fail "http://127.0.0.1:$port/api/health" >/dev/null && return
    sleep 1
  done
  fault "the server does not answer: $(docker compose logs server | tail -3)"
}
stop_relay() {
  [ -z "$relay" ] || kill "$relay" 2>/dev/null || true
  relay=''
}

add_clinician() {
  docker compose exec -T -e MEDRECORD_PASSWORD='a long password of the test' server \
    medrecord-server user add --email okafor@example.com --name Okafor
}
recorder() { # NUMBER, ARGUMENTS
  local number="$1"
  shift
  "$programs/medrecord-recorder" --data "$work/recorder-$number" --key-file "$work/recorder-$number.key" "$@"
}
enrol() {
  MEDRECORD_PASSWORD='a long password of the test' recorder "$1" enrol --server "http://localhost:$port" \
    --email okafor@example.com >/dev/null
}

# Each imports speech and sends it, again and again.
start_recorders() {
  local number
  rm -f "$work/enough"
  for number in 1 2 3; do
    while [ ! -f "$work/enough" ]; do
      recorder "$number" import fixtures/progress-note.flac >/dev/null
      recorder "$number" sync >/dev/null 2>&1 || true
    done &
    recorders+=("$!")
  done
}
recorders=()
stop_recorders() {
  touch "$work/enough"
  [ "${#recorders[@]}" = 0 ] || wait "${recorders[@]}" || true
  recorders=()
}

ask() { docker compose exec -T postgres psql -qAtX -U medrecord -d medrecord -c "$1" 2>/dev/null || echo 0; }
await_postgres() {
  local waited
  for ((waited = 0; waited < 60; waited++)); do
    [ "$(ask 'select 1')" != 1 ] || return 0
    sleep 1
  done
  fault "PostgreSQL does not answer"
}
await_segments() {
  local waited
  for ((waited = 0; waited < 180; waited++)); do
    [ "$(ask 'select count(*) from segment')" -lt "$1" ] || return 0
    sleep 1
  done
  fault "no $1 segments came"
}

# Every row as text, a digest a table; the epoch and who was last seen go on by themselves.
rows() {
  local table
  for table in $(ask "select tablename from pg_tables where schemaname = 'public'
      and tablename not in ('epoch', 'device', 'device_report', 'credential') order by 1"); do
    printf '%s %s\n' "$table" "$(ask "copy (select t::text from $table t order by 1) to stdout" | sha256sum | cut -c1-16)"
  done
}
certificates() { (cd "$MEDRECORD_DATA" && find ca tls -type f | sort | xargs sha256sum && stat --format '%n %a %u' ca/* tls/*); }
bytes() { (cd "$MEDRECORD_DATA" && find uploads keys/keys -type f -print0 | sort --zero-terminated | xargs --null sha256sum | sha256sum); }

# Until the server has every segment of every recorder, and each recording its receipt.
catch_up() {
  local number pass made there open
  for ((pass = 0; pass < 30; pass++)); do
    made=0
    for number in 1 2 3; do
      recorder "$number" sync >/dev/null 2>&1 || true
      made=$((made + $(recorder "$number" list --json | jq '[.[].segments] | add')))
    done
    there=$(ask "select count(*) from segment where missing_at is null")
    open=$(ask "select count(*) from recording where receipt is null")
    if [ "$there/$open" = "$made/0" ]; then
      say "  caught up in pass $((pass + 1)): $made segments made, $there there"
      return
    fi
    sleep 2
  done
  fault "$made segments were made, $there are there; $open recordings have no receipt"
}
# Not with --rm: podman forgets how such a one ended.
audit() {
  docker compose --progress quiet run --no-deps -T --name "audit-$COMPOSE_PROJECT_NAME" server audit verify </dev/null 2>&1 | sed 's/^/  /'
  [ "${PIPESTATUS[0]}" = 0 ] || fault "audit verify"
  docker rm --force "audit-$COMPOSE_PROJECT_NAME" >/dev/null
}

keys_test() {
  local key lost
  key=$(ask "update recording_key set destroyed_at = now() where recording_id = (select recording_id from recording_key limit 1) returning key_id")
  rm "$MEDRECORD_DATA/keys/keys/$key"
  timed ops/backup.sh ship
  [ ! -e "$KEYS_MIRROR/keys/$key" ] || fault "the mirror still has the key"
  local snapshot
  for snapshot in $(restic --password-file "$SECRETS_DIR/backup_passphrase" snapshots --json | jq -r '.[].id'); do
    ! restic --password-file "$SECRETS_DIR/backup_passphrase" ls "$snapshot" | grep -qE '/keys(/|$)|master_keys' \
      || fault "keys are in a snapshot"
  done
  lost=$(ask "select key_id from recording_key where destroyed_at is null limit 1")
  mv "$MEDRECORD_DATA/keys/keys/$lost" "$work/lost"
  if ops/backup.sh ship 2>"$work/said"; then fault "a lost key was not noticed"; fi
  [ -e "$KEYS_MIRROR/keys/$lost" ] || fault "a lost key was taken from the mirror"
  mv "$work/lost" "$MEDRECORD_DATA/keys/keys/$lost"
}

refused() { # WHAT, WORDS, ARGUMENTS
  local what="$1" words="$2"
  shift 2
  if ops/restore.sh "$@" >"$work/said" 2>&1; then fault "$what: it was restored"; fi
  grep -q "$words" "$work/said" || fault "$what: $(cat "$work/said")"
  say "  refused: $what"
}
with_damage() { # FILE, WHAT, WORDS, ARGUMENTS
  local file="$1"
  shift
  cp --archive "$file" "$work/whole"
  printf DAMAGE | dd of="$file" bs=1 seek=$(($(stat --format %s "$file") / 2)) conv=notrunc status=none
  refused "$@"
  cp --archive "$work/whole" "$file"
}
damage_test() {
  local repository="$MEDRECORD_DATA/backups/pgbackrest" wal file
  refused "a target that is not empty" 'is not empty' --here
  rm -rf "$MEDRECORD_DATA/postgres"
  # One in the middle of a history.
  wal=$(find "$repository/archive" -type f -name '00000002*-*.zst' | sort | sed -n 2p)
  with_damage "$wal" "a bit of WAL" 'is damaged' --here
  mv "$wal" "$work/whole"
  refused "WAL that is missing" 'is damaged' --here
  mv "$work/whole" "$wal"
  say "  the newest backup is of a history that the restore to a time gave up:"
  timed ops/restore.sh --here
  docker compose down >/dev/null 2>&1
  rm -rf "$MEDRECORD_DATA/postgres"
  file=$(find "$repository/backup" -type f -path '*/bundle/*' | sort | tail -1)
  with_damage "$file" "a bit of the database's backup" 'is damaged' --here
  settings c
  for file in $(find "$RESTIC_REPOSITORY/data" -type f -size +100k | head -1); do
    chmod u+w "$file"
    with_damage "$file" "a bit of the off-site copy" 'is damaged there' --recovery-key "$work/recovery.key"
  done
  [ -z "$(find "$MEDRECORD_DATA" "$SECRETS_DIR" -type f ! -name .lock 2>/dev/null)" ] || fault "a refused restore left something"
  timed ops/restore.sh --recovery-key "$work/recovery.key"
}
