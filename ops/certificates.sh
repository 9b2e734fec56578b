#!/usr/bin/env bash
# The certificate that nginx shows, by CERTIFICATES in .env:
#
#   ops/certificates.sh ensure                what .env says is there and is renewed in time; run daily by a timer
#   ops/certificates.sh own CHAIN KEY [CA]    takes a certificate of yours (CERTIFICATES=own); CA: who signed it, when
#                                             browsers do not know them
#   ops/certificates.sh renewed               certbot's hook: takes what it renewed
#
# CERTIFICATES=letsencrypt (certbot, over port 80), own, or internal-ca (a clinic without a public name; the CA's
# fingerprint is what desktops are told to trust). Files: $MEDRECORD_DATA/tls, of nginx' user. Guide:
# docs/operations/certificates.md.
set -euo pipefail

# shellcheck source=ops/lib/settings.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"
# shellcheck source=ops/lib/certificate.sh
. ops/lib/certificate.sh
# The user of nginx' image.
nginx_user=10002
name=${SERVER_NAME:?set it in .env}
tls="$MEDRECORD_DATA/tls"
ca="$MEDRECORD_DATA/ca"
lineage="${LETSENCRYPT_DIR:-/etc/letsencrypt}/live/$name"

# Checked whole before anything is in its place: nginx must never meet a pair that does not fit.
take() {
  local chain=$1 key=$2 authority=${3:-}
  [ "$(openssl x509 -in "$chain" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout)" ] \
    || fail "The key does not belong to the certificate. Nothing was changed."
  is_for_us "$chain" || fail "The certificate is not for $name. Nothing was changed."
  is_good_for_days 0 "$chain" || fail "The certificate has expired. Nothing was changed."
  mkdir -p "$tls"
  chmod 0755 "$tls"
  put "$chain" fullchain.pem 0444
  put "$key" privkey.pem 0400
  if [ -n "$authority" ]; then put "$authority" ca.pem 0444; else rm -f "$tls/ca.pem"; fi
  reload
  say "The certificate for $name is valid until $(certificate_end "$chain")."
}

put() {
  install --mode "$3" --owner "$nginx_user" --group "$nginx_user" "$1" "$tls/.$2"
  mv "$tls/.$2" "$tls/$2"
}

nginx_runs() { command -v docker >/dev/null && [ -n "$(compose ps --quiet --status running nginx 2>/dev/null)" ]; }

# nginx reads it anew without losing a request, if it runs; then it must also be what nginx shows.
reload() {
  local attempt shown
  if ! nginx_runs; then return; fi
  compose exec --no-TTY nginx bash -c 'kill -HUP 1' </dev/null
  for attempt in {1..10}; do
    shown=$(openssl s_client -connect "127.0.0.1:${HTTPS_PORT:-443}" -servername "$name" </dev/null 2>/dev/null \
      | openssl x509 -noout -fingerprint -sha256 2>/dev/null) || true
    if [ "$shown" = "$(openssl x509 -in "$tls/fullchain.pem" -noout -fingerprint -sha256)" ]; then return; fi
    sleep 1
  done
  fail "The certificate is in $tls, but nginx still shows another after $attempt s: docker compose logs nginx"
}

is_for_us() { is_certificate_for "$name" "$1"; }

# The name as certificates hold it.
subject_alternative() {
  if is_address "$name"; then echo "IP:$name"; else echo "DNS:$name"; fi
}

# So that nginx can start and answer Let's Encrypt; nobody trusts it. One whose days are over (the set-up was on Monday,
# the deployment is on Friday), or that is for the name before, is made anew.
placeholder() {
  local chain="$tls/fullchain.pem"
  if [ -f "$chain" ] && { ! is_placeholder "$chain" || { is_for_us "$chain" && is_good_for_days 1 "$chain"; }; }; then
    return
  fi
  local folder
  folder=$(mktemp --directory)
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj "/CN=placeholder" \
    -addext "subjectAltName=$(subject_alternative)" -keyout "$folder/key" -out "$folder/chain" 2>/dev/null
  take "$folder/chain" "$folder/key"
  rm -rf "$folder"
}

