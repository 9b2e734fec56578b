#!/usr/bin/env bash
# ops/health-check.sh against a server that breaks and recovers: told once each time, quiet in between, and told again
# when the telling itself failed; by webhook and by mail.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp --directory)
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
servers=()
expect() {
  local what=$1
  shift
  if "$@"; then echo "  ok: $what"; else echo "FAILED: $what" >&2; tail -n 20 "$work"/{hooks,mails,said} >&2 || true; exit 1; fi
}

# The clinic's server and who is told by webhook; a mail server; a port that takes connections and never says a word.
new_certificate() { # FILE
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$1.key" -out "$1" 2>/dev/null
}
new_certificate "$work/post.pem"
cp "$work/post.pem" "$work/trusted.pem"
cat "$work/post.pem.key" >>"$work/post.pem"
python3 ops/tests/health_post.py "$work" 2>>"$work/said" &
servers+=($!)
echo 200 >"$work/status"
queue() { # OLDEST DEAD [FAILING, which an older server does not know]
  printf '{"waiting":7,"oldest_s":%s,"dead":%s%s}\n' "$1" "$2" "${3:+,\"failing\":$3}" >"$work/queue"
}
queue null 0
python3 ops/tests/health_server.py "$work" &
servers+=($!)
until [ -s "$work/port" ]; do sleep 0.1; done
until [ -s "$work/post" ]; do sleep 0.1; done
url="http://127.0.0.1:$(cat "$work/port")"
echo "$url/hook?token=secret" >"$work/hook_address"
echo "$url/beat" >"$work/beat_address"
mkdir -p "$work/data/status"
touch "$work/hooks" "$work/beats" "$work/mails"

check() { check_status "$@" || true; }
check_status() {
  env ENV_FILE=/dev/null MEDRECORD_DATA="$work/data" HEALTH_URL="$url/health" HEALTH_PAUSE=0 DISK_PERCENT=101 \
    ALERT_WEBHOOK_FILE="$work/hook_address" HEARTBEAT_URL_FILE="$work/beat_address" "$@" ops/health-check.sh \
    2>>"$work/said"
}
told() { [ "$(wc -l <"$work/hooks")" = "$1" ]; }
last() { tail -n 1 "$work/hooks" | grep --quiet "$1"; }

check && check
expect "quiet while all is well" told 0
expect "the heart beats" test "$(wc -l <"$work/beats")" = 2
echo 503 >"$work/status"
check && check && check
expect "told once that it broke" told 1
expect "what broke" last 'service.*does not answer as it should'
expect "no heartbeat meanwhile" test "$(wc -l <"$work/beats")" = 2
ends_with() { # STATUS, SETTINGS
  local wanted=$1 status=0
  shift
  check_status "$@" || status=$?
  [ "$status" = "$wanted" ]
}
expect "what is wrong and was told is the status that the unit takes for success" \
  ends_with "$(sed -n 's/^SuccessExitStatus=//p' ops/systemd/medrecord-health.service)"
