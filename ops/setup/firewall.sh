# shellcheck shell=bash
# UFW: ssh, 80 and 443 and nothing else. Docker publishes ports past UFW's rules, so the same is said in the chain that
# Docker asks first: a port published by mistake stays closed.

begin='# medrecord: begin' end='# medrecord: end'

raise_firewall() {
  ufw default deny incoming >/dev/null
  ufw default allow outgoing >/dev/null
  local file port
  for port in $(ssh_ports); do ufw allow "$port/tcp" >/dev/null; done
  ufw allow "${HTTP_PORT:-80}/tcp" >/dev/null
  ufw allow "${HTTPS_PORT:-443}/tcp" >/dev/null
  ufw allow "${HTTPS_PORT:-443}/udp" >/dev/null
  for file in /etc/ufw/after.rules /etc/ufw/after6.rules; do
    sed --in-place "/^$begin/,/^$end/d" "$file"
    docker_rules >>"$file"
  done
  ufw --force enable >/dev/null
  ufw reload >/dev/null
}

# Those that the daemon is told to listen on and those that it does listen on, which are others where systemd listens in
# its place (Ubuntu 24.04's ssh.socket), and the one that this session came by, of which sudo says nothing: nobody must be
# shut out.
ssh_ports() {
  {
    sshd -T 2>/dev/null | awk '$1 == "port" { print $2 }'
    ss --no-header --listening --tcp --numeric --processes | ports_of_sshd
    if systemctl is-active --quiet ssh.socket 2>/dev/null; then
      systemctl show --property Listen ssh.socket | sed -n 's/^Listen=.*:\([0-9]*\) (Stream)$/\1/p'
    fi
    if [ -n "${SSH_CONNECTION:-}" ]; then echo "${SSH_CONNECTION##* }"; else echo 22; fi
  } | sort --unique
}

# What it forwards for a session ends at this machine and stays closed.
ports_of_sshd() {
  awk '/"sshd"/ && $4 !~ /^(127\.|\[::1\])/ { sub(/.*:/, "", $4); print $4 }'
}

# By the port that was asked for, not by the container's: translation has happened by then. The first line empties the
# chain, so a reload adds nothing twice. Containers may go out.
docker_rules() {
  cat <<END
$begin
*filter
:DOCKER-USER - [0:0]
-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A DOCKER-USER -i docker0 -j RETURN
-A DOCKER-USER -i br-+ -j RETURN
-A DOCKER-USER -p tcp -m conntrack --ctorigdstport ${HTTP_PORT:-80} --ctdir ORIGINAL -j RETURN
-A DOCKER-USER -p tcp -m conntrack --ctorigdstport ${HTTPS_PORT:-443} --ctdir ORIGINAL -j RETURN
-A DOCKER-USER -p udp -m conntrack --ctorigdstport ${HTTPS_PORT:-443} --ctdir ORIGINAL -j RETURN
-A DOCKER-USER -j DROP
COMMIT
$end
END
}
