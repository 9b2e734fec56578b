#!/usr/bin/env bash
# The base images of our Dockerfiles with the digests that their tags have today, one `NAME=image:tag@sha256:…` a line,
# as `docker build --build-arg` takes them. The release workflow writes them into the images and beside the release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

sed --silent --regexp-extended 's/^ARG ([A-Z0-9_]+)=([a-z0-9._\/-]+:[A-Za-z0-9._-]+)$/\1=\2/p' \
  server/Dockerfile nginx/Dockerfile ops/postgres/Dockerfile | sort --unique \
  | while IFS='=' read -r name image; do
    digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
    printf '%s=%s@%s\n' "$name" "$image" "$digest"
  done