expect "a check that cannot ask is another" ends_with 1 HEALTH_URL='' SERVER_NAME=''
touch "$work/file"
expect "and so is one that cannot write" ends_with 1 HEALTH_STATE="$work/file"
echo '{"last_backup":"2020-01-01T00:00:00Z"}' >"$work/data/status/backup.json"
check && check
expect "told once that the backup is old too" told 2
expect "both are named" last 'last_backup, service'
echo 200 >"$work/status"
date --utc +'{"last_backup":"%Y-%m-%dT%H:%M:%SZ"}' >"$work/data/status/backup.json"
check && check
expect "told once that all is well again" told 3
expect "in these words" last 'all is well again'
touch "$work/deaf"
echo 503 >"$work/status"
check
rm "$work/deaf"
check && check
expect "who could not be told is told at the next run" told 4
echo 200 >"$work/status"
check
expect "told that it is well again" told 5
queue 599 0
check
expect "quiet while jobs wait for less than ten minutes" told 5
queue 5400 2
check && check
expect "told once that jobs wait and that others were given up" told 6
expect "both are named" last 'jobs_dead, jobs_wait'
expect "for how long" last 'due for 90 minutes'
expect "how many" last '2 jobs were given up'
expect "what is safe, and where to look" last 'othing is lost.*Provider down'
queue 5400 0
check QUEUE_SECONDS=6000
expect "the limit is a setting" last 'all is well again'
queue null null
check
expect "numbers that are not known are no problem" told 7
queue null 0 3
check && check
expect "told once that jobs fail again and again" told 8
expect "how many" last 'jobs_fail.*3 jobs have failed'
expect "what is safe, and where to look" last 'othing is lost.*Provider down'
queue null 0 0
check
expect "and once that none does any more" last 'all is well again'
queue null 0
check
expect "an older server that does not count them has no problem" told 9
# On a server, what was never made is as old as the database there. In an hour is long ago enough: -1.
rm -r "$work/data/status"
mkdir "$work/data/postgres"
touch "$work/data/postgres/PG_VERSION"
check RESTIC_REPOSITORY=/elsewhere
expect "a new server has a day for its first backup" told 9
check RESTIC_REPOSITORY=/elsewhere BACKUP_HOURS=-1 OFF_SITE_HOURS=-1
check RESTIC_REPOSITORY=/elsewhere BACKUP_HOURS=-1 OFF_SITE_HOURS=-1
expect "told once that there was no backup since" told 10
expect "neither here nor elsewhere" last 'last_backup, last_off_site'
expect "in these words" last 'no backup has succeeded.*no off site'
check RESTIC_REPOSITORY=/elsewhere BACKUP_HOURS=-1 OFF_SITE_HOURS=-1 DRILL_HOURS=-1
expect "nor a drill" last 'last_backup, last_drill, last_off_site'
mkdir "$work/data/status"
done_now() { date --utc +'{"last_backup":"%Y-%m-%dT%H:%M:%SZ","last_drill":"%Y-%m-%dT%H:%M:%SZ"}' >"$work/data/status/backup.json"; }
done_now
check
expect "told that backups stay on this machine" last 'off_site_unset.*RESTIC_REPOSITORY'
check BACKUP_HERE_ONLY=1
expect "unless that is meant" last 'all is well again'
echo '{}' >"$work/data/status/backup.json"
check BACKUP_HERE_ONLY=1 BACKUP_HOURS=-1 DRILL_HOURS=-1
expect "a status that names nothing is no backup" last 'last_backup, last_drill'
done_now
check BACKUP_HERE_ONLY=1
rm -r "$work/data/postgres"
# What fills up is the server's: only there is a place for the ages of its backups, whatever the check itself wrote here.
check DISK_PERCENT=0
expect "told of a full disk on the server" last 'disk.*% full'
mv "$work/data/status" "$work/status-elsewhere"
check DISK_PERCENT=0
expect "another machine's disk is not the server's" last 'all is well again'
count=$(wc -l <"$work/hooks")
expect "a machine that never saw the server's data" ends_with 0 MEDRECORD_DATA="$work/nothing" DISK_PERCENT=0
expect "has nothing to tell, though it keeps what it told" test -d "$work/nothing/health"
expect "not at the second run either" ends_with 0 MEDRECORD_DATA="$work/nothing" DISK_PERCENT=0
expect "and tells nobody" told "$count"
mv "$work/status-elsewhere" "$work/data/status"
# By mail too. The certificate of this clinic's own names is no reason to trust nobody else's.
echo "smtps://alerts%40clinic:pass%2Fword@localhost:$(cat "$work/post")" >"$work/post_address"
mkdir "$work/data/tls"
new_certificate "$work/data/tls/ca.pem"
mailed() { [ "$(grep --count '^====$' "$work/mails")" = "$1" ]; }
in_mail() { grep --quiet --line-regexp -- "$1" "$work/mails"; }
check_by_mail() { check_status_by_mail "$@" || true; }
check_by_mail_ends_with() {
  local status=0
  check_status_by_mail || status=$?
  [ "$status" = "$1" ]
}
check_status_by_mail() {
  check_status CURL_CA_BUNDLE="$work/trusted.pem" ALERT_EMAIL='it@clinic.example, head@clinic.example' ALERT_FROM=alerts@clinic \
    ALERT_SMTP_FILE="$work/post_address" "$@"
}
echo 503 >"$work/status"
check_by_mail && check_by_mail
expect "mailed once, each of the two" mailed 2
expect "from whom" in_mail 'MAIL FROM:<alerts@clinic>.*'
expect "to the one" in_mail 'RCPT TO:<it@clinic.example>'
expect "and to the other" in_mail 'RCPT TO:<head@clinic.example>'
expect "a subject that says what" in_mail 'Subject: MedRecord on .*: service'
expect "a date" in_mail 'Date: .*'
expect "and a sentence" in_mail 'http.*does not answer as it should.*'
echo 200 >"$work/status"
echo "smtps://alerts%40clinic:wrong@localhost:$(cat "$work/post")" >"$work/post_address"
check_by_mail
expect "no mail without the password" mailed 2
echo "smtps://alerts%40clinic:pass%2Fword@localhost:$(cat "$work/post")" >"$work/post_address"
check_by_mail CURL_CA_BUNDLE="$work/data/tls/ca.pem"
expect "nor to a server that nobody vouches for" mailed 2
check_by_mail
expect "who could not be mailed is mailed at the next run" mailed 4
expect "that all is well again" in_mail 'Subject: MedRecord on .*: all is well again'
echo "smtp://alerts%40clinic:pass%2Fword@localhost:$(cat "$work/post_plain")" >"$work/post_address"
touch "$work/no_tls"
echo 503 >"$work/status"
check_by_mail
expect "no password without TLS" mailed 4
rm "$work/no_tls"
check_by_mail
expect "TLS that begins later will do" mailed 6
echo it@clinic.example >"$work/refused"
echo 200 >"$work/status"
expect "an address that is refused is a failure" check_by_mail_ends_with 2
expect "the other gets it all the same" mailed 7
beats=$(wc -l <"$work/beats") count=$(wc -l <"$work/hooks")
expect "and goes on being one" check_by_mail_ends_with 2
expect "but who was told is not told again by mail" mailed 7
expect "nor by webhook" told "$count"
expect "and the heart beats, for all is well" test "$(wc -l <"$work/beats")" = $((beats + 1))
rm "$work/refused"
check_by_mail
expect "the address that is taken again is told what it missed" mailed 8
touch "$work/deaf"
echo 503 >"$work/status"
expect "a webhook that is broken is a failure" check_by_mail_ends_with 2
expect "again" check_by_mail_ends_with 2
expect "while each address is told once" mailed 10
rm "$work/deaf"
expect "and the webhook when it works again" check_by_mail_ends_with 3
expect "once" told $((count + 1))
expect "with no more mail" mailed 10
echo 200 >"$work/status"
check
# Where nobody is set, nobody was told, and the unit fails for all to see.
echo 503 >"$work/status"
expect "nobody to tell is a failure" ends_with 2 ALERT_WEBHOOK_FILE=''
expect "that says what to set" grep --quiet 'nobody is told.*ALERT_EMAIL' "$work/said"
count=$(wc -l <"$work/hooks")
check
expect "and who is set later is told then" told $((count + 1))
echo 200 >"$work/status"
check
check HEALTH_URL="https://127.0.0.1:$(cat "$work/mute")/health" HEALTH_ATTEMPTS=1 HEALTH_PATIENCE=3 timeout 30
expect "told of a server that does not say a word" last 'service.*does not answer as it should'
python3 -c 'import json, sys; [json.loads(line)["text"] for line in open(sys.argv[1])]' "$work/hooks"
expect "the address with its token is in no output" test -z "$(grep --extended-regexp 'secret|pass.?.?word' "$work/said")"
