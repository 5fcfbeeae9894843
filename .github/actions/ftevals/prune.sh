#!/usr/bin/env bash
# Keeps the store that is saved small. That it cannot be pruned costs room, and no verdict.
set -euo pipefail
if [[ -d "$FTEVALS_STORE" ]]; then
    "$FTEVALS_PYTHON" -m pytest_ftevals store prune --store "$FTEVALS_STORE" \
        --unused 30 --keep-size "$FTEVALS_STORE_SIZE" ||
        echo "::warning title=ftevals::The store was not pruned."
fi
