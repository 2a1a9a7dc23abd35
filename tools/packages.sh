# What Fleethook needs from Debian 12, and how it is installed. Sourced by ./demo, ./check and bench/run; prints what it installs and why.
# Each line of a list is "package reason".

packages_build='
g++ the compiler
cmake the build system
ninja-build runs the build steps
ccache makes the second build quick
mold links quickly
pkg-config finds libraries for cmake
libboost1.81-dev Asio for sockets, Beast for HTTP parsing
libssl-dev TLS
libsqlite3-dev the embedded store and queue
zlib1g-dev answers of receivers that come compressed
libsodium-dev argon2id and BLAKE2b
libsimdjson-dev reads JSON
libspdlog-dev writes log lines
libfmt-dev formats them
libcli11-dev the command line and its TOML file
libc-ares-dev DNS with times to live
libmimalloc-dev memory for the binary, quicker than malloc
nodejs builds the web console, and runs the end-to-end tests
npm installs what the web console is built with
ca-certificates trusted authorities for deliveries over TLS
'
packages_test='
libgtest-dev the unit tests
libgmock-dev their matchers
clang-format-14 the layout of the source is what .clang-format says
openssl certificates for the TLS tests
nginx-light the proxy of docs/deploying.md, tried as it stands there
sqlite3 the data folder of an earlier version, for the test of upgrading
curl the steps of README and docs, which a test follows
git the version of what is tested
'
packages_browser='
chromium the browser that the console is tested in
fonts-dejavu-core letters for it
'
packages_bench='
nginx-light the receiver
wrk the load
python3 drives the measurements
procps reads process lists
'

missing_packages() {   # of the lists given
  echo "$1" | while read -r package reason; do
    [ -n "$package" ] || continue
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then echo "$package $reason"; fi
  done
}

# install_packages LIST: does nothing, and takes no time, when all are there. Nothing that it installs starts a service (nginx would).
install_packages() {
  local missing names
  missing=$(missing_packages "$1")
  # A node and npm from elsewhere serve as well as Debian's.
  if command -v node >/dev/null 2>&1; then missing=$(echo "$missing" | grep -v '^nodejs ' || true); fi
  if command -v npm >/dev/null 2>&1; then missing=$(echo "$missing" | grep -v '^npm ' || true); fi
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "These are needed, and this system has no apt-get to install them with:" >&2
    echo "$missing" >&2
    return 1
  fi
  echo "Installing from Debian:"
  echo "$missing" | while read -r package reason; do printf '  %-20s %s\n' "$package" "$reason"; done
  names=$(echo "$missing" | cut -d' ' -f1)
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "This needs root: run it as root, or install sudo, or install the packages above yourself." >&2
      return 1
    fi
    as_root=(sudo)
  fi
  local log policy=/usr/sbin/policy-rc.d made=no result=0
  log=$(mktemp)
  # Debian asks this file whether a service may start.
  if [ ! -e "$policy" ] && printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null; then
    "${as_root[@]}" chmod 755 "$policy"
    made=yes
  fi
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $names; } >"$log" 2>&1 || result=1
  [ $made = no ] || "${as_root[@]}" rm -f "$policy"
  if [ $result -ne 0 ]; then
    echo "apt-get failed:" >&2
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
  return $result
}

# npm_ci FOLDER: installs what its lock file names; does nothing when that has not changed since.
npm_ci() {
  local folder=$1
  if ! command -v npm >/dev/null 2>&1; then install_packages 'npm installs the packages of the lock files' || return 1; fi
  if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock" 2>/dev/null; then return 0; fi
  # npm removes what is there first: a run that was interrupted must not pass for a whole one.
  rm -f "$folder/node_modules/.installed-lock"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || return 1
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock"
}

# build PRESET [TARGET...]: configures once, builds with progress.
build() {
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    echo "Configuring build/$preset"
    cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log" >&2; rm -f "build-$preset.log"; return 1; }
    rm -f "build-$preset.log"
  fi
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  NINJA_STATUS='[%f/%t %es] ' cmake --build --preset "$preset" "${targets[@]}"
}
