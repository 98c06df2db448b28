# shellcheck shell=bash
# Sourced by the other scripts, which then stand at the repository root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=$(nproc)

# phase TEXT: says what starts now.
phase() {
  printf '== %s\n' "$*"
}

# quietly COMMAND...: keeps its output to itself unless it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    local status=$?
    printf '%s\n' "$output" >&2
    return "$status"
  }
}

# build PRESET [TARGET]: configures and builds; ninja's one line of progress where a person looks on.
build() {
  local target=${2:-all} ninja_options=()
  [[ -t 1 ]] || ninja_options=(--quiet)
  quietly cmake --preset "$1"
  cmake --build "build/$1" --target "$target" --parallel "$jobs" -- "${ninja_options[@]}"
}

# run_tests PRESET: runs all tests of a build, and shows the failed ones or the count. Property tests
# draw the same cases in every run; another seed (RC_PARAMS=seed=N), or none, looks elsewhere.
run_tests() {
  local output
  export RC_PARAMS=${RC_PARAMS-seed=1}
  output=$(ctest --preset "$1" --parallel "$jobs" 2>&1) || {
    printf '%s\n' "$output" >&2
    return 1
  }
  grep -E 'tests passed|Skipped|\(Not Run|Disabled' <<<"$output"
}

# sources: names of our C++ files, those not yet added to git too, each ended by a zero byte.
sources() {
  git ls-files -z --cached --others --exclude-standard --deduplicate -- '*.h' '*.cpp' |
    while IFS= read -r -d '' file; do
      if [[ -e $file ]]; then printf '%s\0' "$file"; fi
    done
}
