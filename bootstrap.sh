#!/usr/bin/env bash
# bootstrap.sh: from a bare Debian or Ubuntu and these sources to a result, in one command.
# Installs the distribution's packages that are missing, then runs the CMake workflow that does the work; whoever has the
# packages can run `cmake --workflow --preset demo|test` directly.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(g++ cmake ninja-build libxsimd-dev libxtensor-dev libfmt-dev libmetis-dev catch2 libcli11-dev nlohmann-json3-dev libxxhash-dev)

usage() {
  cat <<'USAGE'
usage: ./bootstrap.sh demo             build the library and the tool, run the main job
       ./bootstrap.sh test [--strict]  build everything and run all tests; --strict: warnings are errors
       ./bootstrap.sh fuzz [SECONDS]   fuzz each target so long (60 by default), two at a time, and keep what is found under build/fuzz
       ./bootstrap.sh python [--strict]  build and install the Python package in an environment of its own, build/python-env, and run its tests
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

# Whether Clang and its fuzzer are here; asks by building an empty target.
has_fuzzer() {
  local probe
  probe=$(mktemp -d)
  printf 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n' >"$probe/probe.cpp"
  clang++-16 -fsanitize=fuzzer,address -fopenmp "$probe/probe.cpp" -o "$probe/probe" >/dev/null 2>&1
  local answer=$?
  rm -rf "$probe"
  return "$answer"
}

# fuzz_target NAME SECONDS: new inputs go to build/fuzz/corpus, inputs that fail to build/fuzz/findings.
fuzz_target() {
  mkdir -p "build/fuzz/corpus/$1" build/fuzz/findings
  local log="build/fuzz/findings/$1.log"
  # Threads that spin while they wait would take the cores from the other target.
  if OMP_WAIT_POLICY=passive build/fuzz/tests/"fuzz_$1" -max_total_time="$2" -timeout=20 -rss_limit_mb=2048 -max_len=2048 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="build/fuzz/findings/$1-" "build/fuzz/corpus/$1" "tests/fuzz/corpus/$1" >"$log" 2>&1; then
    say "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions, nothing found"
  else
    grep -v '^#' "$log" | tail -40 >&2
    say "$1 FAILED; the whole story is in $log, the input beside it"
    return 1
  fi
}

run_fuzzers() {
  say "fuzz: configure, build"
  cmake --preset fuzz >/dev/null || fail "CMake could not configure the preset fuzz"
  cmake --build --preset fuzz || fail "the fuzz targets did not build"
  local targets=() waiting=() found=0 source
  for source in tests/fuzz/*.cpp; do targets+=("$(basename "$source" .cpp)"); done
  say "fuzz: ${targets[*]}, $1 s each"
  for source in "${targets[@]}"; do
    fuzz_target "$source" "$1" &
    waiting+=($!)
    if [ ${#waiting[@]} -eq 2 ]; then
      for job in "${waiting[@]}"; do wait "$job" || found=1; done
      waiting=()
    fi
  done
  for job in "${waiting[@]}"; do wait "$job" || found=1; done
  [ "$found" -eq 0 ] || fail "fuzzing found inputs that fail: build/fuzz/findings"
}

# The package as `pip install .` makes it, in an environment of its own whose place stays the same, so that a compiler cache finds its files.
run_python() {
  local environment=build/python-env python=build/python-env/bin/python settings=()
  [ "$1" = --strict ] && settings=(--config-settings=cmake.define.EINC_WERROR=ON)
  say "python: environment, package, tests"
  [ -x "$python" ] || python3 -m venv "$environment" || fail "python3 could not make an environment; is python3-venv there?"
  "$python" -m pip install -q --disable-pip-version-check 'scikit-build-core>=0.10' 'nanobind>=2.5' ninja 'numpy>=2.0' pytest opt_einsum ml_dtypes jax matplotlib ||
    fail "pip could not install what the package is built and tested with; is the network reachable?"
  # Under the name CMake calls the compiler by: a compiler cache tells names apart.
  CXX="${CXX:-c++}" "$python" -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall "${settings[@]}" . || fail "pip install . failed (after ${SECONDS} s)"
  "$python" -m pytest || fail "a test of the Python package failed; see above"
}

SECONDS=0
# What CI builds twice, for C++ and for Python, is compiled once.
[ "${2:-}" = --strict ] && packages+=(ccache)
case "${1:-} ${2:-}" in
  'demo ')
    install_packages
    run_workflow demo run "the main job did not build or did not give the right numbers"
    printf '%s== OK: the main job ran (%d s); all tests: ./bootstrap.sh test%s\n' "$green" "$SECONDS" "$plain"
    ;;
  'test ' | 'test --strict')
    packages+=(libopenmpi-dev openmpi-bin)  # for einc::mpi, which is left out and said so where MPI is missing
    install_packages
    workflow=test
    [ "${2:-}" = --strict ] && workflow=ci
    run_workflow "$workflow" test "the build broke or a test failed; see above"
    printf '%s== OK: built, and all tests passed (%d s)%s\n' "$green" "$SECONDS" "$plain"
    ;;
  'fuzz --if-possible')
    # What CI adds: about two and a half minutes to build on two cores, then a minute a target.
    if ! has_fuzzer; then
      say "fuzz: skipped, clang++-16 has no libFuzzer here; tests replayed the corpora"
      exit 0
    fi
    run_fuzzers 60
    printf '%s== OK: fuzzing found nothing (%d s)%s\n' "$green" "$SECONDS" "$plain"
    ;;
  'fuzz '*)
    [[ ${2:-60} =~ ^[0-9]+$ ]] || fail "fuzz takes a number of seconds, not '$2'"
    packages+=(clang-16 libclang-rt-16-dev libomp-16-dev)
    install_packages
    has_fuzzer || fail "clang++-16 is here, but cannot link its fuzzer"
    run_fuzzers "${2:-60}"
    printf '%s== OK: fuzzing found nothing (%d s)%s\n' "$green" "$SECONDS" "$plain"
    ;;
  'python ' | 'python --strict')
    packages+=(python3-dev python3-venv)
    install_packages
    run_python "${2:-}"
    printf '%s== OK: the Python package is in build/python-env and passes its tests (%d s)%s\n' "$green" "$SECONDS" "$plain"
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
