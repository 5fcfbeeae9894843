"""Makes a large record, then writes all formats of it; says what that took, as JSON.

    python large_report.py CASES FOLDER MEASURED

The samples are made beforehand, as a run has them in memory: `seconds` are those of writing alone,
`made` and `peak` are bytes of resident memory before and after it.
"""

import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.large_record import make
from pytest_ftevals.reports.write import write_report

_KIB = 1 if sys.platform == "darwin" else 1024
"""Bytes of one unit of ru_maxrss: macOS counts in bytes, others in KiB."""


def main() -> None:
    """Write the report and what was measured."""
    cases, folder, measured = sys.argv[1:]
    large = make(int(cases))
    made = _peak()
    began = time.perf_counter()
    written = write_report(Path(folder), large.record, large.samples)
    seconds = time.perf_counter() - began
    found = {
        "seconds": seconds,
        "made": made,
        "peak": _peak(),
        "sizes": {path.name: path.stat().st_size for path in written},
    }
    Path(measured).write_text(json.dumps(found), encoding="utf-8")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB


if __name__ == "__main__":
    main()
