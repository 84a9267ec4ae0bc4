#!/bin/sh
# Brings MapLibre GL JS into static/maplibre: its build for a strict content
# security policy, as the registry has it, without the pointers to source maps.
set -eu
version=5.24.1
sum=b84d7fdf7fba5922fd3fff9a92733936c7a03b99165afc6c84f41c311bdbfa9d
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "maplibre-gl@$version" >/dev/null)
echo "$sum  $work/maplibre-gl-$version.tgz" | sha256sum --check --quiet
tar -xzf "$work/maplibre-gl-$version.tgz" -C "$work"
mkdir -p static/maplibre
for file in maplibre-gl-csp.js maplibre-gl-csp-worker.js; do
	sed '/^\/\/# sourceMappingURL=/d' "$work/package/dist/$file" >"static/maplibre/$file"
done
cp "$work/package/dist/LICENSE.txt" static/maplibre/maplibre-LICENSE.txt
