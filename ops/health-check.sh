#!/usr/bin/env bash
# Asks from outside whether all is well, and tells by mail or webhook: once when something breaks, once when it is well
# again, and nothing in between. Run every 5 minutes by a timer, on the server and, better, on another machine too:
# a server that is off tells nobody. Elsewhere SERVER_NAME or HEALTH_URL in the environment is all it needs.
#
# ALERT_EMAIL: needs a working `mail`. ALERT_WEBHOOK_FILE: a file with an address that takes {"text": "…"} (Slack,
# Mattermost, Teams, ntfy). HEARTBEAT_URL_FILE: a file with an address that is called when all is well (a dead man's
# switch elsewhere). Files, because such addresses are secrets.
set -euo pipefail

# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
url=${HEALTH_URL:-https://${SERVER_NAME:?set SERVER_NAME or HEALTH_URL}:${HTTPS_PORT:-443}/health}
state=${HEALTH_STATE:-$MEDRECORD_DATA/health}
attempts=${HEALTH_ATTEMPTS:-3}
# Everything ends by itself, and before systemd ends it: what is wrong must be told (medrecord-health.service).
patience=${HEALTH_PATIENCE:-10}
curl=(curl --silent --show-error --max-time "$patience")
if [ -f "$MEDRECORD_DATA/tls/ca.pem" ]; then curl+=(--cacert "$MEDRECORD_DATA/tls/ca.pem"); fi

# One line a problem: a word that stays the same while it lasts, and a sentence.
problems() {
  # Where nobody answers there is no certificate to look at.
  if service; then certificate; fi
  disk
  backups
}

# A single lost packet is no outage.
service() {
  local answer='' attempt
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    if answer=$("${curl[@]}" --fail "$url" 2>&1); then return; fi
    [ "$attempt" = "$attempts" ] || sleep "${HEALTH_PAUSE:-10}"
  done
  echo "service $url does not answer as it should: ${answer//$'\n'/ }." \
    "Workstations record on and keep everything (runbook \"The server does not answer\")"
  return 1
}

# From the handshake: what people really meet.
certificate() {
  local host=${url#https://} end
  if [ "$host" = "$url" ]; then return; fi
  host=${host%%/*}
  if [[ $host != *:* ]]; then host+=:443; fi
  end=$(timeout "$patience" openssl s_client -connect "$host" -servername "${host%:*}" </dev/null 2>/dev/null \
    | openssl x509 -noout -enddate 2>/dev/null | cut --delimiter = --fields 2) || return 0
  if [ -n "$end" ] && [ "$(date --date "$end" +%s)" -lt "$(date --date '14 days' +%s)" ]; then
    echo "certificate the certificate ends on $end and was not renewed (runbook \"Certificate expired\")"
  fi
}

disk() {
  local used
  if [ ! -d "$MEDRECORD_DATA" ]; then return; fi
  used=$(df --output=pcent "$MEDRECORD_DATA" | tail -n 1 | tr -dc 0-9)
  if [ "$used" -ge "${DISK_PERCENT:-85}" ]; then echo "disk $MEDRECORD_DATA is ${used} % full (runbook \"Disk full\")"; fi
}

# ops/backup.sh and the restore drill write down when they last succeeded.
backups() {
  local status="$MEDRECORD_DATA/status/backup.json" what hours at
  if [ ! -f "$status" ]; then return; fi
  while read -r what hours; do
    at=$(sed -n "s/.*\"$what\" *: *\"\([^\"]*\)\".*/\1/p" "$status")
    if [ -n "$at" ] && [ "$(date --date "$at" +%s)" -lt "$(date --date "$hours hours ago" +%s)" ]; then
      echo "$what the ${what//_/ } was on $at: more than $hours hours ago"
    fi
  done <<END
last_backup ${BACKUP_HOURS:-26}
last_off_site ${OFF_SITE_HOURS:-26}
last_drill ${DRILL_HOURS:-200}
END
}

# To everyone who is to know; false when one could not be told.
tell() {
  local subject=$1 body=$2 told=0 text
  printf '%s\n%s\n' "$subject" "$body" >&2
  if [ -n "${ALERT_EMAIL:-}" ]; then
    printf '%s\n' "$body" | mail -s "$subject" "$ALERT_EMAIL" || told=1
  fi
  if [ -n "${ALERT_WEBHOOK_FILE:-}" ]; then
    text=$(printf '%s\n%s' "$subject" "$body" | sed 's/[\\"]/\\&/g' | tr '\n\t' '  ')
    printf 'url = "%s"\n' "$(head -n 1 "$ALERT_WEBHOOK_FILE")" \
      | "${curl[@]}" --fail --output /dev/null --config - --header 'Content-Type: application/json' \
        --data-binary "{\"text\": \"$text\"}" || told=1
  fi
  return $told
}

mkdir -p "$state"
now=$(problems)
before=$(cat "$state/told" 2>/dev/null || true)
words() { awk 'NF { print $1 }' <<<"$1" | sort --unique; }
if [ "$(words "$now")" != "$(words "$before")" ]; then
  host=$(hostname)
  if [ -z "$now" ]; then
    tell "MedRecord on $host: all is well again" "It was: $(cut --delimiter ' ' --fields 2- <<<"$before")" || exit 2
  else
    tell "MedRecord on $host: $(words "$now" | paste --serial --delimiters ',' | sed 's/,/, /g')" \
      "$(cut --delimiter ' ' --fields 2- <<<"$now")" || exit 2
  fi
  # Only now: who was not told is told at the next run.
  printf '%s\n' "$now" >"$state/told"
fi
if [ -n "$now" ]; then exit 1; fi
if [ -n "${HEARTBEAT_URL_FILE:-}" ]; then
  printf 'url = "%s"\n' "$(head -n 1 "$HEARTBEAT_URL_FILE")" | "${curl[@]}" --fail --output /dev/null --config - || true
fi
