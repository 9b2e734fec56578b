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
  local report file line previous='' number at
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
  at=$(in_postgres pgbackrest info --output=json | jq -r '[.[0].backup[]?.timestamp.stop] | min // empty')
  [ -n "$at" ] || { say "the repository holds no backup of the database" >&2; return 1; }
  export OLDEST_BACKUP="$at"
}

# Restores into an empty folder and waits until PostgreSQL takes writes. Arguments: those of pgbackrest restore.
restore_cluster() {
  install --directory --mode 0700 --owner 999 --group 999 "$MEDRECORD_DATA/postgres"
  install --directory --mode 0750 --owner 999 --group 999 "$MEDRECORD_DATA/logs/postgres"
  once postgres pgbackrest restore --log-level-console=warn "$@" \
    || fail "pgBackRest did not restore the database (its reason is above)"
  local before
  before=$(ended_before_target)
  compose up --detach --no-deps postgres >/dev/null 2>&1 || fail "PostgreSQL's container does not start"
  local waited
  for ((waited = 0; waited < ${RESTORE_WAIT_SECONDS:-3600}; waited++)); do
    [ "$(sql <<<"select pg_is_in_recovery()" 2>/dev/null)" != f ] || return 0
    if [ "$(ended_before_target)" != "$before" ]; then return 2; fi
    sleep 1
  done
  fail "PostgreSQL is not ready after $waited seconds: see $MEDRECORD_DATA/logs/postgres"
}

# How often the log says that nothing was committed between a wanted time and the end of the WAL.
ended_before_target() {
  cat "$MEDRECORD_DATA"/logs/postgres/* 2>/dev/null \
    | grep --count 'recovery ended before configured recovery target was reached' || true
}
