#!/usr/bin/env bash
# Builds the release benchmarks and runs them; they print their goals and by how much they meet them.
#
# Usage: bench.sh [MAPPINGS]   as well compares the mapper with so many random mappings of each layer
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

phase "Building (release)"
build release benchmarks

phase "Imports, and sparsity of weights"
build/release/bin/bench_import --benchmark_min_time=0.2

phase "Weights as if they had been pruned"
build/release/bin/bench_pruning --benchmark_min_time=0.2

phase "Zeros: replays of known weights, and searches"
build/release/bin/bench_sparsity

phase "Searches of whole networks"
build/release/bin/bench_mapper ${1:+--random "$1"}

phase "Evaluations of single mappings"
build/release/bin/bench_mapping --benchmark_min_time=0.2

phase "Schedules of whole networks"
build/release/bin/bench_schedule ${MENSA_MODEL_DIR:+--model-dir "$MENSA_MODEL_DIR"}

phase "Explorations of systems"
build/release/bin/bench_explore
build/release/bin/bench_explore --store 100000

phase "Designs"
build/release/bin/bench_design

phase "Simulations of whole networks"
build/release/bin/bench_simulate
for network in mobilenet_v2 resnet50 ds_cnn lstm_acoustic rnnt; do
  for system in mensa_g edge_tpu; do build/release/bin/bench_simulate "$network" "$system"; done
done
build/release/bin/bench_simulate rnnt mensa_g fine
