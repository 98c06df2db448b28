#!/usr/bin/env bash
# From a clean clone to a first result: MobileNetV2 on the three accelerators of Mensa-G, layer by
# layer, then its energy and latency beside those of one Edge TPU.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

phase "Installing packages"
scripts/install-deps.sh

phase "Building (release)"
build release mensa
mensa=build/release/bin/mensa

reports=$(mktemp --directory)
trap 'rm -r "$reports"' EXIT

phase "mensa simulate mobilenet_v2 --system mensa_g"
"$mensa" simulate mobilenet_v2 --system mensa_g

for system in mensa_g edge_tpu; do
  quietly "$mensa" simulate mobilenet_v2 --system "$system" --format json --out "$reports"
done

phase "MobileNetV2, one inference"
/usr/bin/python3 - "$reports"/mobilenet_v2.{mensa_g,edge_tpu}.*.json <<'PYTHON'
import json
import sys

mensa_g, edge_tpu = (json.load(open(path))["totals"] for path in sys.argv[1:])
rows = [("latency", "latency_s", "ms"), ("energy", "energy_j", "mJ")]
print(f"{'':10}{'Mensa-G':>12}{'Edge TPU':>12}{'Mensa-G / Edge TPU':>22}")
for name, key, unit in rows:
    ours, theirs = mensa_g[key], edge_tpu[key]
    print(f"{name:10}{ours * 1e3:9.3f} {unit}{theirs * 1e3:9.3f} {unit}{ours / theirs:22.2f}")
PYTHON