letsencrypt() {
  placeholder
  if ! nginx_runs; then
    say "nginx does not run yet; the certificate is fetched when it does (deploy.sh, and daily)."
    return
  fi
  mkdir -p "$MEDRECORD_DATA/acme"
  chmod 0755 "$MEDRECORD_DATA/acme"
  if [ -d "$lineage" ]; then
    certbot renew --quiet --cert-name "$name"
  else
    local contact=(--register-unsafely-without-email)
    if [ -n "${CERTIFICATE_EMAIL:-}" ]; then contact=(--email "$CERTIFICATE_EMAIL"); fi
    certbot certonly --non-interactive --agree-tos "${contact[@]}" --webroot --webroot-path "$MEDRECORD_DATA/acme" \
      --domain "$name" --key-type ecdsa --deploy-hook "$PWD/ops/certificates.sh renewed" \
      || fail "Let's Encrypt gave no certificate. Does $name lead here, and is port 80 open to everyone?" \
        "nginx keeps the certificate that it has."
  fi
  renewed
}

renewed() {
  if cmp --silent "$lineage/fullchain.pem" "$tls/fullchain.pem"; then return; fi
  take "$lineage/fullchain.pem" "$lineage/privkey.pem"
}

# A CA for this one name: whoever steals it can speak for no other.
internal_ca() {
  if [ ! -f "$ca/ca.pem" ]; then make_ca; fi
  if [ -f "$tls/fullchain.pem" ] && ! is_placeholder "$tls/fullchain.pem" \
    && is_for_us "$tls/fullchain.pem" && is_good_for_days 30 "$tls/fullchain.pem"; then
    return
  fi
  local folder
  folder=$(mktemp --directory)
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
    -keyout "$folder/key" -out "$folder/request" 2>/dev/null
  printf '%s\n' "subjectAltName=$(subject_alternative)" basicConstraints=critical,CA:FALSE \
    keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth \
    authorityKeyIdentifier=keyid subjectKeyIdentifier=hash >"$folder/extensions"
  openssl x509 -req -in "$folder/request" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -days 90 \
    -set_serial "0x00$(openssl rand -hex 16)" -extfile "$folder/extensions" -out "$folder/leaf" 2>/dev/null
  cat "$folder/leaf" "$ca/ca.pem" >"$folder/chain"
  take "$folder/chain" "$folder/key" "$ca/ca.pem"
  rm -rf "$folder"
  say "Desktops trust this CA: $tls/ca.pem, SHA-256 $(openssl x509 -in "$ca/ca.pem" -noout -fingerprint -sha256 | cut -d = -f 2)"
}

make_ca() {
  local constraint
  constraint=$(subject_alternative)
  case $constraint in
    IP:*:*:*) constraint+=/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ;;
    IP:*) constraint+=/255.255.255.255 ;;
  esac
  mkdir -p "$ca"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 3650 \
    -keyout "$ca/ca.key" -out "$ca/.ca.pem" -config - <<END 2>/dev/null
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = MedRecord CA of $name
[extensions]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
nameConstraints = critical,permitted;$constraint
subjectKeyIdentifier = hash
END
  mv "$ca/.ca.pem" "$ca/ca.pem"
}

own() {
  [ -f "$tls/fullchain.pem" ] || fail "CERTIFICATES=own, and there is none yet: ops/certificates.sh own CHAIN KEY"
}

ensure() {
  case ${CERTIFICATES:-letsencrypt} in
    letsencrypt) letsencrypt ;;
    internal-ca) internal_ca ;;
    own) own ;;
    *) fail "CERTIFICATES in .env is ${CERTIFICATES:-}; it must be letsencrypt, own or internal-ca. Nothing was changed." ;;
  esac
}

[ "$(id -u)" = 0 ] || fail "Run this as root. Nothing was changed."
case ${1:-} in
  ensure) ensure ;;
  renewed) renewed ;;
  own) take "${2:?CHAIN}" "${3:?KEY}" "${4:-}" ;;
  *) sed -n '4,7s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
