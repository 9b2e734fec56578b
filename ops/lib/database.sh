# shellcheck shell=bash
# The database: asking it, its witness, its repository, restoring it. Sourced after settings.sh.

# Runs a program in PostgreSQL's container: in the running one, or in one of its own while there is none.
in_postgres() {
  if [ -n "$(compose ps --quiet --status running postgres 2>/dev/null)" ]; then
    compose exec -T postgres "$@"
  else
    once postgres "$@"
  fi
}

# SQL from standard input; a line a row, columns apart by a tab.
sql() {
  # shellcheck disable=SC2016 # Filled in inside.
  compose exec -T postgres sh -c 'exec psql --no-psqlrc --quiet --tuples-only --no-align --field-separator="	" \
    --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB"'
}

# Rows and a digest of each table, the same for the same rows in any order. Holds no patient's text.
COUNT_TABLES="
select format('select %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from %I t', tablename, tablename)
  from pg_tables where schemaname = 'public' order by tablename \\gexec"

# Names a point of the WAL, and counts what the tables hold at that very point: while it is named, for milliseconds,
# nobody writes; the counting goes on afterwards, in the snapshot of that moment.
witness() { # NAME
  sql <<SQL
select coalesce(string_agg(format('%I', tablename), ', '), 'pg_class') as tables,
       case when count(*) = 0 then 'access share' else 'share' end as mode
  from pg_tables where schemaname = 'public' \gset
begin isolation level repeatable read;
set local lock_timeout = '5s';
savepoint quiet;
lock table :tables in :mode mode;
select 'restore_point', '$1', pg_create_restore_point('$1');
rollback to quiet;
$COUNT_TABLES
commit;
SQL
}

count_tables() { sql <<<"$COUNT_TABLES"; }

# Whether every file of the repository is what was written, and no WAL is missing between two that are there. pgBackRest
# reports damage, but exits with 0, and does not see a gap; PostgreSQL would take either for the end of the WAL.
verify_repository() {
  local report file line previous='' number
  report=$(in_postgres pgbackrest verify --output=text --log-level-console=off) \
    || fail "the repository cannot be read: another passphrase (backup_passphrase), or it is damaged"
  if [ -n "$report" ]; then printf '%s\n' "$report" >&2; return 1; fi
  while IFS= read -r file; do
    line="${file:0:8}" number=$((16#${file:8:8} * 256 + 16#${file:16:8}))
    if [ "$line" = "${previous%% *}" ] && [ "$number" -ne $((${previous##* } + 1)) ]; then
      say "WAL is missing before $file" >&2
      return 1
    fi
    previous="$line $number"
  done < <(find "$BACKUPS/pgbackrest/archive" -type f -name '*-*' -printf '%f\n' | grep -E '^[0-9A-F]{24}-' | cut -c1-24 | sort -u)
  [ -n "$(database_backups)" ] || { say "the repository holds no backup of the database" >&2; return 1; }
}

# Restores into PostgreSQL's folder and waits until it takes writes. Arguments: those of pgbackrest restore. Returns 2 when
# nothing was committed between the wanted time and the end of the WAL, 3 when the backup is of a history that was given up
# (a restore to a time before it).
restore_cluster() {
  local waited before reason
  once postgres pgbackrest restore --delta --log-level-console=error "$@" \
    || fail "pgBackRest did not restore the database (its reason is above)"
  before=$(failed_starts)
  compose up --detach --no-deps postgres >/dev/null 2>&1 || fail "PostgreSQL's container does not start"
  for ((waited = 0; waited < ${RESTORE_WAIT_SECONDS:-86400}; waited++)); do
    [ "$(sql <<<"select pg_is_in_recovery()" 2>/dev/null)" != f ] || return 0
    if [ "$(failed_starts)" != "$before" ]; then
      reason=$(fatal_reason)
      compose down >/dev/null 2>&1
      case "$reason" in
        *'recovery ended before configured recovery target'*) return 2 ;;
        *"is not a child of this server's history"*) return 3 ;;
        *) fail "PostgreSQL does not start on what was restored: $reason" ;;
      esac
    fi
    sleep 1
  done
  fail "PostgreSQL is not ready after $waited seconds: see $MEDRECORD_DATA/logs/postgres"
}

failed_starts() {
  cat "$MEDRECORD_DATA"/logs/postgres/* 2>/dev/null | grep --count 'due to startup process failure' || true
}

fatal_reason() {
  find "$MEDRECORD_DATA/logs/postgres" -type f -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2- \
    | xargs -d '\n' grep --no-filename FATAL | grep -v 'is starting up' | tail -1
}

# `SECONDS-SINCE-1970 NAME` of the backups in the repository, newest first.
database_backups() {
  in_postgres pgbackrest info --output=json | jq -r '.[0].backup[]? | "\(.timestamp.stop) \(.label)"' | sort -rn
}

# Gives the database's own user the password that the server has: it may have been another one at that time.
set_password() {
  local password
  password=$(cat "$SECRETS_DIR/postgres_password")
  sql <<<"alter role current_user password '${password//\'/\'\'}'"
}
