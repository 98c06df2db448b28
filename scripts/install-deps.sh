#!/usr/bin/env bash
# Installs the packages of scripts/packages.txt, or of the lists named, that this Debian lacks. Does
# nothing, and needs no rights, where all are there.
#
# Usage: install-deps.sh [LIST...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($# > 0)) || set -- scripts/packages.txt

if ! command -v apt-get >/dev/null; then
  echo "install-deps.sh: no apt-get here; install what $* names by hand" >&2
  exit 1
fi

missing=()
lists=$(cat "$@")
while read -r package _; do
  [[ -z $package || $package == '#'* ]] && continue
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done <<<"$lists"

if ((${#missing[@]} == 0)); then
  echo "All packages are installed."
  exit 0
fi

as_root=(env DEBIAN_FRONTEND=noninteractive)
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install-deps.sh: neither root nor sudo; as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo "${as_root[@]}")
fi

echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
