# Whether a release works: its configuration, its certificate, its health as a browser sees it, and a recording that goes through.
# shellcheck shell=bash

check_configuration() {
  compose config --quiet
  once server check-config
}

# As a workstation asks, by name and with the certificate checked, but to this machine: the name may lead to a proxy.
check_health() {
  local attempt answer port=${HTTPS_PORT:-443} url
  url="https://$SERVER_NAME:$port/health"
  local curl=(curl --silent --show-error --fail --max-time 10 --resolve "$SERVER_NAME:$port:127.0.0.1")
  if [ -f "$MEDRECORD_DATA/tls/ca.pem" ]; then curl+=(--cacert "$MEDRECORD_DATA/tls/ca.pem"); fi
  for attempt in {1..10}; do
    if answer=$("${curl[@]}" "$url" 2>&1); then echo "    $answer"; return; fi
    sleep 2
  done
  echo "$url does not answer as it should after $attempt attempts: $answer" >&2
  return 1
}

# Let's Encrypt that does not answer is no reason to take a good release back: nginx' certificate is good for days more,
# and the timer asks again every night. That browsers trust it is the next step's to say.
ensure_certificate() {
  local chain="$MEDRECORD_DATA/tls/fullchain.pem"
  if ops/certificates.sh ensure; then return; fi
  is_good_for_days 3 "$chain" || fail "nginx' certificate ends on $(certificate_end "$chain"), and there is no other (above)."
  warn "the certificate was not renewed (above). nginx keeps the one that it has, until $(certificate_end "$chain");" \
    "ops/certificates.sh ensure tries again, and a timer does so every night"
}

# A recording of a few seconds, made for this and deleted after it: enrolled, sent through nginx, transcribed, drafted.
round_trip() {
  local ca=()
  if [ -f "$MEDRECORD_DATA/tls/ca.pem" ]; then ca=(--volume "$MEDRECORD_DATA/tls/ca.pem:/run/ca.pem:ro" --env SSL_CERT_FILE=/run/ca.pem); fi
  once "${ca[@]}" server probe --connect nginx:8443
}
