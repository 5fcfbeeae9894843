#!/usr/bin/env bash
# Ends the job as pytest ended, after everything was reported.
set -euo pipefail
exit "$FTEVALS_STATUS"
