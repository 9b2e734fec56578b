# shellcheck shell=bash
# In the place of ops/setup/docker.sh while ops/tests/deploy.sh runs: podman with Docker's interface, Docker's own
# command line and Compose. /outer holds the machine's images and both programs, read-only: no registry is needed.

install_docker() {
  if docker version >/dev/null 2>&1; then echo "    is here"; return; fi
  apt-get install -qq --yes --no-install-recommends podman runc netavark aardvark-dns iptables procps >/dev/null
  : >/etc/containers/hosts # Or containers would take the host's own names for theirs.
  cat >/etc/containers/containers.conf <<'END'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
base_hosts_file = "/etc/containers/hosts"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
END
  cat >/etc/containers/storage.conf <<'END'
[storage]
driver = "overlay"
graphroot = "/var/lib/containers/storage"
runroot = "/run/containers/storage"
[storage.options]
additionalimagestores = ["/outer/storage"]
END
  install /outer/docker /usr/local/bin/docker
  install -D /outer/docker-compose /usr/local/lib/docker/cli-plugins/docker-compose
  # Docker opens these ways past UFW; podman's name server, internal networks and published ports stand behind it.
  ufw allow in on podman+ to any port 53 >/dev/null
  ufw route allow in on podman+ out on podman+ >/dev/null
  ufw route allow in on eth0 out on podman+ to any port 8443 >/dev/null
  setsid podman system service --time=0 unix:///var/run/docker.sock >/var/log/podman.log 2>&1 </dev/null &
  for _ in {1..50}; do
    if docker version >/dev/null 2>&1; then break; fi
    sleep 0.2
  done
  setsid bash -c "$(declare -f run_health_checks); run_health_checks" >/dev/null 2>&1 </dev/null &
}

# podman leaves health checks to systemd's timers, and there is no systemd here.
run_health_checks() {
  declare -A job
  while sleep 2; do
    for id in $(podman ps --quiet --no-trunc); do
      if [ -n "${job[$id]:-}" ] && kill -0 "${job[$id]}" 2>/dev/null; then continue; fi
      timeout 20 podman healthcheck run "$id" &
      job[$id]=$!
    done
  done
}
