# What must be right before anything is changed. All that is wrong is named at once.
# shellcheck shell=bash

problems=()
problem() { problems+=("$*"); }

check_host() {
  check_programs
  check_settings
  check_secrets
  check_disk
  check_folders
  check_name
  check_ports
  check_certificate
  if [ ${#problems[@]} -gt 0 ]; then
    printf '    - %s\n' "${problems[@]}" >&2
    fail "Nothing was changed. Put right what is listed, then run this again."
  fi
  echo "    all is well"
}

# At least the version $2 of what is called $1 and says that it is $3.
at_least() {
  local name=$1 wanted=$2 has=${3#v}
  if [ -z "$has" ]; then problem "$name is not here, or its daemon does not run (ops/setup-server.sh installs it)"; return; fi
  [ "$(printf '%s\n' "$wanted" "$has" | sort --version-sort | head -n 1)" = "$wanted" ] \
    || problem "$name is $has; at least $wanted is needed"
}

check_programs() {
  [ "$(id -u)" = 0 ] || problem "this must run as root"
  at_least "Docker" "${DOCKER_AT_LEAST:-24}" "$(docker version --format '{{.Server.Version}}' 2>/dev/null)"
  at_least "Docker Compose" 2.20 "$(docker compose version --short 2>/dev/null)"
  local program
  for program in curl openssl flock jq; do
    command -v "$program" >/dev/null || problem "$program is not installed"
  done
}

check_settings() {
  [ -f .env ] || problem ".env is missing (ops/setup-server.sh makes it)"
  case ${SERVER_NAME:-} in
    '' | medrecord.example.com) problem "SERVER_NAME in .env is not set to this server's name" ;;
  esac
  [ -n "${ALERT_SMTP_FILE:-}${ALERT_WEBHOOK_FILE:-}" ] || warn "nobody is told when something breaks (docs/operations/watch.md)"
}

check_secrets() {
  local name bytes
  while read -r name bytes; do
    if [ ! -f "$SECRETS_DIR/$name" ]; then
      problem "the secret $SECRETS_DIR/$name is missing (ops/setup-server.sh makes what is missing)"
    elif [ "$(stat --format %s "$SECRETS_DIR/$name")" -lt "$bytes" ]; then
      problem "the secret $SECRETS_DIR/$name has less than $bytes bytes"
    elif [ "$(($(stat --format 0%a "$SECRETS_DIR/$name") & 077))" != 0 ]; then
      problem "the secret $SECRETS_DIR/$name can be read by others: chmod 400"
    fi
  done <<'END'
database_url 20
postgres_password 24
jwt_secret 32
jwt_secret_previous 0
master_keys 66
receipt_key 64
metrics_token 32
openai_api_key 0
backup_passphrase 32
END
}

# Images of a release take about 1 GB and a build on this server 6 GB more, where Docker keeps them; 4 GB stay free
# everywhere, for what is recorded and backed up meanwhile.
gigabytes_wanted() { # FOLDER
  if [ -n "${FREE_GIGABYTES:-}" ]; then
    echo "$FREE_GIGABYTES"
  elif [ "$1" = "$MEDRECORD_DATA" ] || [ -n "${IMAGE_REGISTRY:-}" ] || have_images; then
    echo 5
  else
    echo 11
  fi
}

check_disk() {
  local folder free wanted
  for folder in "$MEDRECORD_DATA" "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)"; do
    if [ ! -d "$folder" ]; then
      if [ "$folder" = "$MEDRECORD_DATA" ]; then problem "$MEDRECORD_DATA is missing (ops/setup-server.sh makes it)"; fi
      continue
    fi
    wanted=$(gigabytes_wanted "$folder")
    free=$(df --output=avail --block-size=1G "$folder" | tail -n 1 | tr -d ' ')
    [ "$free" -ge "$wanted" ] || problem "$folder has $free GB free; $wanted are needed (runbook \"Disk full\")"
  done
}

# What Compose binds it does not make (create_host_path: false): an empty folder in the place of a disk that is not mounted
# would be an empty installation.
check_folders() {
  local config folder
  if ! config=$(compose config --format json 2>/dev/null); then problem "docker compose config fails; it says why"; return; fi
  while read -r folder; do
    [ -d "$folder" ] || problem "the folder $folder is missing. Did it hold data? Then mount its disk." \
      "Is this server new? Then ops/setup-server.sh makes it"
  done < <(jq --raw-output '[.services[].volumes[]? | select(.type == "bind").source] | unique[]' <<<"$config")
}

# The name must lead somewhere; that it leads elsewhere is right behind a router or a proxy. Not by IPv6: the containers'
# networks have none, so Docker's proxy hands such a client on under its own address, and nginx counts all of them as one.
check_name() {
  local addresses here
  if [ -z "${SERVER_NAME:-}" ]; then return; fi
  addresses=$(getent ahosts "$SERVER_NAME" | awk '{ print $1 }' | sort --unique) || true
  if [ -z "$addresses" ]; then problem "$SERVER_NAME has no address: make an A record for it"; return; fi
  if grep --quiet --invert-match --line-regexp --regexp '[0-9.]*' --regexp ::1 <<<"$addresses"; then
    warn "$SERVER_NAME has an IPv6 address: who comes by it shares nginx' limits with all others who do. Take its AAAA record away"
  fi
  here=$(hostname --all-ip-addresses | tr ' ' '\n'; echo 127.0.0.1; echo ::1)
  grep --quiet --line-regexp --fixed-strings "$addresses" <<<"$here" \
    || warn "$SERVER_NAME leads to ${addresses//$'\n'/, }, which is not this machine: right behind a router or proxy"
}

check_ports() {
  local port holder
  if [ -n "$(compose ps --quiet nginx 2>/dev/null)" ]; then return; fi
  for port in "${HTTP_PORT:-80}" "${HTTPS_PORT:-443}"; do
    holder=$(ss --no-header --listening --tcp --numeric --processes "sport = :$port" | grep --only-matching 'users:.*' || true)
    [ -z "$holder" ] || problem "port $port is taken by ${holder#users:}"
  done
}

# Not the placeholder's days: the step "Certificate" makes one anew and then asks for the real one.
check_certificate() {
  local chain="$MEDRECORD_DATA/tls/fullchain.pem" end
  if [ ! -f "$chain" ]; then
    problem "there is no certificate in $MEDRECORD_DATA/tls (ops/certificates.sh, docs/operations/certificates.md)"
    return
  fi
  if [ "${CERTIFICATES:-letsencrypt}" = letsencrypt ] && is_placeholder "$chain"; then
    echo "    the certificate is a placeholder; Let's Encrypt is asked when nginx runs"
    return
  fi
  end=$(certificate_end "$chain")
  is_good_for_days 0 "$chain" || problem "the certificate expired on $end (runbook \"Certificate expired\")"
  is_good_for_days 14 "$chain" || warn "the certificate ends on $end"
  is_certificate_for "${SERVER_NAME:-}" "$chain" || problem "the certificate is not for ${SERVER_NAME:-}"
}
