#!/usr/bin/env bash
# Annotates the lines of tests that did not pass; says so where pytest wrote no report.
set -euo pipefail
if [[ -z "$FTEVALS_STATUS" ]]; then
    echo "::error title=ftevals::This job came to no end of pytest: nothing was evaluated."
elif [[ -f "$FTEVALS_REPORT/record.json" ]]; then
    "$FTEVALS_PYTHON" -m pytest_ftevals annotate "$FTEVALS_REPORT" --root "$GITHUB_WORKSPACE"
elif [[ "$FTEVALS_STATUS" == 0 ]]; then
    echo "::warning title=ftevals::pytest passed, but no test asked a model: nothing was evaluated."
else
    echo "::error title=ftevals::pytest ended with status $FTEVALS_STATUS and wrote no report: see its output."
fi
