#!/usr/bin/env bash
# Puts the configuration together in a folder of memory (the root is read-only), then becomes nginx.
# `entrypoint.sh -t` only checks it.
set -euo pipefail

# Where things are; `cargo xtask test` names others.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run="${NGINX_RUN:-/tmp/nginx}"
tls="${TLS_DIR:-/etc/medrecord/tls}"
pages="${PAGES_DIR:-/usr/share/medrecord/pages}"
logs="${LOG_DIR:-/var/log/medrecord}"
acme="${ACME_DIR:-/var/lib/acme}"
name="${SERVER_NAME:?SERVER_NAME is not set: the name that the certificate is for, e.g. medrecord.example.com}"
origin="${FRONTEND_URL:?FRONTEND_URL is not set: the address that browsers see, e.g. https://medrecord.example.com}"

for file in fullchain.pem privkey.pem; do
  [ -r "$tls/$file" ] || {
    echo "$tls/$file cannot be read: nginx is not started. Nothing was changed. Put the certificate there, readable by" \
      "user $(id -u); docs/operations.md says how." >&2
    exit 1
  }
done

mkdir --parents "$run/temp"
cp "$here"/*.conf "$run/"
ln --symbolic --force --no-dereference "$tls" "$run/tls"
ln --symbolic --force --no-dereference "$pages" "$run/pages"
ln --symbolic --force --no-dereference "$logs" "$run/logs"
ln --symbolic --force --no-dereference "$acme" "$run/acme"

# Docker's, podman's and Kubernetes' differ. Only the first: nginx asks all in turn, and the machine's own, which podman
# names second, knows no containers. An IPv6 address stands in brackets.
resolver=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2; exit }' /etc/resolv.conf)
build=$(nginx -V 2>&1)
# has STRING: does this build have it?
has() { [[ "$build" == *"$1"* ]]; }
# The hybrid group came with OpenSSL 3.5; an older one refuses a list that names it.
openssl=$(sed -n 's/.*running with OpenSSL \([0-9]*\.[0-9]*\).*/\1/p; s/^built with OpenSSL \([0-9]*\.[0-9]*\)[^(]*$/\1/p' <<<"$build")
curves=X25519:prime256v1:secp384r1
if [ "$(printf '%s\n' 3.5 "$openssl" | sort --version-sort | head -n 1)" = 3.5 ]; then curves="X25519MLKEM768:$curves"; fi

{
  echo "resolver ${resolver:?/etc/resolv.conf names no server} valid=2s ipv6=off;"
  # nginx asks a second time after 5 s: while containers are replaced the name server may miss a question.
  echo "resolver_timeout 15s;"
  # For every name: the first part of a handshake is done by the settings of the unknown one.
  echo "ssl_ecdh_curve $curves;"
  echo "access_log ${ACCESS_LOG:-logs/access-\$day.log} requests;"
  echo "limit_req_zone \$binary_remote_addr\$device\$session zone=api:20m rate=${API_REQUESTS_PER_SECOND:-10}r/s;"
  for proxy in ${TRUSTED_PROXIES:-}; do echo "set_real_ip_from $proxy;"; done
  if [ -n "${TRUSTED_PROXIES:-}" ]; then echo "real_ip_header X-Forwarded-For; real_ip_recursive on;"; fi
} >"$run/settings-http.conf"

printf 'limit_req zone=address burst=400 nodelay;\nlimit_req zone=api burst=%s nodelay;\n' "${API_BURST:-20}" >"$run/settings-limit.conf"
# In Kubernetes the whole name: nginx asks the name server itself, without the search domains of /etc/resolv.conf.
echo "set \$server ${SERVER_HOST:-server}:3001;" >"$run/settings-upstream.conf"
printf 'listen 8080;\nserver_name %s;\n' "$name" >"$run/settings-http-server.conf"
echo "return 301 $origin\$request_uri;" >"$run/settings-redirect.conf"
printf 'server_name %s;\nssl_certificate tls/fullchain.pem;\nssl_certificate_key tls/privkey.pem;\n' "$name" \
  >"$run/settings-server.conf"
: >"$run/settings-alt-svc.conf"
: >"$run/settings-unknown.conf"

# HTTP/2 was a parameter of "listen" before it was a directive (1.25.1); HTTP/3 is only in builds with QUIC.
if has --with-http_v3_module; then
  printf 'listen 8443 ssl;\nlisten 8443 quic;\nhttp2 on;\nhttp3 on;\n' >>"$run/settings-server.conf"
  printf 'listen 8443 ssl default_server;\nlisten 8443 quic reuseport default_server;\n' >>"$run/settings-unknown.conf"
  echo "add_header Alt-Svc 'h3=\":${HTTPS_PORT:-443}\"; ma=86400' always;" >"$run/settings-alt-svc.conf"
else
  echo 'listen 8443 ssl http2;' >>"$run/settings-server.conf"
  echo 'listen 8443 ssl http2 default_server;' >>"$run/settings-unknown.conf"
fi

# Where whoever renews the certificate cannot tell nginx, as in Kubernetes. A pair that does not fit is not taken.
reload_when_renewed() {
  local known now
  known=$(sha256sum "$tls"/*.pem)
  # What became nginx has the number that this shell had.
  while sleep "$CERTIFICATE_CHECK_SECONDS" && kill -0 $$ 2>/dev/null; do
    now=$(sha256sum "$tls"/*.pem) || continue
    if [ "$now" != "$known" ]; then kill -HUP $$; fi
    known=$now
  done
}
if [ -n "${CERTIFICATE_CHECK_SECONDS:-}" ] && [ "${1:-}" != -t ]; then reload_when_renewed & fi

exec nginx -p "$run" -c "$run/nginx.conf" -e stderr "$@"
