# shellcheck shell=bash
# Security updates by themselves, and the restart that some need at night: workstations keep on recording meanwhile.

keep_updated() {
  cat >/etc/apt/apt.conf.d/60medrecord <<'END'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "03:30";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
END
  chmod 0644 /etc/apt/apt.conf.d/60medrecord
}
