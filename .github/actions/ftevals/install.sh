#!/usr/bin/env bash
# Installs what FTEVALS_INSTALL lists, separated by spaces or line ends.
set -euo pipefail
words=()
while read -r -a line; do
    words+=(${line[@]+"${line[@]}"})
done <<< "$FTEVALS_INSTALL"
"$FTEVALS_PYTHON" -m pip install "${words[@]}"
