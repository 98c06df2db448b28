#!/usr/bin/env bash
# All checks: those of test.sh, sanitizers, clang-tidy, and a run from a clean install.
#
# Usage: check.sh [--all | BASE]    what clang-tidy looks at, as in tidy.sh
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/test.sh

phase "Building (asan)"
build asan

phase "Testing (asan)"
run_tests asan

scripts/tidy.sh "$@"

phase "Running from a clean install"
prefix=$(mktemp --directory)
trap 'rm -r "$prefix"' EXIT
quietly cmake --install build/release --prefix "$prefix"
(
  cd "$prefix"
  bin/mensa list models | grep mobilenet_v2 >/dev/null
  bin/mensa simulate mobilenet_v2 --system mensa_g --format json 2>/dev/null |
    /usr/bin/python3 -c 'import json, sys; assert json.load(sys.stdin)["totals"]["latency_s"] > 0'
)

phase "All checks passed"
