#!/usr/bin/env bash
# clang-tidy over the C++ files that changed.
#
# Usage: tidy.sh [--all | BASE]
#   BASE   what counts as changed: all since the merge base with it, uncommitted files too.
#          Default: origin/main; all files where there is none.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# changed_since COMMIT: those of our sources that differ from it, or that git does not know yet.
changed_since() {
  git diff -z --name-only --diff-filter=d "$1" -- '*.h' '*.cpp'
  git ls-files -z --others --exclude-standard -- '*.h' '*.cpp'
}

base=${1:-origin/main}
if [[ $base == --all ]] || { (($# == 0)) && ! git rev-parse --quiet --verify "$base" >/dev/null; }; then
  readarray -d '' files < <(sources)
else
  merge_base=$(git merge-base HEAD "$base")
  readarray -d '' files < <(changed_since "$merge_base")
fi

phase "clang-tidy: ${#files[@]} files"
((${#files[@]})) || exit 0
quietly cmake --preset tidy
# Quiet where it finds nothing, and about the warnings in library headers, which it counts and hides.
# shellcheck disable=SC2016
printf '%s\0' "${files[@]}" | xargs -0 --max-args=1 --max-procs="$jobs" bash -c '
  output=$(clang-tidy --quiet -p build/tidy "$0" 2>&1) && exit
  grep -Ev "^[0-9]+ warnings? generated" <<<"$output"
  exit 1'
