# shellcheck shell=bash disable=SC2154 # Settings come from ops/health-check.sh.
# Who is told, and how.

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
