# On the server: the steps of a deployment, in their order, and the way back.
# shellcheck shell=bash

current='before the first step' new='' old='' came_from='' tee='' failed='' replaced=()

deploy_here() {
  local ref=$1 dry_run='' backup=yes
  shift
  for option in "$@"; do
    case $option in
      --dry-run) dry_run=yes ;;
      --without-backup) backup=no ;;
    esac
  done
  mkdir -p releases
  alone
  check_out "$ref" "$@"
  old=$(sed -n 's/^RELEASE=//p' .env 2>/dev/null || true)
  new=$(git describe --tags --always --abbrev=12 | tr -c 'A-Za-z0-9_.\n-' -)
  export RELEASE=$new
  trap finish EXIT
  # A line that is lost stops nothing: what is said goes on in the file.
  trap '' HUP
  exec > >(exec tee --append --output-error=warn-nopipe "releases/$new.log") 2>&1
  tee=$!

  step "Check this server" check_host
  if [ -n "$dry_run" ]; then plan "$backup"; return; fi
  step "Back up" back_up "$backup"
  step "Images of $new" make_images
  step "Configuration, read by the new release" check_configuration
  step "PostgreSQL" replace_if_changed postgres
  step "Migrate: the release before keeps working on the new schema" migrate
  step "Switch the server" switch server
  step "Switch the worker" switch worker
  step "nginx" replace_if_changed nginx
  step "Certificate" ensure_certificate
  step "Health, from outside" check_health
  step "Round trip of a recording" round_trip
  step "Done" record
}

step() {
  current=$1
  say "==> $current"
  shift
  "$@"
}

previous_in_words() {
  if [ -n "$old" ]; then echo "$old"; else echo "nothing before it"; fi
}

# The commit that is to be deployed is checked out, and its own deploy.sh goes on.
check_out() {
  local ref=$1 commit
  shift
  came_from=${DEPLOY_FROM:-$(git rev-parse HEAD)}
  if [ -z "$ref" ]; then return; fi
  bring_up_to_date "$ref"
  commit=$(git rev-parse --verify --quiet "origin/$ref^{commit}" || git rev-parse --verify --quiet "$ref^{commit}") \
    || fail "There is no commit $ref here. Nothing was changed."
  lay_out "$commit" || fail "Nothing was changed. Put aside what was edited in $PWD, then try again."
  DEPLOY_FROM=$came_from exec ./deploy.sh --here "$@"
}

# A branch is another commit every day. What a whole commit id names is always the same, so one that is here (deploy.sh
# over ssh brought it) needs nobody's answer.
bring_up_to_date() {
  if ! git remote get-url origin >/dev/null 2>&1; then return; fi
  if [[ $1 =~ ^[0-9a-f]{40}$ ]] && git cat-file -e "$1^{commit}" 2>/dev/null; then return; fi
  # A tag that was moved is what it is now; without --force the old one stays, and the fetch ends with 1.
  git fetch --quiet --tags --force origin \
    || warn "origin could not be read (above): $1 is what it was when it was last read"
}

# As anybody may read it: images copy files with their modes, and what is in an image is not root's to read alone.
lay_out() {
  (
    umask 022
    git checkout --quiet --detach "$1"
  )
}

alone() {
  exec 9>releases/lock
  flock --nonblock 9 || fail "Another deployment runs on this server. Nothing was changed. Wait for it: releases/*.log"
}

plan() {
  say "It would bring $new in the place of $(previous_in_words):"
  if [ "$1" = yes ]; then echo "    back up"; fi
  if have_images; then echo "    use the images of $new that are here"; else echo "    $(how_images_come)"; fi
  echo "    migrate, then put new server and worker beside the old ones and stop the old ones when they are healthy"
  echo "    nginx and PostgreSQL: replaced only if their image or settings changed"
  say "==> Nothing was changed."
}

back_up() {
  if [ "$1" = no ]; then warn "no backup, as asked"; return; fi
  if [ -z "$(compose ps --quiet postgres)" ]; then echo "    nothing runs yet: nothing to back up"; return; fi
  ops/backup.sh
}

migrate() {
  once migrate
}

record() {
  git update-ref "refs/releases/$new" HEAD
  # The file is replaced as a whole: a power cut leaves the one or the other.
  { grep --invert-match '^RELEASE=' .env; echo "RELEASE=$new"; } >.env.new
  chmod 0600 .env.new
  mv .env.new .env
  note_down "deployed"
  forget_old_images
  say "==> $new runs."
}

note_down() {
  printf '%s %s %s\n' "$(date --utc --iso-8601=seconds)" "$new" "$1" >>releases/log
}

# Every way out passes here: with a fault, what ran before runs again.
finish() {
  local status=$?
  trap - EXIT
  set +e
  if [ $status -ne 0 ]; then
    say "==> Failed: $current"
    if [ ${#replaced[@]} -gt 0 ] && [ -n "$old" ]; then roll_back; else untouched; fi
  fi
  # Not deployed (or a dry run): the checkout is again what it was.
  if [ "$current" != Done ]; then lay_out "$came_from"; fi
  exec >&- 2>&-
  wait "$tee"
  exit $status
}

untouched() {
  if [ -n "$old" ]; then
    echo "$old runs as before: nothing of it was stopped. What is wrong stands above and in releases/$new.log."
  else
    echo "Nothing ran before, so there is nothing to go back to. See docker compose logs and releases/$new.log," \
      "put it right, and run this again."
  fi
  note_down "failed: $current"
}

roll_back() {
  local service
  say "==> Roll back to $old"
  export RELEASE=$old
  lay_out "refs/releases/$old" || failed=yes
  for service in "${replaced[@]}"; do
    case $service in
      nginx | postgres) undo replace_if_changed "$service" ;;
      *) undo switch "$service" ;;
    esac
  done
  undo check_health
  came_from=$(git rev-parse HEAD)
  if [ -z "$failed" ]; then
    note_down "rolled back to $old: $current"
    say "$old runs again. Recordings are safe: workstations keep what was not answered. See releases/$new.log."
  else
    note_down "not rolled back to $old: $current"
    say "$old could not be brought back whole. Recordings are safe: workstations keep what was not answered." \
      "Next: docker compose ps; docker compose logs; docs/operations/runbooks.md, \"A release does not work\"."
  fi
}

# In a shell of its own that stops at its first fault; one that fails must not keep the others from going back.
undo() {
  (
    set -e
    "$@"
  )
  # shellcheck disable=SC2181 # `if ( … )` would take the `set -e` out of force.
  if [ $? -ne 0 ]; then failed=yes; fi
}
