#!/usr/bin/env bash
# Every block of docs/operations that is marked "run", as it is typed: as root in /opt/medrecord, page by page, on a host
# in a container that deploy.sh made healthy. Needs what ops/tests/deploy.sh needs, and what is not run there is not run
# here either (Docker itself, systemd, Let's Encrypt).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
pages=(docs/operations/runbooks.md docs/operations/keys.md)

# shellcheck source=ops/tests/deploy_parts.sh
. "$root/ops/tests/deploy_parts.sh"

# A page's blocks one after the other: what one defines, the next may use. Each says where it stands.
commands_of() {
  awk -v page="$1" '
    on && /^ *```$/ { on = 0 }
    on { print substr($0, indent) }
    /^ *```sh$/ && before ~ /^ *<!-- run -->$/ {
      on = 1
      match($0, /`/)
      indent = RSTART
      printf "echo \"--- %s:%d\"\n", page, NR + 1
    }
    { before = $0 }' "$root/$1"
}

# From a file and without input: `docker compose run` would read the rest of the commands.
type_in() {
  local commands
  commands=$(commands_of "$1")
  [ -n "$commands" ] || bad "$1 has nothing to run"
  on_host "cat >/root/commands && cd /opt/medrecord && bash -euo pipefail /root/commands </dev/null" \
    <<<"$commands"
}

step "A healthy host, of a second release"
make_images
make_repository
start_host
deploy --setup "$name --certificates internal-ca" "$target" v0.0.1
deploy "$target" v0.0.2
expect "a recording goes through" send_a_recording
secrets=$(secrets_there)

for page in "${pages[@]}"; do
  step "$page"
  type_in "$page"
  expect "it is healthy" healthy
done

step "What became of it"
expect "the release before runs again" all_of v0.0.1
# Four that no block changes: the database's password and address, the backup's passphrase, the provider's key.
expect "every other secret is another one" test "$(comm -12 <(sort <<<"$secrets") <(secrets_there | sort) | wc -l)" = 4
expect "a recording goes through" send_a_recording
expect "what was recorded under the old keys is whole" verify
step "All passed in $SECONDS s"
