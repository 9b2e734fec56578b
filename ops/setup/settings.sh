# shellcheck shell=bash disable=SC2154 # name, certificates and email come from ops/setup-server.sh.
# .env from its example, once; then only what the command line said.

make_settings() {
  if [ ! -f .env ]; then
    cp .env.example .env
    load_settings .env
    apply_settings
  fi
  chmod 0600 .env
  # A .env from before this line: without it a plain `docker compose` would read the developers' file.
  if ! grep --quiet '^COMPOSE_FILE=' .env; then remember COMPOSE_FILE docker-compose.prod.yml; fi
  remember SERVER_NAME "$name"
  remember FRONTEND_URL "https://$name$(port)"
  if [ -n "$certificates" ]; then remember CERTIFICATES "$certificates"; fi
  if [ -n "$email" ]; then remember CERTIFICATE_EMAIL "$email"; fi
}

# As it stands in an address: nothing when it is the usual one.
port() {
  if [ "${HTTPS_PORT:-443}" != 443 ]; then echo ":$HTTPS_PORT"; fi
}

# NAME=VALUE in .env, in its place when it is there, and in force from now on.
remember() {
  if grep --quiet "^$1=" .env; then
    sed --in-place "s|^$1=.*|$1=$2|" .env
  else
    printf '%s=%s\n' "$1" "$2" >>.env
  fi
  export "$1=$2"
}
