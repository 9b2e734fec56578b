#!/usr/bin/env bash
# That deploy.sh asks for every folder that the production file binds, and names the one that is missing; and that set-up
# makes them all. COMPOSE: its program; no container runs.
set -euo pipefail

work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
export ENV_FILE=/dev/null MEDRECORD_DATA="$work/data"
# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/settings.sh"
# shellcheck source=ops/deploy/checks.sh
. ops/deploy/checks.sh
# shellcheck source=ops/lib/folders.sh
. ops/lib/folders.sh
compose() { "${COMPOSE:?}" --env-file .env.example "$@"; }
# Owners are root's to give.
install() {
  local word
  for word in "$@"; do
    if [[ $word == "$work"/* ]]; then mkdir --parents "$word"; fi
  done
}
expect() {
  local what=$1
  shift
  if "$@"; then echo "  ok: $what"; else echo "FAILED: $what" >&2; printf '%s\n' "${problems[@]}" >&2; exit 1; fi
}

check_folders
expect "of a server without folders, all are named" test "${#problems[@]}" -ge 9
problems=()
make_folders
check_folders
expect "set-up makes all that Compose binds" test "${#problems[@]}" = 0
rmdir "$work/data/uploads"
check_folders
expect "one that is missing is named, and no other" test "${#problems[@]}" = 1
expect "in words that say what to do" grep --quiet "$work/data/uploads is missing.*mount its disk" <<<"${problems[*]}"
