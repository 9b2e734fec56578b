#!/usr/bin/env bash
# What workstations are offered: `updates.sh VERSION URL BUNDLES OUT` writes OUT/latest.json and puts beside it the bundles
# that it names. BUNDLES holds what a release built, each with its signature (.sig); URL is where the release keeps them. The
# desktop (desktop/src/update.rs) fetches a bundle from beside the list that it read, wherever that is.
set -euo pipefail

version=$1 url=$2 bundles=$3 out=$4

die() {
  echo "$1" >&2
  exit 1
}

# As the desktop calls itself. What a package manager installs is not among them.
platform_of() {
  case "$1" in
    *_amd64.AppImage) echo linux-x86_64-appimage ;;
    *_aarch64.AppImage) echo linux-aarch64-appimage ;;
    *_x64_*.msi) echo windows-x86_64-msi ;;
    *_aarch64.app.tar.gz) echo darwin-aarch64-app ;;
    *_x86_64.app.tar.gz) echo darwin-x86_64-app ;;
    *.deb) ;;
    *) die "$1 is signed, and no workstation would know it: nothing was written. Name it in $0." ;;
  esac
}

list=$(jq --null-input --arg version "$version" '{version: $version, platforms: {}}')
shopt -s nullglob
for signature in "$bundles"/*.sig; do
  bundle=${signature%.sig}
  name=${bundle##*/}
  platform=$(platform_of "$name")
  [ -n "$platform" ] || continue
  # The signature says the version too, and a workstation refuses another than it was offered.
  [[ "$name" == *"_${version}_"* ]] || die "$name is not of version $version: nothing was written. Does the tag fit Cargo.toml?"
  list=$(jq --arg platform "$platform" --arg url "$url/$name" --rawfile signature "$signature" \
    '.platforms[$platform] = {url: $url, signature: ($signature | rtrimstr("\n"))}' <<<"$list")
done

if [ "$(jq '.platforms | length' <<<"$list")" = 0 ]; then
  echo "No bundle in $bundles is signed: no update is offered." >&2
  exit 0
fi
mkdir --parents "$out"
jq --raw-output '.platforms[].url' <<<"$list" | while read -r file; do
  [ "$bundles/${file##*/}" -ef "$out/${file##*/}" ] || cp "$bundles/${file##*/}" "$out/"
done
# Last: what it names is there.
printf '%s\n' "$list" >"$out/latest.json"
