#!/usr/bin/env bash
# Runs the end-to-end tests of tests/e2e against build/release/fleethook. Called by ./check; also by hand:
#   tools/e2e.sh [file...]
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
root=$PWD

install_packages "$packages_browser"

if [ ! -x /usr/sbin/nginx ] && ! command -v nginx >/dev/null 2>&1; then install_packages 'nginx-light the proxy of docs/deploying.md'; fi

# Prometheus with its promtool: the package is unpacked, not installed, so that nothing starts.
if ! command -v promtool >/dev/null 2>&1 && [ ! -x build/tools/usr/bin/promtool ]; then
  mkdir -p build/tools
  (cd build/tools && apt-get download -qq prometheus >/dev/null 2>&1 && dpkg-deb -x prometheus_*.deb . && rm -f prometheus_*.deb) || true
fi
PROMTOOL=$(command -v promtool || echo "$root/build/tools/usr/bin/promtool")
if [ ! -x "$PROMTOOL" ]; then echo "promtool could not be fetched" >&2; exit 1; fi

for folder in tests/mustache tests/e2e; do npm_ci "$folder"; done

cd tests/e2e
shopt -s nullglob
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(*.test.mjs {security,delivery,operation}/*.test.mjs)
PROMTOOL="$PROMTOOL" FLEETHOOK="${FLEETHOOK:-$root/build/release/fleethook}" node --test --test-reporter=tap "${files[@]}"
