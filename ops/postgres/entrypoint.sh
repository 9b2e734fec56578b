#!/usr/bin/env bash
# Writes pgBackRest's configuration, with user and passphrase, into memory; then the image's own entrypoint goes on.
set -euo pipefail
umask 077

file="${BACKUP_PASSPHRASE_FILE:-/run/secrets/backup_passphrase}"
passphrase=$(cat "$file")
if [ "${#passphrase}" -lt 20 ]; then
  echo "$file holds no passphrase of 20 characters or more: PostgreSQL is not started, because its archive could not" \
    "be encrypted. Nothing was changed. Make one: openssl rand -hex 32" >&2
  exit 1
fi

{
  cat /etc/pgbackrest/medrecord.conf
  printf 'pg1-user=%s\n' "${POSTGRES_USER:-postgres}"
  printf '\n[global]\nrepo1-cipher-pass=%s\n' "$passphrase"
} >"${PGBACKREST_CONFIG:?}"
unset passphrase

exec docker-entrypoint.sh "$@"
