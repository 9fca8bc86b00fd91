# packages.sh - what the scripts need from the system, and how they get it.
# Sourced by daemon/run, tests/run and .ci/run; expects $root, the checkout.
#
# A need is written kind:name:package. Kinds: cmd, a command on PATH; pc, a module
# of pkg-config; deb, a Debian package. Only a missing need touches apt, so that a
# prepared machine works offline and without root.
# shellcheck shell=bash disable=SC2034,SC2154

needs_build=(
  cmd:cc:gcc deb:libc6-dev:libc6-dev cmd:cmake:cmake cmd:ninja:ninja-build
  cmd:pkg-config:pkg-config pc:libuv:libuv1-dev pc:jansson:libjansson-dev
  pc:libwebsockets:libwebsockets-dev
  deb:libwebsockets-evlib-uv:libwebsockets-evlib-uv pc:libsystemd:libsystemd-dev
  pc:openssl:libssl-dev
  pc:sqlite3:libsqlite3-dev
  pc:inih:libinih-dev
  cmd:node:nodejs cmd:npm:npm deb:ca-certificates:ca-certificates
)
needs_test=(
  pc:cmocka:libcmocka-dev cmd:c++:g++ cmd:nm:binutils deb:python3:python3
  deb:python3-websockets:python3-websockets cmd:curl:curl cmd:zsh:zsh cmd:ps:procps
  cmd:openssl:openssl cmd:chromium:chromium deb:fonts-noto-cjk:fonts-noto-cjk
  deb:fonts-dejavu-core:fonts-dejavu-core cmd:systemd-analyze:systemd
  deb:systemtap-sdt-dev:systemtap-sdt-dev cmd:promtool:prometheus
)
needs_soak=(
  cmd:debootstrap:debootstrap cmd:systemd-nspawn:systemd-container
)
needs_ci=(
  cmd:clang:clang deb:libclang-rt-14-dev:libclang-rt-14-dev
  cmd:clang-format:clang-format cmd:llvm-symbolizer:llvm cmd:git:git
)

me=$(cd "$(dirname "$0")" && pwd -P)/run
me=${me#"$root"/}
say() { printf '%s\n' "$*" >&2; }
die() { say "$me: $*"; exit 1; }

has_need() {
  case $1 in
    cmd) command -v "$2" >/dev/null ;;
    pc) pkg-config --exists "$2" 2>/dev/null ;;
    deb) ! command -v dpkg-query >/dev/null ||
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$2" 2>/dev/null)" = installed ] ;;
  esac
}

# install_missing NEED… - asks apt for the packages that are not there yet.
install_missing() {
  local need kind name package missing=() as_root=()
  for need; do
    IFS=: read -r kind name package <<<"$need"
    has_need "$kind" "$name" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  command -v apt-get >/dev/null ||
    die "needs ${missing[*]} (Debian's names), and there is no apt-get to install them"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "needs root or sudo once, for: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  local apt=("${as_root[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300)
  # A failed update is not the end: the lists that are there may do.
  quietly "apt-get update" "${apt[@]}" update || true
  quietly "installing ${missing[*]}" \
    "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}"
  hash -r
  for need; do
    IFS=: read -r kind name package <<<"$need"
    has_need "$kind" "$name" || die "$package is installed, but $name is still missing"
  done
}

# quietly TITLE COMMAND… - one line on stderr; the output is shown only on failure.
quietly() {
  local title=$1 log status=0 seconds=$SECONDS
  shift
  log=$(mktemp)
  printf '%s ... ' "$title" >&2
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ $status -eq 0 ]; then
    say "done ($((SECONDS - seconds)) s)"
  else
    say "failed (exit $status)"
    tail -n 150 "$log" >&2
  fi
  rm -f "$log"
  return $status
}

# build_preset NAME [CMAKE OPTION]… - configures and builds one of CMakePresets.json.
build_preset() {
  local version preset=$1
  shift
  version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
  [ "$(printf '3.22\n%s\n' "$version" | sort -V | head -n 1)" = 3.22 ] ||
    die "needs cmake 3.22 or newer; this one is $version"
  (cd "$root" && quietly "configuring $preset" cmake --preset "$preset" "$@") || return 1
  (cd "$root" && quietly "building $preset" cmake --build --preset "$preset") || return 1
}
