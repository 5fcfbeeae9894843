#!/usr/bin/env bash
# Ends the job as pytest ended, after everything was reported; without pytest it is no success.
set -euo pipefail
exit "${FTEVALS_STATUS:-1}"
