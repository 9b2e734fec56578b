#!/usr/bin/env bash
# Asks the server from outside whether it is healthy; says so, and mails ALERT_EMAIL when it is not.
# For cron: */5 * * * * /opt/medrecord/ops/health-check.sh >/dev/null
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=/dev/null
if [ -f .env ]; then . ./.env; fi
url="${HEALTH_URL:-${FRONTEND_URL:?set FRONTEND_URL or HEALTH_URL}/health}"

if answer=$(curl --silent --show-error --fail --max-time 10 "$url" 2>&1); then
  echo "healthy: $answer"
  exit 0
fi
message="MedRecord at $url is not healthy ($(date --iso-8601=seconds)): $answer"
echo "$message" >&2
if [ -n "${ALERT_EMAIL:-}" ]; then
  printf '%s\n' "$message" | mail -s "MedRecord alert" "$ALERT_EMAIL"
fi
exit 1
