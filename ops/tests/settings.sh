#!/usr/bin/env bash
# shellcheck disable=SC2016 # What is in single quotes is for others to fill in.
# ops/lib/settings.sh: .env means the same to the scripts as to Compose, which is asked. COMPOSE: another program to run
# than `docker compose`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
read -ra compose <<<"${COMPOSE:-docker compose}"
same() { # WHAT, WANTED, FOUND
  if [ "$2" = "$3" ]; then echo "  ok: $1"; return; fi
  echo "FAILED: $1" >&2
  diff <(echo "$2") <(echo "$3") >&2
}

# NAME=VALUE of each name, as the scripts have it in the end. Nothing but the file says anything.
to_scripts() {
  env --ignore-environment PATH="$PATH" ENV_FILE="$work/env" \
    bash -c '. ops/lib/settings.sh; for name in "$@"; do echo "$name=${!name-unset}"; done' settings "$@"
}
to_compose() {
  local name
  {
    printf 'services:\n  one:\n    image: none\n    environment:\n'
    for name in "$@"; do printf '      %s: "${%s-unset}"\n' "$name" "$name"; done
  } >"$work/compose.yml"
  env --ignore-environment PATH="$PATH" HOME="$HOME" DOCKER_CONFIG="${DOCKER_CONFIG:-$HOME/.docker}" \
    "${compose[@]}" --env-file "$work/env" --file "$work/compose.yml" config --format json >"$work/config.json"
  for name in "$@"; do
    jq --raw-output --arg name "$name" '"\($name)=\(.services.one.environment[$name])"' "$work/config.json"
  done
}
names() { grep -oE '^ *(export )?[A-Z_]+=' "$work/env" | sed 's/.* //; s/=//' | sort --unique; }

cat >"$work/env" <<'END'
PLAIN=plain
COMMENTED=age1x                 # public, no secret
NO_COMMENT=a#b
HASH=#a
EMPTY=
ONLY_COMMENT= # nothing
SPACES=  inner and outer   
DOUBLE="kept # whole"   # but not this
SINGLE='kept # whole' # but not this
ESCAPED="a \"word\" and a \\"
LITERAL='a \" b'
APOSTROPHE=it's
ADDRESS=rest:https://user:pass@host/?a=1&b=2
TWICE=one
TWICE=two
  INDENTED=yes
export EXPORTED=yes
END
printf 'FROM_WINDOWS=yes\r\nNO_LINE_END=yes' >>"$work/env"
mapfile -t all < <(names)
same "odd lines mean what they mean to Compose" "$(to_compose "${all[@]}")" "$(to_scripts "${all[@]}")"

# The block that docs/operations/backup.md has people copy.
sed -n '/^```ini$/,/^```$/p' docs/operations/backup.md | grep -v '^```' >"$work/env"
mapfile -t all < <(names)
same "so do those of the runbook" "$(to_compose "${all[@]}")" "$(to_scripts "${all[@]}")"
same "without their comments" "sftp:backup@vault.example.com:/srv/medrecord" \
  "$(to_scripts RESTIC_REPOSITORY | cut --delimiter = --fields 2-)"

# Every default that .env.example shows, in force.
sed 's/^#\([A-Z0-9_]*=\)/\1/' .env.example >"$work/env"
mapfile -t all < <(names)
same "the defaults that are shown are those that hold, from any folder" \
  "$(printf '%s\n' "SECRETS_DIR=$PWD/secrets" "RESTIC_PASSWORD_FILE=$PWD/secrets/backup_passphrase")" \
  "$(to_scripts SECRETS_DIR RESTIC_PASSWORD_FILE)"
printf '%s\n' RESTIC_REPOSITORY=off-site KEYS_MIRROR=vault:/keys MEDRECORD_DATA=./data >"$work/env"
same "a folder is one of the checkout, as for Compose; an address stays" \
  "$(printf '%s\n' "RESTIC_REPOSITORY=$PWD/off-site" KEYS_MIRROR=vault:/keys "MEDRECORD_DATA=$PWD/data" "BACKUPS=$PWD/data/backups")" \
  "$(to_scripts RESTIC_REPOSITORY KEYS_MIRROR MEDRECORD_DATA BACKUPS)"
same "who calls wins over the file" "RESTIC_REPOSITORY=" \
  "$(RESTIC_REPOSITORY='' ENV_FILE="$work/env" bash -c '. ops/lib/settings.sh; echo "RESTIC_REPOSITORY=$RESTIC_REPOSITORY"')"

