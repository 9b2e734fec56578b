#!/usr/bin/env bash
# ops/certificates.sh without nginx and without Let's Encrypt: the internal CA, certificates of one's own, and what is
# refused. As root, for files get owners.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
expect() {
  local what=$1
  shift
  if "$@"; then echo "  ok: $what"; else echo "FAILED: $what" >&2; cat "$work/said" >&2; exit 1; fi
}
certificates() {
  ENV_FILE=/dev/null COMPOSE_PROJECT_NAME=medrecord-test-$$ MEDRECORD_DATA="$work/data" SERVER_NAME="${name:-clinic.test}" \
    FRONTEND_URL=https://clinic.test ops/certificates.sh "$@" >"$work/said" 2>&1
}
refused() { if certificates "$@"; then return 1; fi; }
tls="$work/data/tls" ca="$work/data/ca"
serial() { openssl x509 -in "$tls/fullchain.pem" -noout -serial; }
# leaf NAME DAYS: what the internal CA's key could sign, if someone had it.
leaf() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$work/key" -out "$work/request" 2>/dev/null
  openssl x509 -req -in "$work/request" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -CAcreateserial -days "$2" \
    -extfile <(echo "subjectAltName=DNS:$1") -out "$work/leaf" 2>/dev/null
}

export CERTIFICATES=internal-ca
certificates ensure
expect "the chain leads to the CA" openssl verify -CAfile "$tls/ca.pem" -verify_hostname clinic.test "$tls/fullchain.pem"
expect "nginx alone reads the key" test "$(stat -c '%a %u' "$tls/privkey.pem")" = '400 10002'
expect "root alone reads the CA's" test "$(stat -c '%a %u' "$ca/ca.key")" = '600 0'
before=$(serial)
certificates ensure
expect "the second time nothing changes" test "$before" = "$(serial)"
leaf clinic.test 10
certificates own "$work/leaf" "$work/key" "$ca/ca.pem"
certificates ensure
expect "10 days before its end it is renewed" openssl x509 -in "$tls/fullchain.pem" -noout -checkend $((80 * 86400))
leaf evil.test 10
expect "the CA can speak for no other name" bash -c "! openssl verify -CAfile '$ca/ca.pem' '$work/leaf' 2>/dev/null"

before=$(serial)
expect "a certificate for another name is refused" refused own "$work/leaf" "$work/key"
openssl genpkey -algorithm ed25519 -out "$work/other" 2>/dev/null
leaf clinic.test 10
expect "a key that does not fit is refused" refused own "$work/leaf" "$work/other"
expect "what is there stays" test "$before" = "$(serial)"
CERTIFICATES=letsencrypt certificates ensure
expect "until nginx runs Let's Encrypt is not asked" grep --quiet 'nginx does not run yet' "$work/said"
expect "what is no placeholder stays" test "$before" = "$(serial)"

rm -rf "$work/data"
export CERTIFICATES=letsencrypt
certificates ensure
before=$(serial)
certificates ensure
expect "a placeholder with days to go stays" test "$before" = "$(serial)"
openssl req -x509 -key "$tls/privkey.pem" -subj /CN=placeholder -addext subjectAltName=DNS:clinic.test -days 1 -out "$tls/fullchain.pem"
certificates ensure
expect "one at its end is made anew" openssl x509 -in "$tls/fullchain.pem" -noout -checkend $((2 * 86400))
name=other.test certificates ensure
expect "so is one for another name" openssl verify -CAfile "$tls/fullchain.pem" -verify_hostname other.test "$tls/fullchain.pem"
export CERTIFICATES=internal-ca

name=192.0.2.7 && rm -rf "$work/data"
certificates ensure
expect "an address instead of a name" openssl verify -CAfile "$tls/ca.pem" -verify_ip 192.0.2.7 "$tls/fullchain.pem"
