# From a developer's machine: the commit goes to the server over ssh, and deploy.sh runs there.
# The server needs no access to a repository. It finishes by itself when the line is lost.
# shellcheck shell=bash

app=/opt/medrecord

# What comes on stdin, run there as root.
there() {
  # shellcheck disable=SC2086,SC2029 # DEPLOY_SSH is a command with options; $as_root is meant to be filled in here.
  $ssh "$host" "$as_root bash -euo pipefail -s"
}

deploy_there() {
  host=$1
  local ref=$2 setup=$3 commit
  shift 3
  commit=$(git rev-parse --verify --quiet "$ref^{commit}") || { echo "there is no commit $ref here" >&2; exit 1; }
  [ -z "$(git status --porcelain)" ] || echo "note: what is not committed is not deployed" >&2
  connect
  if [ -n "$setup" ]; then bare; fi
  push "$commit"
  if [ -n "$setup" ]; then
    there <<<"cd $app; umask 022; git checkout --quiet --detach $commit; ops/setup-server.sh $setup"
  fi
  there <<<"cd $app; exec ./deploy.sh --here $* $commit"
}

# One connection for all that follows.
connect() {
  local folder
  folder=$(mktemp --directory)
  # shellcheck disable=SC2064 # The folder's name is meant to be filled in here.
  trap "rm -rf '$folder'" EXIT
  ssh="${DEPLOY_SSH:-ssh} -o ControlMaster=auto -o ControlPath=$folder/%C -o ControlPersist=60"
  # shellcheck disable=SC2086
  if [ "$($ssh "$host" id -u)" = 0 ]; then as_root=; else as_root='sudo -n'; fi
}

# A fresh server has no git yet.
bare() {
  there <<REMOTE
command -v git >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends git >/dev/null; }
mkdir -p $app
git -C $app rev-parse --git-dir >/dev/null 2>&1 || git init --quiet $app
REMOTE
}

push() {
  there <<<"git -C $app rev-parse --git-dir >/dev/null 2>&1" || {
    echo "$host has no $app: prepare it with ./deploy.sh --setup NAME $host" >&2
    exit 1
  }
  # Annotated tags go along: they name the releases.
  GIT_SSH_COMMAND=$ssh git push --quiet --force --follow-tags --receive-pack="$as_root git-receive-pack" \
    "ssh://$host$app" "$1:refs/deploy/pushed"
}
