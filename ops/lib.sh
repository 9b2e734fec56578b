# Sourced by the scripts of this folder: the settings, Compose, and words for the person at the terminal.
# shellcheck shell=bash disable=SC2034 # What is set here is used by who sources it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit
# shellcheck source=/dev/null
if [ -f .env ]; then . ./.env; fi
data=${MEDRECORD_DATA:-/var/lib/medrecord}
secrets=${SECRETS_DIR:-./secrets}
# Several files, separated by ":", when .env says so (docker-compose.scale.yml).
export COMPOSE_FILE=${COMPOSE_FILE:-docker-compose.prod.yml}

compose() { docker compose "$@"; }
# A command in a container of its own: once SERVICE COMMAND …. Not with --rm: podman forgets how such a one ended.
once() {
  local container="medrecord-once-$$-$RANDOM" status=0
  compose run --no-deps --no-TTY --name "$container" "$@" </dev/null || status=$?
  docker rm --force "$container" >/dev/null
  return $status
}

say() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# One sentence an argument: what happened, what is safe, what to do next.
fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# NAME=VALUE in .env, in its place when it is there.
remember() {
  local name=$1 value=$2
  if grep --quiet "^$name=" .env; then
    sed --in-place "s|^$name=.*|$name=$value|" .env
  else
    printf '%s=%s\n' "$name" "$value" >>.env
  fi
}
