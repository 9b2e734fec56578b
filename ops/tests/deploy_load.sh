# What asks and sends while ops/tests/deploy.sh deploys, and what became of it.
# shellcheck shell=bash disable=SC2154 # work, name … come from ops/tests/deploy_parts.sh.

# A browser that asks 5 times a second, each time on a new connection, and never twice; and a workstation that sends
# recordings one after the other and waits for the note of each.
start_load() {
  healthy
  on_host install --directory --mode 0777 /tmp/load
  rm -f "$work/stop"
  (
    while [ ! -e "$work/stop" ]; do
      printf '%s ' "$EPOCHREALTIME"
      curl --silent --max-time 30 --output /dev/null --write-out '%{http_code} %{errormsg}\n' --cacert "$work/ca.pem" \
        --resolve "$name:8443:127.0.0.1" "https://$name:8443/api/health" || true
      sleep 0.2
    done
  ) >"$work/asked" &
  load=$!
  (
    while [ ! -e "$work/stop" ]; do
      if send_a_recording --volume /tmp/load:/tmp/load >"$work/sent.last" 2>&1; then echo "note"; else echo "no note" && cp "$work/sent.last" "$work/sent.bad"; fi
    done
  ) >"$work/sent" &
  load="$load $!"
}

end_load() {
  if [ -z "${load:-}" ]; then return; fi
  touch "$work/stop"
  # shellcheck disable=SC2086 # Two numbers.
  wait $load
  load=''
}

# Nothing may have been lost. Only when nginx is replaced a browser's requests may be, in one stretch of less than so many
# seconds, which is said; of a workstation nothing ever.
stop_load() { # [SECONDS]
  local lost
  end_load
  echo "  asked meanwhile: $(cut --delimiter ' ' --fields 2- "$work/asked" | sort | uniq --count | paste --serial --delimiters ',')"
  echo "  sent meanwhile: $(sort "$work/sent" | uniq --count | paste --serial --delimiters ',')"
  lost=$(awk '$2 != 200' "$work/asked")
  if [ -n "$lost" ]; then
    awk -v most="${1:-0}" 'NR == 1 { first = $1 } END {
      printf "  %d requests of a browser were lost, begun within %.1f s\n", NR, $1 - first
      exit $1 - first >= most
    }' <<<"$lost" || bad "requests were lost"
  fi
  if grep --quiet 'no note' "$work/sent"; then cat "$work/sent.bad"; bad "a recording did not go through"; fi
}
