# shellcheck shell=bash disable=SC2154 # Settings come from ops/health-check.sh.
# Who is told, and how.

# Everyone who is to know and does not yet; false when one could not be told, or when something is wrong and there is nobody.
# All at the same time: a server that does not answer lets each wait, and systemd ends a check that takes too long.
tell() { # PROBLEMS
  local channel channels telling=() told=0
  mapfile -t channels < <(channels)
  if [ "${#channels[@]}" = 0 ]; then
    [ -n "$1" ] || return 0
    printf '%s\n' "$1" >&2
    echo "nobody is told: set ALERT_EMAIL and ALERT_SMTP_FILE, or ALERT_WEBHOOK_FILE (docs/operations/watch.md)" >&2
    return 1
  fi
  for channel in "${channels[@]}"; do
    bring_up_to_date "$channel" "$1" &
    telling+=($!)
  done
  for channel in "${telling[@]}"; do wait "$channel" || told=1; done
  return $told
}

# Each address for itself: a mail server that refuses one takes nothing for all that are named with it.
channels() {
  local addresses=${ALERT_EMAIL:-} to
  for to in ${addresses//,/ }; do echo "$to"; done
  if [ -n "${ALERT_WEBHOOK_FILE:-}" ]; then echo webhook; fi
}

# What was told is kept for each channel: who was told is not told again because another could not be.
bring_up_to_date() { # CHANNEL PROBLEMS
  local kept="$state/told-${1//\//_}" before subject body
  before=$(cat "$kept" 2>/dev/null || true)
  if [ "$(words "$2")" = "$(words "$before")" ]; then return; fi
  if [ -z "$2" ]; then
    subject="all is well again" body="It was: $(sentences "$before")"
  else
    subject=$(words "$2" | paste --serial --delimiters ',' | sed 's/,/, /g') body=$(sentences "$2")
  fi
  subject="MedRecord on $(hostname): $subject"
  printf '%s\n%s\n' "$subject" "$body" >&2
  # Only when it was told: who was not told is told at the next run.
  if ! send "$1" "$subject" "$body"; then echo "$1 could not be told" >&2; return 1; fi
  printf '%s\n' "$2" >"$kept"
}

words() { awk 'NF { print $1 }' <<<"$1" | sort --unique; }
sentences() { cut --delimiter ' ' --fields 2- <<<"$1"; }

send() { # CHANNEL SUBJECT BODY
  if [ "$1" = webhook ]; then post "$2" "$3"; else mail "$@"; fi
}

mail() { # TO SUBJECT BODY
  local from=${ALERT_FROM:-${ALERT_EMAIL%%[, ]*}} options
  if [ -z "${ALERT_SMTP_FILE:-}" ]; then echo "no mail to $1: ALERT_SMTP_FILE is not set" >&2; return 1; fi
  # Mail servers let strangers wait.
  options=(--max-time $((2 * patience)) --crlf --mail-from "$from" --mail-rcpt "$1")
  # A password goes through TLS, or nowhere.
  if grep --quiet @ "$ALERT_SMTP_FILE"; then options+=(--ssl-reqd); fi
  letter "$from" "$2" "$3" | "${curl[@]}" "${options[@]}" --config <(address "$ALERT_SMTP_FILE") --upload-file -
}

letter() { # FROM SUBJECT BODY
  cat <<END_OF_LETTER
From: MedRecord <$1>
To: ${ALERT_EMAIL// /}
Subject: $2
Date: $(date --rfc-email)
Message-ID: <$(date +%s).$$@$(hostname)>
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

$3
END_OF_LETTER
}

post() { # SUBJECT BODY
  local text
  text=$(printf '%s\n%s' "$@" | sed 's/[\\"]/\\&/g' | tr '\t\r' '  ' | sed ':all; N; $!b all; s/\n/\\n/g')
  "${curl[@]}" --fail --output /dev/null --config <(address "$ALERT_WEBHOOK_FILE") \
    --header 'Content-Type: application/json' --data-binary "{\"text\": \"$text\"}"
}

# Of the first line of a file, so that it stands in no list of processes.
address() { printf 'url = "%s"\n' "$(head --lines 1 "$1")"; }
