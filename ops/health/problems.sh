# shellcheck shell=bash disable=SC2154 # Settings come from ops/health-check.sh.
# What is wrong, seen from outside and, on the server itself, from its disk.

# One line a problem: a word that stays the same while it lasts, and a sentence.
problems() {
  # Where nobody answers there is no certificate to look at.
  if service; then
    queue
    certificate
  fi
  disk
  backups
}

# A single lost packet is no outage. Leaves what was said in `answer`.
service() {
  local attempt
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    if answer=$("${curl[@]}" "${trust[@]}" --fail "$url" 2>&1); then return; fi
    [ "$attempt" = "$attempts" ] || sleep "${HEALTH_PAUSE:-10}"
  done
  echo "service $url does not answer as it should: ${answer//$'\n'/ }." \
    "Workstations record on and keep everything (runbook \"The server does not answer\")"
  return 1
}

# The server is well as long as its database answers. Whether the work is done, only its queue tells.
queue() {
  local oldest dead failing
  oldest=$(in_answer oldest_s) dead=$(in_answer dead) failing=$(in_answer failing)
  if [ "${oldest:-0}" -gt "${QUEUE_SECONDS:-600}" ]; then
    echo "jobs_wait a job has been due for $((oldest / 60)) minutes. Nothing is lost, notes come late: the worker is down or" \
      "too slow (docker compose ps worker; runbook \"Provider down\")"
  fi
  # What is tried again is not due meanwhile: it never looks late.
  if [ "${failing:-0}" -gt 0 ]; then
    echo "jobs_fail $failing jobs have failed ten times or more in a row and are tried again. Nothing is lost, their notes come" \
      "late: a provider is down, refuses its key, or wants to be paid. Look what it answers: runbook \"Provider down\""
  fi
  if [ "${dead:-0}" -gt 0 ]; then
    echo "jobs_dead $dead jobs were given up. Nothing is lost, the audio is kept and can be played; their notes do not" \
      "come by themselves. Why, and how to start them anew: runbook \"Provider down\""
  fi
}

# A number of the answer; nothing when it is not known. Without jq, which other machines need not have.
in_answer() { sed -n "s/.*\"$1\" *: *\([0-9][0-9]*\).*/\1/p" <<<"$answer"; }

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

# The server's only. A machine that watches has the folder too, for what was told, but no ages of backups in it.
disk() {
  local used
  if [ ! -d "$MEDRECORD_DATA/status" ]; then return; fi
  used=$(df --output=pcent "$MEDRECORD_DATA" | tail -n 1 | tr -dc 0-9)
  if [ "$used" -ge "${DISK_PERCENT:-85}" ]; then echo "disk $MEDRECORD_DATA is ${used} % full (runbook \"Disk full\")"; fi
}

# ops/backup.sh and the restore drill write down when they last succeeded. What never did is as old as the database here:
# a timer that was never started must not pass for one that has nothing to say.
backups() {
  local born name hours at since
  born=$(database_born)
  while read -r name hours; do
    at=$(last "$name")
    since=${at:-$born}
    if [ -z "$since" ] || [ "$(date --date "$since" +%s)" -ge "$(date --date "$hours hours ago" +%s)" ]; then continue; fi
    if [ -n "$at" ]; then
      at="the last ${name//_/ } was on $at: more than $hours hours ago"
    else
      at="no ${name//_/ } has succeeded since the database came here on $born"
    fi
    echo "last_$name $at (docs/operations/backup.md, \"When a backup fails\")"
  done < <(backups_wanted)
  if [ -n "$born" ] && [ -z "${RESTIC_REPOSITORY:-}" ] && [ "${BACKUP_HERE_ONLY:-}" != 1 ]; then
    echo "off_site_unset no backup leaves this machine: RESTIC_REPOSITORY in .env is empty. A disk that dies takes them along" \
      "(docs/operations/backup.md, \"Back up\"; BACKUP_HERE_ONLY=1 if that is meant)"
  fi
}

# NAME HOURS
backups_wanted() {
  echo "backup ${BACKUP_HOURS:-26}"
  echo "drill ${DRILL_HOURS:-200}"
  if [ -n "${RESTIC_REPOSITORY:-}" ]; then echo "off_site ${OFF_SITE_HOURS:-26}"; fi
}

last() { sed -n "s/.*\"last_$1\" *: *\"\([^\"]*\)\".*/\1/p" "$MEDRECORD_DATA/status/backup.json" 2>/dev/null || true; }

# When the file came to be here that is written when a database is made or restored, and never again. Nothing: a machine
# that only watches, or one whose database is kept and backed up by somebody else.
database_born() {
  local seconds
  seconds=$(stat --format %Z "$MEDRECORD_DATA/postgres/PG_VERSION" 2>/dev/null) || return 0
  date --utc --date "@$seconds" +%Y-%m-%dT%H:%M:%SZ
}
