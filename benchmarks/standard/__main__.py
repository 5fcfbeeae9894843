"""Compares the bundled standard tasks with lm-evaluation-harness; prints one Markdown table."""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.standard.agreement import compare
from benchmarks.standard.layout import NAMES, write_layout
from benchmarks.standard.ours import VARIANTS, Ours
from benchmarks.standard.table import HEAD, lines
from benchmarks.standard.tasks import TASKS, Compared
from benchmarks.standard.theirs import Theirs

ROWS: Mapping[str, int | None] = {
    "mmlu": 6,
    "arc_challenge": 200,
    "hellaswag": 150,
    "truthfulqa": 40,
    "gsm8k": 50,
    "ifeval": 50,
    "wikitext": 4,
}
"""How many rows of each data set are asked; of MMLU, of each subject."""


def main() -> None:
    """Run both sides and print the table."""
    given = _parse()
    tasks = [task for task in TASKS if not given.only or task.name in given.only.split(",")]
    layout = given.folder / "data"
    theirs = Theirs(
        python=given.lm_eval,
        layout=layout,
        model=given.model,
        adapter=given.adapter,
        folder=given.folder / "lm-eval",
    )
    ours = Ours(
        layout=layout, model=given.model, adapter=given.adapter, folder=given.folder / "plugin"
    )
    if not given.read:
        write_layout(given.data, layout, _rows(given.rows))
        _run(theirs, ours, tasks)
    print(HEAD)
    for task in tasks:
        for variant in VARIANTS:
            found = compare(theirs.read(task, variant), ours.read(task, variant))
            print(*lines(task.name, variant, found), sep="\n", flush=True)


def _run(theirs: Theirs, ours: Ours, tasks: Sequence[Compared]) -> None:
    try:
        ours.run(tasks)
        theirs.run(tasks)
    except subprocess.CalledProcessError as error:
        print(error.output, error.stderr or "", file=sys.stderr)
        sys.exit(f"a command exited with {error.returncode}")


def _rows(text: str) -> Mapping[str, int | None]:
    """Return ROWS with those numbers that ``NAME=N,...`` names; ``all`` takes every row."""
    found = dict(ROWS)
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        if name not in NAMES:
            sys.exit(f"--rows: no data set is called {name}; valid: {', '.join(NAMES)}")
        found[name] = None if number == "all" else int(number)
    return found


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.standard", description=__doc__)
    for option, what in (
        ("--model", "the base, as save_pretrained wrote it"),
        ("--adapter", "a LoRA adapter on it"),
        ("--data", "the data, see docs/parity.md"),
        ("--folder", "for what both sides write"),
    ):
        parser.add_argument(option, type=_absolute, metavar="DIR", required=True, help=what)
    parser.add_argument(
        "--lm-eval", type=_absolute, metavar="PYTHON", default=sys.executable, help="[this one]"
    )
    names = ", ".join(task.name for task in TASKS)
    parser.add_argument("--only", metavar="TASK,...", default="", help=names)
    parser.add_argument("--rows", metavar="NAME=N,...", default="", help="or NAME=all")
    parser.add_argument("--read", action="store_true", help="compare what is in the folder")
    return parser.parse_args()


def _absolute(text: str) -> Path:
    # Not resolved: the python of a virtual environment is a link that must stay one.
    return Path(text).expanduser().absolute()


if __name__ == "__main__":
    main()
