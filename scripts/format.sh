#!/usr/bin/env bash
# Formats all C++ files in place, as .clang-format says.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sources | xargs -0 --no-run-if-empty clang-format -i
