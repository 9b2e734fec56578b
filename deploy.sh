#!/usr/bin/env bash
# Brings a release onto the server: back up, fetch, build, start, check. Usage: ./deploy.sh user@host [git-ref]
set -euo pipefail

server="${1:?usage: ./deploy.sh user@host [git-ref]}"
ref="${2:-main}"

# shellcheck disable=SC2029 # $ref is meant to be filled in here.
ssh "$server" "bash -s -- '$ref'" <<'REMOTE'
set -euo pipefail
cd /opt/medrecord
compose="docker compose -f docker-compose.prod.yml"

echo "==> Back up"
if [ -n "$($compose ps --quiet postgres)" ]; then ops/backup.sh; fi

echo "==> Fetch $1"
git fetch --tags origin
git checkout --detach "$(git rev-parse --verify --quiet "origin/$1" || git rev-parse --verify "$1")"

echo "==> Build and start (the server runs its migrations itself, under a lock)"
$compose build --pull
$compose up --detach --wait --wait-timeout 120 --remove-orphans

echo "==> Check"
ops/health-check.sh
REMOTE
