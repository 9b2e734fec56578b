#!/usr/bin/env bash
# Prepares a fresh Ubuntu or Debian server, as root, from a checkout in /opt/medrecord: Docker, folders, firewall,
# secrets. Twice is harmless: what is there stays.
set -euo pipefail
umask 077

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ "$(id -u)" = 0 ] || { echo "run this as root" >&2; exit 1; }
# The user inside the server's image.
user=10001

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends docker.io curl certbot openssl ufw
docker compose version >/dev/null 2>&1 || apt-get install --yes --no-install-recommends docker-compose-v2 \
  || { echo "Docker Compose v2 is not in this system's packages: install it from docker.com" >&2; exit 1; }

install --directory --mode 0700 --owner "$user" --group "$user" /var/lib/medrecord/audio /var/lib/medrecord/keys
install --directory --mode 0700 /var/lib/medrecord/postgres /var/backups/medrecord /var/backups/medrecord-keys

ufw default deny incoming
ufw default allow outgoing
for service in ssh http https; do ufw allow "$service"; done
ufw --force enable

if [ ! -f .env ]; then
  sed "s/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=$(openssl rand -hex 24)/" .env.example >.env
  echo "edit .env: the server's name and what else is yours"
fi
if [ ! -d secrets ]; then
  docker compose -f docker-compose.prod.yml build server
  docker run --rm --user 0 --volume "$PWD:/out" medrecord-server keys new /out/secrets
  chown -R "$user:$user" secrets
  echo "secrets/ holds the keys of all recordings: keep a copy of it away from this server and from the backups"
  echo "make a recovery key on another computer (docs/recovery.md), and put its public half into .env"
fi
echo "next: certbot certonly --standalone -d YOUR.NAME, then docker compose -f docker-compose.prod.yml up -d --wait"
