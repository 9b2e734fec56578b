#!/usr/bin/env bash
# Prepares a fresh Ubuntu 22.04 or 24.04 (Debian 12 too) as root, from a checkout in /opt/medrecord:
#
#   ops/setup-server.sh NAME [--certificates letsencrypt|own|internal-ca] [--email ADDRESS] [--no-firewall]
#
# NAME is what browsers and desktops will ask for. Twice is harmless: what is there stays, above all secrets.
# The same by hand: docs/operations/by-hand.md. Each part is a file in ops/setup/.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
# shellcheck source=ops/lib/folders.sh
. ops/lib/folders.sh
# shellcheck source=/dev/null
for part in ops/setup/*.sh; do . "$part"; done

# shellcheck disable=SC2034 # ops/setup/settings.sh reads them.
name=${1:-${SERVER_NAME:-}} certificates='' email='' with_firewall=yes
if [[ -z $name || $name == -* ]]; then sed -n '4s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2; fi
shift || true
while [ $# -gt 0 ]; do
  case $1 in
    --certificates | --email) printf -v "${1#--}" %s "${2:?}"; shift ;;
    --no-firewall) with_firewall='' ;;
    *) fail "ops/setup-server.sh does not know $1. Nothing was changed." ;;
  esac
  shift
done
[ "$(id -u)" = 0 ] || fail "Run this as root. Nothing was changed."

say "==> Packages"
install_packages
say "==> Docker"
install_docker
say "==> Folders"
make_folders
say "==> Settings: .env"
make_settings
say "==> Secrets"
make_secrets
if [ -n "$with_firewall" ]; then say "==> Firewall"; raise_firewall; fi
say "==> Updates of the system by themselves"
keep_updated
say "==> Timers, and old logs"
install_timers
say "==> Certificate"
ops/certificates.sh ensure
say "==> Ready. Next: ./deploy.sh --here"
