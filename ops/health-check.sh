#!/usr/bin/env bash
# Asks from outside whether all is well, and tells by mail or webhook: once when something breaks, once when it is well
# again, and nothing in between. Run every 5 minutes by a timer, on the server and, better, on another machine too:
# a server that is off tells nobody. Elsewhere SERVER_NAME or HEALTH_URL in the environment is all it needs.
#
# ALERT_EMAIL: addresses, by the mail server whose address is in ALERT_SMTP_FILE. ALERT_WEBHOOK_FILE: an address that takes
# {"text": "…"} (Slack, Mattermost, Teams, ntfy). HEARTBEAT_URL_FILE: one that is called when all is well (a dead man's
# switch elsewhere). Files, because such addresses are secrets. All of it: docs/operations/watch.md.
#
# Ends with 0 when all is well, 3 when something is wrong and was told, 2 when somebody could not be told. Anything else: the
# check itself broke.
set -euo pipefail

# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
url=${HEALTH_URL:-https://${SERVER_NAME:?set SERVER_NAME or HEALTH_URL}:${HTTPS_PORT:-443}/health}
state=${HEALTH_STATE:-$MEDRECORD_DATA/health}
attempts=${HEALTH_ATTEMPTS:-3}
# Everything ends by itself, and before systemd ends it: what is wrong must be told (medrecord-health.service).
patience=${HEALTH_PATIENCE:-10}
curl=(curl --silent --show-error --globoff --max-time "$patience")
# A clinic's own authority vouches for its server, and for nobody who is told.
trust=()
if [ -f "$MEDRECORD_DATA/tls/ca.pem" ]; then trust=(--cacert "$MEDRECORD_DATA/tls/ca.pem"); fi

# shellcheck source=ops/health/problems.sh
. ops/health/problems.sh
# shellcheck source=ops/health/tell.sh
. ops/health/tell.sh

mkdir -p "$state"
now=$(problems)
status=0
if [ -n "$now" ]; then status=3; fi
tell "$now" || status=2
# Of a server that is well, whether or not everybody could be told so.
if [ -z "$now" ] && [ -n "${HEARTBEAT_URL_FILE:-}" ]; then
  "${curl[@]}" --fail --output /dev/null --config <(address "$HEARTBEAT_URL_FILE") || true
fi
exit $status
