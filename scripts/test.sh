#!/usr/bin/env bash
# The everyday check: release build, all tests, format, and some seconds of fuzzing.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

phase "Installing packages"
scripts/install-deps.sh

phase "Checking the format"
misformatted=$(sources | xargs -0 --no-run-if-empty clang-format --dry-run 2>&1 |
  sed -n 's/:[0-9]*:[0-9]*: .*-Wclang-format-violations.*//p' | sort -u)
if [[ -n $misformatted ]]; then
  printf '%s\ntest.sh: run scripts/format.sh on these\n' "$misformatted" >&2
  exit 1
fi

phase "Building (release)"
build release

phase "Testing (release)"
run_tests release

scripts/fuzz.sh 15
