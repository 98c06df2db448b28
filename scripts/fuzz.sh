#!/usr/bin/env bash
# Builds the importer's fuzz target with clang's sanitizers and runs it; fails on the first input that
# crashes, hangs or takes too much memory, which stays in build/fuzz/findings.
#
# Usage: fuzz.sh [SECONDS]    default 20; what was found worth keeping is where the next run starts
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seconds=${1:-20}

phase "Building (fuzz)"
build fuzz fuzz_import

phase "Fuzzing the importer for $seconds s"
cd build/fuzz
mkdir -p seeds corpus findings
# One node each, of all operators; and small networks. Nothing over 5 KB: small inputs run often.
while IFS= read -r model; do
  cp -u "$model" "seeds/$(basename "$(dirname "$model")").onnx"
done < <(find /usr/share/libonnx-testdata/data ../../models/zoo -name '*.onnx' -size -10k)
# Memory and time that no input of some KB may need. -use_value_profile would find magic numbers, of
# which there are none here; -entropic, libFuzzer's weighing of inputs by how rare what they cover is,
# takes most of the time among as many as there are here.
bin/fuzz_import -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 \
  -entropic=0 -max_len=16384 -artifact_prefix=findings/ -print_final_stats=1 corpus seeds >fuzz.log 2>&1 || {
  tail -n 60 fuzz.log >&2
  exit 1
}
grep -E 'stat::(number_of_executed_units|peak_rss_mb)' fuzz.log
