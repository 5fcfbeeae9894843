"""What the benchmarks are given: models, data, and how often to run."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import NotRunError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options as given; None where one was left out."""

    given_model: Path | None
    given_adapter: Path | None
    given_data: Path | None
    lm_eval: Path | None
    """The Python that has lm_eval; this one by default."""
    only: tuple[str, ...]
    """Names of the works to run; empty for all."""
    runs: int
    limit: int | None
    """Rows of each file, for trying out."""

    @property
    def model(self) -> Path:
        """The base's folder; raises NotRunError where none was given."""
        return _needed(self.given_model, "--model")

    @property
    def adapter(self) -> Path:
        """The adapter's folder; raises NotRunError where none was given."""
        return _needed(self.given_adapter, "--adapter")

    def data(self, name: str) -> Path:
        """Return a file of the data folder; raises NotRunError where there is none."""
        path = _needed(self.given_data, "--data") / name
        if not path.is_file():
            raise NotRunError(f"there is no {name} in the folder of --data")
        return path

    def rows(self, most: int) -> int:
        """Return how many rows to take of a file: `most`, or fewer for trying out."""
        return most if self.limit is None else min(most, self.limit)


def parse(arguments: Sequence[str] | None, works: Sequence[str]) -> Options:
    """Return the command line's options; exits where they are mistaken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    for option, what in (
        ("--model", "the base, as save_pretrained wrote it"),
        ("--adapter", "a LoRA adapter on it"),
        ("--data", "mmlu/, hellaswag/ and trec/, as JSON lines"),
    ):
        parser.add_argument(option, type=Path, metavar="DIR", help=what)
    parser.add_argument(
        "--lm-eval", type=Path, metavar="PYTHON", help="a Python that has lm_eval [this one]"
    )
    parser.add_argument("--only", metavar="WORK,...", default="", help=", ".join(works))
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each side [3]")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="rows of each file, for trying out only"
    )
    given = parser.parse_args(arguments)
    only = tuple(filter(None, given.only.split(",")))
    unknown = sorted(set(only) - set(works))
    if unknown:
        parser.error(f"--only: no work is called {', '.join(unknown)}; valid: {', '.join(works)}")
    if given.runs < 1 or (given.limit is not None and given.limit < 1):
        parser.error("--runs and --limit start at 1")
    return Options(
        given_model=_absolute(given.model),
        given_adapter=_absolute(given.adapter),
        given_data=_absolute(given.data),
        lm_eval=_absolute(given.lm_eval),
        only=only,
        runs=given.runs,
        limit=given.limit,
    )


def _absolute(path: Path | None) -> Path | None:
    # Not resolved: the python of a virtual environment is a link that must stay one.
    return None if path is None else path.expanduser().absolute()


def _needed(path: Path | None, option: str) -> Path:
    if path is None:
        raise NotRunError(f"{option} is not given")
    if not path.is_dir():
        raise NotRunError(f"{option}: there is no folder {path.name}")
    return path
