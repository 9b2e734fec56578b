#!/usr/bin/env bash
# ops/health-check.sh against a server that breaks and recovers: told once each time, quiet in between, and told again
# when the telling itself failed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp --directory)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
expect() {
  local what=$1
  shift
  if "$@"; then echo "  ok: $what"; else echo "FAILED: $what" >&2; cat "$work"/hook* >&2 || true; exit 1; fi
}

# GET /health answers as the server does, with the status and the queue that the files `status` and `queue` say; POST /hook is written down, unless the file `deaf` is there.
cat >"$work/server.py" <<'END'
import http.server, json, os, socket, sys
os.chdir(sys.argv[1])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/beat": open("beats", "a").write("beat\n")
        if self.path == "/beat": return self.answer(200)
        health = {"status": "healthy", "timestamp": "2026-11-27T22:00:00Z", "services": {"database": "connected",
            "api": "running", "queue": json.load(open("queue")), "backup": {"age_s": None, "drill_age_s": None}}}
        self.answer(int(open("status").read()), json.dumps(health, separators=(",", ":")))
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if os.path.exists("deaf"): return self.answer(500)
        open("hooks", "a").write(body + "\n")
        self.answer(200)
    def answer(self, status, body=""):
        self.send_response(status); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# Takes connections and never says a word: as good as off.
mute = socket.create_server(("127.0.0.1", 0))
open("mute", "w").write(str(mute.getsockname()[1]))
open("port", "w").write(str(server.server_port))
server.serve_forever()
END
echo 200 >"$work/status"
queue() { printf '{"waiting":7,"oldest_s":%s,"dead":%s}\n' "$1" "$2" >"$work/queue"; }
queue null 0
python3 "$work/server.py" "$work" &
server=$!
until [ -s "$work/port" ]; do sleep 0.1; done
url="http://127.0.0.1:$(cat "$work/port")"
echo "$url/hook?token=secret" >"$work/hook_address"
echo "$url/beat" >"$work/beat_address"
mkdir -p "$work/data/status"
touch "$work/hooks" "$work/beats"

check() {
  env ENV_FILE=/dev/null MEDRECORD_DATA="$work/data" HEALTH_URL="$url/health" HEALTH_PAUSE=0 DISK_PERCENT=101 \
    ALERT_WEBHOOK_FILE="$work/hook_address" HEARTBEAT_URL_FILE="$work/beat_address" "$@" ops/health-check.sh \
    2>>"$work/said" || true
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
# On a server, what was never made is as old as the database there. In an hour is long ago enough: -1.
rm -r "$work/data/status"
mkdir "$work/data/postgres"
touch "$work/data/postgres/PG_VERSION"
check RESTIC_REPOSITORY=/elsewhere
expect "a new server has a day for its first backup" told 7
check RESTIC_REPOSITORY=/elsewhere BACKUP_HOURS=-1 OFF_SITE_HOURS=-1
check RESTIC_REPOSITORY=/elsewhere BACKUP_HOURS=-1 OFF_SITE_HOURS=-1
expect "told once that there was no backup since" told 8
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
check HEALTH_URL="https://127.0.0.1:$(cat "$work/mute")/health" HEALTH_ATTEMPTS=1 HEALTH_PATIENCE=1 timeout 20
expect "told of a server that does not say a word" last 'service.*does not answer as it should'
python3 -c 'import json, sys; [json.loads(line)["text"] for line in open(sys.argv[1])]' "$work/hooks"
expect "the address with its token is in no output" test -z "$(grep secret "$work/said")"
