#!/usr/bin/env bash
# The web console of console/, made ready for the binary. Called by cmake/Console.cmake and by tests:
#   tools/console.sh install        installs its packages when the lock file changed
#   tools/console.sh embed TABLE    builds and compresses it when a source changed, and writes it as C++ to TABLE
# What is built is in build/console, once for all presets; whoever comes second waits and finds it.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. tools/packages.sh
built=$root/build/console

mkdir -p "$built"
exec 9>"$built/lock"
flock 9

# One line for all that the result depends on.
inputs() {
  { find console -path console/node_modules -prune -o -path console/dist -prune -o -path console/tests -prune -o -type f -not -name '*.test.*' -print0
    printf '%s\0' tools/console.sh tools/pack_console.mjs
  } | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

case "${1-}" in
  install)
    npm_ci console >&2
    ;;
  embed)
    table=${2:?where to write the table}
    want=$(inputs)
    if [ "$(cat "$built/stamp" 2>/dev/null)" != "$want" ]; then
      rm -rf "$built/stamp" "$built/dist" "$built/packed"
      npm_ci console >&2
      if ! (cd console && npm run build -- --outDir "$built/dist" --emptyOutDir) >"$built/log" 2>&1; then
        cat "$built/log" >&2
        echo "the console could not be built" >&2
        exit 1
      fi
      node tools/pack_console.mjs "$built/dist" "$built/packed" "$built/table.cc"
      echo "$want" >"$built/stamp"
    fi
    cmp -s "$built/table.cc" "$table" || cp "$built/table.cc" "$table"
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
