# Images of a release: already here, pulled, or built. Their names are those of docker-compose.prod.yml.
# shellcheck shell=bash

own_services=(server nginx postgres)

image_of() {
  compose config --format json | jq --raw-output ".services.$1.image"
}

have_images() {
  local service
  for service in "${own_services[@]}"; do
    docker image inspect "$(image_of "$service" 2>/dev/null)" >/dev/null 2>&1 || return 1
  done
}

how_images_come() {
  if [ -n "${IMAGE_REGISTRY:-}" ]; then echo "pull images from $IMAGE_REGISTRY"; else echo "build images here"; fi
}

# IMAGE_REGISTRY (ghcr.io/OWNER): what the release workflow built. It is pulled by the release's name, and its statement of
# where it was built is not asked for here (`gh attestation verify` does): who may write to the registry is believed.
# Without IMAGE_REGISTRY this server builds.
make_images() {
  local service image
  if have_images; then echo "    here already"; return; fi
  if [ -z "${IMAGE_REGISTRY:-}" ]; then
    compose build "${own_services[@]}"
    return
  fi
  for service in "${own_services[@]}"; do
    image=$(image_of "$service")
    docker pull --quiet "$IMAGE_REGISTRY/${image##*/}"
    docker tag "$IMAGE_REGISTRY/${image##*/}" "$image"
  done
}

# The last three releases stay, so that a way back needs no network; what runs is kept by Docker itself. A release that was
# deployed again (a new secret, another setting) is still one.
last_releases() {
  tac releases/log | awk '$3 == "deployed" && !seen[$2]++ && ++count <= 3 { print $2 }'
}

forget_old_images() {
  local keep image service
  keep=$(last_releases)
  for service in "${own_services[@]}"; do
    image=$(image_of "$service")
    docker image ls --format '{{.Tag}}' "${image%:*}" | while read -r tag; do
      grep --quiet --line-regexp --fixed-strings "$tag" <<<"$keep" || docker rmi "${image%:*}:$tag" >/dev/null 2>&1 || true
    done
  done
}
