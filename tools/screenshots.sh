#!/usr/bin/env bash
# Takes the pictures of docs/console.md: every screen of the demo's organization, light, dark and at the width of a phone, into docs/console/.
#   tools/screenshots.sh [screen...]     only these, by the names in tests/e2e/support/screens.mjs
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
install_packages "$packages_build$packages_browser"
[ -n "${FLEETHOOK:-}" ] || build release fleethook
npm_ci tests/e2e
exec node tools/screenshots.mjs "$@"
