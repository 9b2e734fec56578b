# Replaces what runs. RELEASE says by what: the same functions go forward and back.
# shellcheck shell=bash

# Longer than the server's and the worker's own patience (docker-compose.prod.yml, stop_grace_period).
stop_seconds=45
# nginx asks for the server's addresses anew after 2 s (nginx/entrypoint.sh).
addresses_known_seconds=4

# A service's containers, also those that ended, but none that someone runs once beside them (`docker compose run`).
containers_of() {
  local project
  project=$(compose config --format json | jq --raw-output .name)
  docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | sort
}

# New ones beside the old ones; when they are healthy, the old ones are told to stop: they answer what they have in
# hand and give jobs back. When the new ones do not become healthy they go, and the old ones never knew.
switch() {
  local service=$1 before after new_ones count
  compose rm --force "$service" >/dev/null 2>&1 # Those that had ended already.
  mapfile -t before < <(containers_of "$service")
  count=${#before[@]}
  [ "$count" -gt 0 ] || count=1
  compose up --detach --no-deps --no-recreate --no-build --pull never \
    --scale "$service=$((${#before[@]} + count))" "$service"
  mapfile -t after < <(containers_of "$service")
  mapfile -t new_ones < <(comm -13 <(printf '%s\n' "${before[@]}") <(printf '%s\n' "${after[@]}"))
  if [ ${#new_ones[@]} -lt "$count" ] || ! wait_healthy "${new_ones[@]}"; then
    for id in "${new_ones[@]}"; do docker logs --tail 5 "$id" 2>&1 | cut --characters 1-200 | sed 's/^/    /'; done
    docker rm --force "${new_ones[@]}" >/dev/null
    echo "the new $service did not become healthy; it was removed, and the old one was not touched" >&2
    return 1
  fi
  if [ ${#before[@]} -gt 0 ]; then
    sleep "$addresses_known_seconds"
    replaced+=("$service")
    # The new ones do the work by now: an old one that will not go is removed all the same.
    docker stop --time "$stop_seconds" "${before[@]}" >/dev/null || warn "an old $service did not stop in time"
    docker rm --force "${before[@]}" >/dev/null
  else
    replaced+=("$service")
  fi
}

# nginx holds the ports and PostgreSQL its files, so there cannot be two: seconds without an answer (nginx' own patience,
# stop_grace_period in docker-compose.prod.yml, and a start), which workstations bridge. That is why they are left alone
# unless their image or their settings are others than those that run.
replace_if_changed() {
  local service=$1 wanted running
  wanted=$(fingerprint "$service")
  running=$(compose ps --quiet "$service")
  if [ -n "$running" ] && [ "$wanted" = "$(cat "releases/$service.running" 2>/dev/null)" ]; then
    echo "    unchanged"
    return
  fi
  if [ "$service" = postgres ]; then same_major; fi
  rm -f "releases/$service.running"
  replaced+=("$service")
  compose up --detach --no-deps --no-build --pull never --force-recreate "$service"
  mapfile -t running < <(containers_of "$service")
  wait_healthy "${running[@]}"
  printf '%s\n' "$wanted" >"releases/$service.running"
}

# The image by its content and the settings as Compose reads them; the release's name alone is no change.
fingerprint() {
  {
    docker image inspect --format '{{.Id}}' "$(image_of "$1")"
    RELEASE=any compose config --hash "$1"
  } | sha256sum | cut --delimiter ' ' --fields 1
}

# A cluster of one major version is not read by the next: that is a dump and a restore, not a deployment.
same_major() {
  local cluster="$MEDRECORD_DATA/postgres/PG_VERSION" image
  if [ ! -f "$cluster" ]; then return; fi
  image=$(docker run --rm --network none --entrypoint postgres "$(image_of postgres)" --version) || true
  [[ $image == *" $(cat "$cluster")."* ]] \
    || fail "The data is of PostgreSQL $(cat "$cluster"), the new image is $image. Nothing was changed." \
      "Back up with the old release and restore with the new one: docs/operations/runbooks.md."
}

wait_healthy() {
  local id state deadline=$((SECONDS + ${HEALTHY_SECONDS:-120}))
  for id in "$@"; do
    while :; do
      state=$(docker inspect \
        --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}, started {{.RestartCount}} times anew' "$id")
      case $state in
        'running healthy'*) break ;;
        exited* | dead* | *unhealthy* | *'started '[3-9]*) echo "$id is $state" >&2; return 1 ;;
      esac
      if [ $SECONDS -ge $deadline ]; then echo "$id is $state after ${HEALTHY_SECONDS:-120} s" >&2; return 1; fi
      sleep 1
    done
  done
}
