#!/usr/bin/env bash
# Steps of set-up and deployment that need no host and no container, each with the script's own function: what is checked
# out, which images stay, how much disk is asked for, which certificate is enough, which ports of ssh are opened.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
export ENV_FILE=/dev/null MEDRECORD_DATA="$work/data" SERVER_NAME=clinic.test FRONTEND_URL=https://clinic.test
# shellcheck source=ops/lib/settings.sh
. "$root/ops/lib/settings.sh"
# shellcheck source=ops/lib/certificate.sh
. ops/lib/certificate.sh
# shellcheck source=/dev/null
for part in ops/deploy/*.sh ops/setup/firewall.sh; do . "$part"; done

expect() {
  local what=$1
  shift
  if "$@"; then echo "  ok: $what"; else echo "FAILED: $what" >&2; exit 1; fi
}
is() { [ "$1" = "$2" ] || { printf 'not "%s" but "%s"\n' "$2" "$1" >&2; return 1; }; }
quietly() { "$@" >"$work/said" 2>&1; }
fails() { if (quietly "$@"); then return 1; fi; }

# A repository whose deploy.sh says which commit it is, and a clone of it on the "server".
commit() {
  printf '#!/bin/sh\n# %s\ngit rev-parse HEAD\n' "$1" >"$work/origin/deploy.sh"
  chmod 0755 "$work/origin/deploy.sh"
  git -C "$work/origin" add deploy.sh
  git -C "$work/origin" -c user.name=test -c user.email=test@example.org commit --quiet --message "$1"
  git -C "$work/origin" rev-parse HEAD
}
deployed() { (cd "$work/server" && check_out "$1" 2>"$work/said"); }
git init --quiet --initial-branch main "$work/origin"
first=$(commit first)
git clone --quiet "$work/origin" "$work/server"
second=$(commit second)
expect "a branch is what it is today" is "$(deployed main)" "$second"
expect "what the checkout wrote may be read by all" is "$(stat --format %a "$work/server/deploy.sh")" 755
git -C "$work/origin" tag v1 "$first"
expect "a tag is its commit" is "$(deployed v1)" "$first"
third=$(commit third)
git -C "$work/origin" tag --force v1 "$third" >/dev/null
expect "a tag that moved is the new one" is "$(deployed v1)" "$third"
expect "and origin was read" test ! -s "$work/said"
expect "a branch still is what it is today" is "$(deployed main)" "$third"
mv "$work/origin" "$work/gone"
expect "without origin it is what it was" is "$(deployed main)" "$third"
expect "which is said" grep --quiet 'origin could not be read' "$work/said"
expect "a whole commit id asks nobody" is "$(deployed "$first")" "$first"
expect "and so there is nothing to say" test ! -s "$work/said"

cd "$work"
mkdir releases data
printf 'then %s\n' 'r1 deployed' 'r2 deployed' 'r3 failed: Migrate' 'r4 deployed' 'r4 deployed' 'r5 deployed' 'r5 deployed' 'r5 deployed' >releases/log
expect "three releases stay, not three deployments" is "$(last_releases | paste --serial --delimiters ' ')" "r5 r4 r2"
cp "$root/.env.example" .env
RELEASE=r5 bash -c "$(grep 'sed -i.*RELEASE' "$root/docs/operations/by-hand.md")" >/dev/null
expect "by-hand.md writes the release into .env" is "$(grep '^RELEASE=' .env)" RELEASE=r5

# Which images are here is Docker's to say, and there may be no Docker.
# shellcheck disable=SC2317 # gigabytes_wanted calls it.
have_images() { false; }
expect "a build wants its room" is "$(gigabytes_wanted /var/lib/docker)" 11
expect "but not beside the data" is "$(gigabytes_wanted "$MEDRECORD_DATA")" 5
expect "what is pulled wants less" is "$(IMAGE_REGISTRY=registry.test gigabytes_wanted /var/lib/docker)" 5
have_images() { true; }
expect "and so does what is here" is "$(gigabytes_wanted /var/lib/docker)" 5
SERVER_NAME=nowhere.invalid check_name
expect "a name without an address is among the faults" is "${problems[*]}" "nowhere.invalid has no address: make an A record for it"

# A certificate of so many days; and a renewal that fails, for CERTIFICATES is nothing that ops/certificates.sh knows.
cd "$root"
mkdir "$MEDRECORD_DATA/tls"
certificate() { # DAYS (-1: until yesterday) SUBJECT
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$work/key" -out "$work/request" 2>/dev/null
  openssl x509 -req -in "$work/request" -signkey "$work/key" -days "$1" -extfile <(echo subjectAltName=DNS:clinic.test) \
    -out "$MEDRECORD_DATA/tls/fullchain.pem" 2>/dev/null
}
export CERTIFICATES=nobody
certificate 4 clinic.test
expect "a renewal that fails does not matter with 4 days to go" quietly ensure_certificate
expect "but is said" grep --quiet 'was not renewed' "$work/said"
certificate 3 clinic.test
expect "with less than 3 days it does" fails ensure_certificate
faults() { (problems=() && check_certificate >"$work/said" 2>&1 && echo "${#problems[@]}"); }
certificate -1 clinic.test
expect "one that has expired is a fault" is "$(faults)" 1
certificate -1 placeholder
expect "a placeholder that has expired is one, too" is "$(faults)" 1
expect "unless the deployment makes it anew" is "$(CERTIFICATES=letsencrypt && faults)" 0

# As `ss -Hltnp` prints them; systemd's own answer is asked for apart.
listeners='LISTEN 0 128    0.0.0.0:2222 0.0.0.0:* users:(("sshd",pid=812,fd=3),("systemd",pid=1,fd=90))
LISTEN 0 128       [::]:2222    [::]:* users:(("sshd",pid=812,fd=4))
LISTEN 0 128  127.0.0.1:6010 0.0.0.0:* users:(("sshd",pid=901,fd=9))
LISTEN 0 128      [::1]:6010    [::]:* users:(("sshd",pid=901,fd=8))
LISTEN 0 4096   0.0.0.0:9090 0.0.0.0:* users:(("systemd",pid=1,fd=70))'
expect "ssh's ports, and no other's" is "$(ports_of_sshd <<<"$listeners" | sort --unique)" 2222
ss() { :; }
sshd() { echo "port 22"; }
systemctl() { [ "$1" = is-active ] || printf 'Listen=%s (Stream)\n' 0.0.0.0:2022 '[::]:2022'; }
expect "systemd's in the place of ssh's" is "$(unset SSH_CONNECTION && ssh_ports | paste --serial --delimiters ' ')" "2022 22"
