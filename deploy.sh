#!/usr/bin/env bash
# Brings a release onto the server without dropping requests (but for seconds when nginx or PostgreSQL itself is another),
# and takes it back by itself when it does not work.
#
#   ./deploy.sh user@host [ref]               from a developer's machine: the commit goes there over ssh
#   ./deploy.sh --setup NAME user@host [ref]  the same for a bare server, which is prepared for NAME first
#                                             ("NAME --certificates internal-ca": options of ops/setup-server.sh)
#   ./deploy.sh --here [ref]                  on the server; without a ref: the commit that is checked out
#
#   --dry-run          checks, and says what it would do
#   --without-backup   for the day on which the backup itself is what is broken
#
# The user is root or may use sudo without a password. DEPLOY_SSH takes the place of `ssh` ("ssh -p 2222").
# What each step does, and what is safe when it fails: docs/operations/runbooks.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  sed -n '5,11s/^# *//p' deploy.sh >&2
  exit 2
}

# On the server: the parts are read whole before the checkout changes under them.
here() {
  # shellcheck source=ops/lib/settings.sh
  . ops/lib/settings.sh
  # shellcheck source=ops/lib/certificate.sh
  . ops/lib/certificate.sh
  # shellcheck source=/dev/null
  for part in ops/deploy/*.sh; do . "$part"; done
  deploy_here "$@"
}

setup='' where=there options=()
while [ $# -gt 0 ]; do
  case $1 in
    --here) where=here ;;
    --setup) setup=${2:?--setup wants the server\'s name}; shift ;;
    --dry-run | --without-backup) options+=("$1") ;;
    -*) usage ;;
    *) break ;;
  esac
  shift
done

if [ "$where" = here ]; then
  [ $# -le 1 ] || usage
  here "${1:-}" "${options[@]}"
else
  if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
  # shellcheck source=ops/deploy/there.sh
  . ops/deploy/there.sh
  deploy_there "$1" "${2:-HEAD}" "$setup" "${options[@]}"
fi
