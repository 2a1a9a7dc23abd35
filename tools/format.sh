#!/usr/bin/env bash
# Formats every C++ file of the tree as .clang-format says.
#   tools/format.sh           rewrites what differs
#   tools/format.sh --check   names what differs, changes nothing, and fails if there is any
set -euo pipefail
cd "$(dirname "$0")/.."
# One version for everybody: another one lays some lines out differently.
formatter=clang-format-14
if ! command -v "$formatter" >/dev/null 2>&1; then
  echo "$formatter is missing; Debian's package of that name has it" >&2
  exit 1
fi
mode=(-i)
[ "${1-}" = --check ] && mode=(--dry-run -Werror)
find src tests bench cmake -name node_modules -prune -o \( -name '*.cc' -o -name '*.h' \) -print0 | xargs -0 -n 40 -P 2 "$formatter" "${mode[@]}"
