# shellcheck shell=bash
# What backup.sh, restore.sh and restore-drill.sh share: settings, words, the lock, the state that the health page shows.
# Sourced. The environment wins over .env.
set -euo pipefail
umask 077

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# What a file or a default said, not who calls.
loaded=()

# Reads NAME=VALUE lines as Compose does (ops/tests/settings.sh asks it), but for values over several lines and $NAME in
# them; nothing in them is run.
load_settings() {
  local file="$1" line name value
  local -A seen=()
  [ -f "$file" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    [[ "${line%$'\r'}" =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=[[:space:]]*(.*)$ ]] || continue
    name="${BASH_REMATCH[2]}" value="${BASH_REMATCH[3]}"
    # The last line of a name wins over those before it.
    [ -z "${!name+set}" ] || [ -n "${seen[$name]:-}" ] || continue
    seen[$name]=1
    loaded+=("$name")
    bare_value
    export "$name=$value"
  done <"$file"
}

# Takes quotes and comments off $value. A comment begins at " #", and only when nothing is quoted.
bare_value() {
  local double='^"(([^"\]|\\.)*)"' single="^'([^']*)'"
  if [[ "$value" =~ $double ]]; then
    value="${BASH_REMATCH[1]//\\\"/\"}"
    value="${value//\\\\/\\}"
  elif [[ "$value" =~ $single ]]; then
    value="${BASH_REMATCH[1]}"
  else
    value="${value%% #*}"
    value="${value%"${value##*[![:space:]]}"}"
  fi
}

# After load_settings: the folders, and what restic and Compose are told.
apply_settings() {
  local place
  by_default MEDRECORD_DATA /var/lib/medrecord
  by_default SECRETS_DIR secrets
  absolute MEDRECORD_DATA SECRETS_DIR
  by_default COMPOSE_FILE docker-compose.prod.yml
  # Access to the off-site storage (AWS_ACCESS_KEY_ID …), where there is one.
  load_settings "$SECRETS_DIR/off_site.env"
  by_default RESTIC_PASSWORD_FILE "$SECRETS_DIR/backup_passphrase"
  absolute RESTIC_PASSWORD_FILE DRILL_DIR
  for place in RESTIC_REPOSITORY KEYS_MIRROR; do
    [[ "${!place:-}" == *:* ]] || absolute "$place"
  done
  export BACKUPS="$MEDRECORD_DATA/backups"
}

# When .env has become another.
reload_settings() {
  unset "${loaded[@]}"
  loaded=()
  load_settings "$ENV_FILE"
  apply_settings
}

by_default() { # NAME VALUE
  [ -z "${!1:-}" ] || return 0
  loaded+=("$1")
  export "$1=$2"
}

# A path that does not begin with / is one below the checkout, as for Compose, whatever folder it is used in.
absolute() { # NAME …
  local name
  for name in "$@"; do
    [[ -z "${!name:-}" || "${!name}" == /* ]] || export "$name=$PWD/${!name#./}"
  done
}

compose() { docker compose --progress quiet "$@"; }

# A program in a container of its own: once SERVICE PROGRAM …. Not with --rm: podman forgets how such a one ended.
once() {
  local container="medrecord-once-$$-$RANDOM" status=0
  compose run --no-deps --no-TTY --name "$container" "$@" </dev/null || status=$?
  docker rm --force "$container" >/dev/null
  return "$status"
}

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "$program is not installed, so nothing was done. Install it: apt-get install $program"
  done
}

# One at a time: what expires, is carried away and is restored must not change meanwhile.
lock() { # SECONDS TO WAIT
  mkdir -p "$BACKUPS"
  exec 9>"$BACKUPS/.lock"
  flock --wait "$1" 9
}

now() { date --utc +%Y-%m-%dT%H:%M:%SZ; }

# Ages that the health page shows, in a folder that the server sees. Times only, so anybody may read it.
set_status() { # NAME TIME
  local file="$MEDRECORD_DATA/status/backup.json" part="$MEDRECORD_DATA/status/.backup.part"
  mkdir -p "$MEDRECORD_DATA/status"
  { if [ -s "$file" ]; then cat "$file"; else echo '{}'; fi; } | jq --arg name "$1" --arg at "$2" '.[$name] = $at' >"$part"
  chmod 0644 "$part"
  mv "$part" "$file"
}

export ENV_FILE="${ENV_FILE:-$PWD/.env}"
load_settings "$ENV_FILE"
apply_settings
