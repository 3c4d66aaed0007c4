#!/usr/bin/env bash
# bootstrap.sh: from a bare Debian or Ubuntu and these sources to a result, in one command.
# Installs the distribution's packages that are missing, then runs the CMake workflow that does the work; whoever has the
# packages can run `cmake --workflow --preset demo|test` directly.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(g++ cmake ninja-build libxsimd-dev libxtensor-dev libfmt-dev catch2 libcli11-dev nlohmann-json3-dev)

usage() {
  cat <<'USAGE'
usage: ./bootstrap.sh demo             build the library and the tool, run the main job
       ./bootstrap.sh test [--strict]  build everything and run all tests; --strict: warnings are errors
       ./bootstrap.sh packages         only install the packages that are missing
USAGE
}

bold='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi
say() { printf '%s== %s%s\n' "$bold" "$*" "$plain"; }
fail() {
  printf '%s== FAILED: %s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    case "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" in
      installed) ;;
      *) echo "$package" ;;
    esac
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "not a Debian or Ubuntu system: expecting ${packages[*]} under whatever names it has for them"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then
    say "packages: all ${#packages[@]} are installed"
    return
  fi
  say "packages: installing ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "installing packages needs root, and there is no sudo; as root run: apt-get update && apt-get install -y ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null ||
    fail "apt-get could not read the package lists; is the network reachable?"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null ||
    fail "apt-get could not install ${missing[*]}"
}

# Runs one workflow of CMakePresets.json, its output in sight. NINJA_STATUS adds the seconds passed to each line.
run_workflow() {
  say "workflow $1: configure, build, $2"
  NINJA_STATUS='[%f/%t %es] ' cmake --workflow --preset "$1" || fail "$3 (after ${SECONDS} s)"
}

SECONDS=0
case "${1:-} ${2:-}" in
  'demo ')
    install_packages
    run_workflow demo run "the main job did not build or did not give the right numbers"
    printf '%s== OK: the main job ran (%d s); all tests: ./bootstrap.sh test%s\n' "$green" "$SECONDS" "$plain"
    ;;
  'test ' | 'test --strict')
    install_packages
    workflow=test
    [ "${2:-}" = --strict ] && workflow=ci
    run_workflow "$workflow" test "the build broke or a test failed; see above"
    printf '%s== OK: built, and all tests passed (%d s)%s\n' "$green" "$SECONDS" "$plain"
    ;;
  'packages ')
    install_packages
    ;;
  '-h ' | '--help ')
    usage
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac
