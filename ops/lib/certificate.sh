# shellcheck shell=bash
# What a certificate is: for a name, good for some days more, only a placeholder. Sourced.

is_address() { [[ $1 =~ ^[0-9.]+$ || $1 == *:* ]]; }

# openssl says with words, and calls a match what is no address at all: so it is asked for the one that it is.
is_certificate_for() { # NAME FILE
  local how=-checkhost
  if is_address "$1"; then how=-checkip; fi
  openssl x509 -in "$2" -noout "$how" "$1" | grep --quiet 'does match'
}

is_good_for_days() { # DAYS FILE
  openssl x509 -in "$2" -noout -checkend $(($1 * 86400)) >/dev/null
}

# What nginx shows until the first one of Let's Encrypt is there.
is_placeholder() { # FILE
  openssl x509 -in "$1" -noout -subject | grep --quiet 'CN *= *placeholder'
}

certificate_end() { # FILE
  openssl x509 -in "$1" -noout -enddate | cut --delimiter = --fields 2
}
