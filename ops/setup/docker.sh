# shellcheck shell=bash
# Docker and Compose. Who has another engine or an offline mirror replaces this one function; ops/tests/deploy.sh does.

install_docker() {
  if docker compose version >/dev/null 2>&1; then echo "    is here"; return; fi
  # shellcheck source=/dev/null
  . /etc/os-release
  case $ID in
    # Ubuntu's own packages are new enough and get its security updates.
    ubuntu) apt-get install -qq --yes --no-install-recommends docker.io docker-compose-v2 docker-buildx >/dev/null ;;
    debian) install_from_docker "$VERSION_CODENAME" ;;
    *) fail "$PRETTY_NAME is not known here. Install Docker 24 and Compose v2.20 or newer, then run this again." ;;
  esac
  calm_docker
}

# Debian 12 has no Compose v2 of its own.
install_from_docker() {
  local key=/etc/apt/keyrings/docker.asc
  install --directory --mode 0755 /etc/apt/keyrings
  curl --silent --show-error --fail --location --output "$key" https://download.docker.com/linux/debian/gpg
  chmod 0644 "$key"
  echo "deb [signed-by=$key] https://download.docker.com/linux/debian $1 stable" >/etc/apt/sources.list.d/docker.list
  apt-get update -qq
  apt-get install -qq --yes --no-install-recommends docker-ce docker-ce-cli containerd.io docker-buildx-plugin \
    docker-compose-plugin >/dev/null
}

# An update of Docker does not stop what runs, and no log grows for ever.
calm_docker() {
  if [ -f /etc/docker/daemon.json ]; then return; fi
  mkdir -p /etc/docker
  cat >/etc/docker/daemon.json <<'END'
{
  "live-restore": true,
  "log-driver": "json-file",
  "log-opts": { "max-size": "10m", "max-file": "5" }
}
END
  systemctl restart docker
}
