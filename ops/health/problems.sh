# shellcheck shell=bash disable=SC2154 # Settings come from ops/health-check.sh.
# What is wrong, seen from outside and, on the server itself, from its disk.

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
