# shellcheck shell=bash
# Whether a certificate is for a name. Sourced.

is_address() { [[ $1 =~ ^[0-9.]+$ || $1 == *:* ]]; }

# openssl says with words, and calls a match what is no address at all: so it is asked for the one that it is.
is_certificate_for() { # NAME FILE
  local how=-checkhost
  if is_address "$1"; then how=-checkip; fi
  openssl x509 -in "$2" -noout "$how" "$1" | grep --quiet 'does match'
}
