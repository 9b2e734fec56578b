# shellcheck shell=bash
# What the scripts here use beside Docker; git is here already.

install_packages() {
  apt-get update -qq
  apt-get install -qq --yes --no-install-recommends \
    age ca-certificates certbot curl git iproute2 jq openssl restic rsync unattended-upgrades ufw >/dev/null
}
