# shellcheck shell=bash disable=SC2154 # The users come from ops/lib/folders.sh.
# Secrets, each made once with the length that it needs, readable by the one user that reads it.

made_secrets=''

make_secrets() {
  install --directory --mode 0700 "$SECRETS_DIR"
  new_secret postgres_password "$postgres_user" openssl rand -hex 32
  new_secret database_url "$server_user" database_url
  new_secret jwt_secret "$server_user" openssl rand -hex 32
  new_secret jwt_secret_previous "$server_user" true
  new_secret master_keys "$server_user" master_key
  new_secret receipt_key "$server_user" receipt_key
  new_secret metrics_token "$server_user" openssl rand -hex 32
  new_secret openai_api_key "$server_user" true
  new_secret backup_passphrase "$postgres_user" openssl rand -hex 32
  if [ -n "$made_secrets" ]; then
    warn "$SECRETS_DIR holds the keys of all recordings and backups: keep a copy of it away from this server (runbook \"Install\")"
  fi
}

# Never written over: a key that is lost is audio that is lost.
new_secret() {
  local file="$SECRETS_DIR/$1" owner=$2
  shift 2
  if [ ! -e "$file" ]; then
    "$@" >"$file.new"
    mv "$file.new" "$file"
    made_secrets=yes
  fi
  chown "$owner:$owner" "$file"
  chmod 0400 "$file"
}

database_url() {
  echo "postgres://${POSTGRES_USER:-medrecord}:$(cat "$SECRETS_DIR/postgres_password")@postgres:5432/${POSTGRES_DB:-medrecord}"
}

# Number and 256 bits; a higher number later is a rotation.
master_key() { echo "1 $(openssl rand -hex 32)"; }

# Ed25519, PKCS#8 in base64.
receipt_key() { openssl genpkey -algorithm ed25519 -outform DER | base64 --wrap 0; echo; }
