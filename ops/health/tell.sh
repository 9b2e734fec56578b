# shellcheck shell=bash disable=SC2154 # Settings come from ops/health-check.sh.
# Who is told, and how.

# To everyone who is to know; false when one could not be told, or when there is nobody.
tell() { # SUBJECT BODY
  local told=0
  printf '%s\n%s\n' "$1" "$2" >&2
  if [ -z "${ALERT_EMAIL:-}${ALERT_WEBHOOK_FILE:-}" ]; then
    echo "nobody is told: set ALERT_EMAIL and ALERT_SMTP_FILE, or ALERT_WEBHOOK_FILE (docs/operations/watch.md)" >&2
    return 1
  fi
  if [ -n "${ALERT_EMAIL:-}" ]; then mail "$@" || told=1; fi
  if [ -n "${ALERT_WEBHOOK_FILE:-}" ]; then post "$@" || told=1; fi
  return $told
}

# To each apart: a server that refuses one of them takes nothing for all that are named with it. At the same time, for a
# server that does not answer lets each wait, and systemd ends a check that takes too long.
mail() { # SUBJECT BODY
  local from=${ALERT_FROM:-${ALERT_EMAIL%%[, ]*}} to options sending=() told=0
  if [ -z "${ALERT_SMTP_FILE:-}" ]; then echo "no mail to $ALERT_EMAIL: ALERT_SMTP_FILE is not set" >&2; return 1; fi
  # Mail servers let strangers wait.
  options=(--max-time $((2 * patience)) --crlf --mail-from "$from")
  # A password goes through TLS, or nowhere.
  if grep --quiet @ "$ALERT_SMTP_FILE"; then options+=(--ssl-reqd); fi
  for to in ${ALERT_EMAIL//,/ }; do
    letter "$from" "$@" \
      | "${curl[@]}" "${options[@]}" --mail-rcpt "$to" --config <(address "$ALERT_SMTP_FILE") --upload-file - &
    sending+=($!)
  done
  for to in "${sending[@]}"; do wait "$to" || told=1; done
  return $told
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
