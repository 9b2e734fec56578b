# shellcheck shell=bash
# Where the data lives, each folder of the user that writes it. Contents are left alone. Docker starts no container whose
# folders are not there (create_host_path in docker-compose.prod.yml), so whoever begins one in an empty place makes them
# first. Sourced.

# The users inside the images.
server_user=10001 nginx_user=10002 postgres_user=999

make_folders() {
  install --directory --mode 0755 "$MEDRECORD_DATA" "$MEDRECORD_DATA/logs" "$MEDRECORD_DATA/backups" "$MEDRECORD_DATA/status"
  install --directory --mode 0700 --owner "$server_user" --group "$server_user" "$MEDRECORD_DATA/uploads" "$MEDRECORD_DATA/keys"
  install --directory --mode 0700 --owner "$postgres_user" --group "$postgres_user" \
    "$MEDRECORD_DATA/postgres" "$MEDRECORD_DATA/backups/pgbackrest" "$MEDRECORD_DATA/logs/postgres"
  install --directory --mode 0755 --owner "$nginx_user" --group "$nginx_user" "$MEDRECORD_DATA/logs/nginx"
  install --directory --mode 0755 "$MEDRECORD_DATA/tls" "$MEDRECORD_DATA/acme"
}
