# shellcheck shell=bash disable=SC2154 # data comes from ops/lib.sh.
# Where the data lives, each folder of the user that writes it (docker-compose.prod.yml). Contents are left alone.

# The users inside the images.
server_user=10001 nginx_user=10002 postgres_user=999

make_folders() {
  install --directory --mode 0755 "$data" "$data/logs" "$data/backups"
  install --directory --mode 0700 --owner "$server_user" --group "$server_user" "$data/uploads" "$data/keys"
  install --directory --mode 0700 --owner "$postgres_user" --group "$postgres_user" \
    "$data/postgres" "$data/backups/pgbackrest" "$data/logs/postgres"
  install --directory --mode 0755 --owner "$nginx_user" --group "$nginx_user" "$data/logs/nginx"
  install --directory --mode 0755 "$data/tls" "$data/acme"
}