printf '%s\n' '# of the clinic' RELEASE=old SERVER_NAME=clinic RESTIC_REPOSITORY=sftp:vault:/r WORKER_CPUS=8 MEDRECORD_DATA=/old CERTIFICATES=own \
  >"$work/of-backup"
printf '%s\n' '# of the example' RELEASE=new SERVER_NAME=other RESTIC_REPOSITORY= NGINX_CPUS=2 SECRETS_DIR=here COMPOSE_FILE=a.yml >"$work/env"
printf '%s\n' '# of the clinic' SERVER_NAME=clinic RESTIC_REPOSITORY=sftp:vault:/r CERTIFICATES=own RELEASE=new NGINX_CPUS=2 COMPOSE_FILE=a.yml \
  MEDRECORD_DATA=/data "SECRETS_DIR=$PWD/here" >"$work/wanted"
same "a restore takes the backup's settings, and leaves a machine what is its own" "$(cat "$work/wanted")" \
  "$(MEDRECORD_DATA=/data ENV_FILE="$work/env" bash -c \
    '. ops/lib/settings.sh; . ops/lib/restoring.sh; merge_settings "$1" "$ENV_FILE"' restore "$work/of-backup")"

# Beside a clinic that goes on working: nothing of it may go where the clinic's own backups and heartbeat go.
rehearsed() { # SETTINGS OF THE BACKUP, OR NOTHING
  rm -rf "$work/secrets" && mkdir "$work/secrets"
  if [ -n "$1" ]; then cp "$1" "$work/secrets/.env"; fi
  printf '%s\n' RELEASE=new RESTIC_REPOSITORY=sftp:mine:/r >"$work/env"
  MEDRECORD_DATA=/data SECRETS_DIR="$work/secrets" ENV_FILE="$work/env" RESTIC_REPOSITORY=/vault KEYS_MIRROR=/keys bash -c \
    '. ops/lib/settings.sh; . ops/lib/restoring.sh; rehearsal=yes; bring_back_settings; echo "from $RESTIC_REPOSITORY $KEYS_MIRROR"'
  to_scripts RELEASE RESTIC_REPOSITORY KEYS_MIRROR HEARTBEAT_URL_FILE BACKUP_HERE_ONLY
}
printf '%s\n' RELEASE=old ' export KEYS_MIRROR=vault:/keys' RESTIC_REPOSITORY=sftp:vault:/r HEARTBEAT_URL_FILE=./secrets/heartbeat \
  BACKUP_HERE_ONLY=0 >"$work/of-backup"
printf '%s\n' "from /vault /keys" RELEASE=new RESTIC_REPOSITORY= KEYS_MIRROR= HEARTBEAT_URL_FILE= BACKUP_HERE_ONLY=1 >"$work/wanted"
same "a rehearsal comes from the clinic's backup and goes nowhere" "$(cat "$work/wanted")" "$(rehearsed "$work/of-backup")"
same "the clinic's addresses are not even there" "" "$(grep vault "$work/env")"
same "nor does one from a backup without settings" "$(cat "$work/wanted")" "$(rehearsed '')"
same "and what set-up had made is kept" "RESTIC_REPOSITORY=sftp:mine:/r" "$(grep RESTIC "$work/env.of-setup")"

# Where the audio is, Compose is asked; that it cannot tell is no answer.
audio() { # LINE OF THE SERVER
  printf 'services:\n  server:\n    image: none\n    %s\n' "$1" >"$work/compose.yml"
  ENV_FILE=/dev/null COMPOSE_FILE="$work/compose.yml" COMPOSE="${compose[*]}" bash -c '. ops/lib/settings.sh; . ops/lib/carry.sh
    compose() { $COMPOSE "$@"; }
    if in_buckets; then echo buckets; else echo folders; fi' 2>"$work/said" || echo "ended with $?"
}
same "audio in buckets" buckets "$(audio 'environment: { AUDIO_URL: "s3://audio" }')"
same "audio in folders" folders "$(audio 'environment: { AUDIO_URL: "" }')"
same "and where nothing is said of it" folders "$(audio 'restart: always')"
same "settings that Compose cannot read stop what asks" "ended with 1" "$(audio 'environment: { AUDIO_URL: "${AUDIO:?not set}" }')"
same "in plain words" "Compose cannot read its settings" "$(grep --only-matching 'Compose cannot read its settings' "$work/said")"
