"""Runs all benchmarks and prints one Markdown table; a missed goal fails nothing."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

from benchmarks import (
    decisions,
    demo,
    hellaswag,
    memory,
    mmlu,
    overhead,
    rate,
    reports,
    stored,
    trec,
)
from benchmarks.options import Options, parse
from benchmarks.table import HEAD, NotRunError, Row, not_run
from pytest_ftevals.run.facts import hardware, versions

WORKS: Mapping[str, Callable[[Options], Iterator[Row]]] = {
    "overhead": overhead.rows,
    "demo": demo.rows,
    "decisions": decisions.rows,
    "stored": stored.rows,
    "reports": reports.rows,
    "memory": memory.rows,
    "rate": rate.rows,
    "hellaswag": hellaswag.rows,
    "trec": trec.rows,
    "mmlu": mmlu.rows,
}
"""Name -> its rows, the short ones first."""
LIBRARIES = ("python", "pytest", "torch", "transformers", "peft")


def main() -> None:
    """Print the table, row by row as it is measured; progress goes to the standard error."""
    options = parse(None, list(WORKS))
    if options.limit is not None:
        print(f"Tried out with {options.limit} rows of each file: these are no figures.\n")
    print(_machine(options))
    print(HEAD, flush=True)
    for name, rows in WORKS.items():
        if options.only and name not in options.only:
            continue
        print(name, file=sys.stderr, flush=True)
        try:
            for row in rows(options):
                print(row.line(), flush=True)
        except NotRunError as error:
            print(not_run(name, str(error)), flush=True)
        except subprocess.CalledProcessError as error:
            print(error.output, error.stderr or "", file=sys.stderr)
            why = f"a command exited with {error.returncode}, see the standard error"
            print(not_run(name, why), flush=True)


def _machine(options: Options) -> str:
    """Return what the figures depend on besides the work."""
    machine, installed = hardware(), versions()
    libraries = [f"{name} {installed[name]}" for name in LIBRARIES if installed[name] is not None]
    return (
        f"{machine['processors']} processors ({machine['processor']}), {', '.join(libraries)}; "
        f"whole processes in turn, medians of {options.runs} runs.\n"
    )


if __name__ == "__main__":
    main()
