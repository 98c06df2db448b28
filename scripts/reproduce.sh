#!/usr/bin/env bash
# The Mensa papers' comparison on public networks: runs the zoo's 24 networks on Edge TPU, Base+HB,
# both Eyeriss v2 and Mensa-G, and some variants of them, and writes docs/reproduction.md (its
# generated parts) with tables and charts in docs/reproduction. A few minutes on two cores; reports
# are kept in build/reproduction, and used again where nothing they follow from has changed.
#
# Usage: reproduce.sh [--output FOLDER] [--jobs N]   FOLDER: with a copy of docs/reproduction.md
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

phase "Installing packages"
scripts/install-deps.sh scripts/packages.txt scripts/packages-reproduce.txt

phase "Building (release)"
build release mensa

phase "Reproducing"
/usr/bin/python3 scripts/reproduce/main.py --jobs "$jobs" "$@"
