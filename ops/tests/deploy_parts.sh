# What ops/tests/deploy.sh and ops/tests/runbooks.sh are made of.
# shellcheck shell=bash disable=SC2154,SC2034,SC2029 # work, root, host … come from there and go there.

# shellcheck source=ops/tests/deploy_load.sh
. "$root/ops/tests/deploy_load.sh"
images=${RELEASE:-compose-test}
unset RELEASE # deploy.sh is to find its own.
programs=${PROGRAMS:-$root/target/debug}
work=$(mktemp --directory)
host="medrecord-$(basename "$0" .sh)-$$"
port=${SSH_PORT:-2222}
# nginx' name inside: the round trip asks for it from a container, as the host does from outside.
name=nginx
target=root@127.0.0.1
ssh_options=(-p "$port" -i "$work/key" -o "UserKnownHostsFile=$work/known_hosts" -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR)

step() { printf '\n=== %s (%s)\n' "$*" "$(date +%T)"; }
bad() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
expect() {
  local what=$1
  shift
  if "$@"; then echo "  ok: $what"; else bad "$what"; fi
}

deploy() { (cd "$work/repository" && DEPLOY_SSH="ssh ${ssh_options[*]}" ./deploy.sh "$@"); }
on_host() { ssh "${ssh_options[@]}" "$target" "$@"; }

# Five releases. nginx is the same in all of them but the last, PostgreSQL in all.
make_images() {
  local context="$work/image" release broken
  mkdir -p "$context"
  cp "$root/ops/tests/host/medrecord-server" "$root/fixtures/import/note.flac" "$context"
  strip -o "$context/medrecord-recorder" "$programs/medrecord-recorder"
  podman build --quiet --pull=never --network=host --build-arg "SERVER_IMAGE=medrecord-server:$images" \
    --tag medrecord-test-release --file "$root/ops/tests/host/release.Dockerfile" "$context" >/dev/null
  while read -r release broken; do
    printf 'FROM medrecord-test-release\nENV BROKEN=%s RELEASE_NAME=%s\n' "$broken" "$release" \
      | podman build --quiet --pull=never --tag "medrecord-server:$release" - >/dev/null
    for image in nginx postgres; do podman tag "medrecord-$image:$images" "medrecord-$image:$release"; done
  done <<<$'v0.0.1 no\nv0.0.2 no\nv0.0.3 start\nv0.0.4 idle\nv0.0.5 no'
  printf 'FROM medrecord-nginx:%s\nENV RELEASE_NAME=v0.0.5\n' "$images" \
    | podman build --quiet --pull=never --tag medrecord-nginx:v0.0.5 - >/dev/null
  podman build --quiet --pull=never --network=host --tag medrecord-test-host "$root/ops/tests/host" >/dev/null
}

# A clone with a commit and a tag for each. Its settings are those of a host that is a container.
make_repository() {
  local release
  git clone --quiet "$root" "$work/repository"
  (
    cd "$work/repository" || exit
    git config user.name test && git config user.email test@example.org
    git tag | xargs --no-run-if-empty git tag --delete >/dev/null
    cp ops/tests/host/docker.sh ops/setup/docker.sh
    sed --in-place "s/^RECOVERY_PUBLIC_KEY=.*/RECOVERY_PUBLIC_KEY=$("$programs/medrecord-server" recovery-key new "$work/recovery.key")/" \
      .env.example
    printf '%s\n' HTTP_PORT=8080 HTTPS_PORT=8443 DOCKER_AT_LEAST=4 >>.env.example
    git commit --quiet --all --message "Settings of the test's host"
    for release in v0.0.1 v0.0.2 v0.0.3 v0.0.4 v0.0.5; do
      # A file of nginx' image that the checkout on the server has to write.
      echo "# $release" >>nginx/nginx.conf
      git commit --quiet --all --message "$release"
      git tag --annotate --message "$release" "$release"
    done
  )
}

start_host() {
  local graph
  graph=$(podman info --format '{{.Store.GraphRoot}}')
  ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  mkdir "$work/storage"
  podman run --detach --name "$host" --hostname clinic --privileged --cgroupns host --tmpfs /run --tmpfs /tmp \
    --volume /sys/fs/cgroup:/sys/fs/cgroup --volume "$work/storage:/var/lib/containers" \
    --volume "$graph:/outer/storage:ro" --volume "$(command -v docker):/outer/docker:ro" \
    --volume "$DOCKER_CONFIG/cli-plugins/docker-compose:/outer/docker-compose:ro" \
    --publish "127.0.0.1:$port:22" --publish 127.0.0.1:8443:8443 --add-host "$name:127.0.0.1" medrecord-test-host >/dev/null
  podman exec --interactive "$host" bash -c 'cat >/root/.ssh/authorized_keys' <"$work/key.pub"
  for _ in {1..50}; do
    if on_host true 2>/dev/null; then return; fi
    sleep 0.2
  done
  bad "the host's ssh does not answer"
}

clean_up() {
  local status=$?
  end_load || true
  if [ $status -ne 0 ] && [ -n "${KEEP:-}" ]; then echo "kept: container $host, $work" >&2; return; fi
  podman exec "$host" bash -c 'docker ps --all --quiet | xargs --no-run-if-empty docker rm --force' >/dev/null 2>&1 || true
  podman rm --force "$host" >/dev/null 2>&1 || true
  rm -rf "$work"
}

# What is run once beside them (a round trip) is none of them.
services() { on_host "docker ps --filter label=com.docker.compose.oneoff=False --format '{{.Image}} {{.Label \"com.docker.compose.service\"}}'"; }
containers() { services | grep --count " $1\$"; }
secrets_there() { on_host 'sha256sum /opt/medrecord/secrets/*'; }
# What runs, and what is checked out.
state() {
  on_host 'docker ps --all --quiet --filter label=com.docker.compose.oneoff=False | sort'
  on_host 'cd /opt/medrecord && git rev-parse HEAD && cat .env'
}

all_of() {
  [ "$(services | sed 's|.*/||' | grep -E ' (server|worker)$' | sort)" \
    = $'medrecord-server:'"$1"$' server\nmedrecord-server:'"$1 worker" ]
}
healthy() {
  on_host cat /var/lib/medrecord/tls/ca.pem >"$work/ca.pem"
  curl --silent --show-error --fail --max-time 10 --resolve "$name:8443:127.0.0.1" --cacert "$work/ca.pem" \
    "https://$name:8443/health" >/dev/null
}
with_parts() { on_host "cd /opt/medrecord && . ops/lib/settings.sh && . ops/deploy/verify.sh && $*"; }
round_trip() { with_parts round_trip; }
send_a_recording() {
  with_parts once "$@" --volume /var/lib/medrecord/tls/ca.pem:/run/ca.pem:ro --env SSL_CERT_FILE=/run/ca.pem server send
}
verify() { with_parts once server audit verify; }

trap clean_up EXIT
