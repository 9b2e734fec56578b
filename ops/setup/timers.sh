# shellcheck shell=bash
# All of ops/systemd, with this checkout's path in it, and for how long nginx' logs are kept.

install_timers() {
  local file
  install --directory --mode 0755 /etc/systemd/system /etc/tmpfiles.d
  for file in ops/systemd/*; do
    sed "s|/opt/medrecord|$PWD|g" "$file" >"/etc/systemd/system/${file##*/}"
    chmod 0644 "/etc/systemd/system/${file##*/}"
  done
  sed "s|/var/lib/medrecord|$MEDRECORD_DATA|g" ops/tmpfiles/medrecord.conf >/etc/tmpfiles.d/medrecord.conf
  chmod 0644 /etc/tmpfiles.d/medrecord.conf
  # In a container there may be none; the files are in place for when there is.
  if [ ! -d /run/systemd/system ]; then warn "systemd does not run here: the timers are not started"; return; fi
  systemctl daemon-reload
  for file in ops/systemd/*.timer; do systemctl enable --quiet --now "${file##*/}"; done
}
