#!/usr/bin/env bash
# deploy.sh for real, over ssh, against a host in a container: from a bare system to a healthy one, twice; an upgrade
# under load; a release that cannot start; one that starts and does not work; one with another nginx. Needs what
# `cargo xtask compose-test` needs: podman's API at DOCKER_HOST, and the images medrecord-{server,nginx,postgres}:RELEASE
# (compose-test).
#
# Not run here: Docker itself and Ubuntu (podman and Debian stand in), systemd's timers, Let's Encrypt, port 443.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=ops/tests/deploy_parts.sh
. "$root/ops/tests/deploy_parts.sh"

step "Releases: a, b, one that cannot start, one that does no work, one with another nginx"
make_images
make_repository
step "A bare host with an ssh daemon"
start_host

step "1. From bare to healthy"
deploy --setup "$name --certificates internal-ca" "$target" v0.0.1
expect "RELEASE is v0.0.1" on_host grep -qx RELEASE=v0.0.1 /opt/medrecord/.env
expect "it is healthy" healthy
secrets=$(secrets_there)

step "2. The same again"
deploy --setup "$name --certificates internal-ca" "$target" v0.0.1
expect "no secret was made anew" test "$secrets" = "$(secrets_there)"
expect "one server runs" test "$(containers server)" = 1
expect "nginx was not replaced" on_host grep -q unchanged /opt/medrecord/releases/v0.0.1.log

step "3. A dry run"
before=$(state)
deploy --dry-run "$target" v0.0.2
expect "nothing changed" test "$before" = "$(state)"

step "4. An upgrade while workstations send and browsers ask"
start_load
deploy "$target" v0.0.2
stop_load
expect "RELEASE is v0.0.2" on_host grep -qx RELEASE=v0.0.2 /opt/medrecord/.env
expect "one server and one worker run, both of v0.0.2" all_of v0.0.2
expect "what its checkout wrote may be read by the images' users" on_host "! find /opt/medrecord/nginx -type f ! -perm -044 | grep ."

step "5. A release that cannot start"
before=$(state)
start_load
if deploy "$target" v0.0.3; then bad "deploy.sh called v0.0.3 good"; fi
stop_load
expect "nothing of v0.0.2 was touched" test "$before" = "$(state)"
expect "it is healthy" healthy

step "6. A release that starts and does no work"
start_load
if deploy "$target" v0.0.4; then bad "deploy.sh called v0.0.4 good"; fi
stop_load
expect "RELEASE is v0.0.2" on_host grep -qx RELEASE=v0.0.2 /opt/medrecord/.env
expect "v0.0.2 runs again" all_of v0.0.2
expect "it is healthy" healthy
expect "the log says so" on_host grep -q "v0.0.4 rolled back to v0.0.2: Round trip" /opt/medrecord/releases/log
expect "a recording goes through" round_trip
expect "all is as it was received" verify

step "7. A release with another nginx, while workstations send and browsers ask"
start_load
deploy "$target" v0.0.5
stop_load 15
expect "one server and one worker run, both of v0.0.5" all_of v0.0.5
expect "nginx is v0.0.5's" test "$(services | grep --count 'medrecord-nginx:v0.0.5 nginx$')" = 1
expect "it is healthy" healthy
expect "all is as it was received" verify

on_host cat /opt/medrecord/releases/log
step "All passed"
