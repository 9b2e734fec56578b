# shellcheck shell=bash disable=SC2154 # root and data come from ops/lib.sh.
# All of ops/systemd, with this checkout's path and data in it, and the rotation of the logs that nginx writes.

install_timers() {
  local file
  for file in ops/systemd/*; do
    sed "s|/opt/medrecord|$root|g" "$file" >"/etc/systemd/system/${file##*/}"
    chmod 0644 "/etc/systemd/system/${file##*/}"
  done
  sed "s|/opt/medrecord|$root|g; s|/var/lib/medrecord|$data|g" ops/logrotate/medrecord >/etc/logrotate.d/medrecord
  chmod 0644 /etc/logrotate.d/medrecord
  # In a container there may be none; the files are in place for when there is.
  if [ ! -d /run/systemd/system ]; then warn "systemd does not run here: the timers are not started"; return; fi
  systemctl daemon-reload
  for file in ops/systemd/*.timer; do systemctl enable --quiet --now "${file##*/}"; done
}
