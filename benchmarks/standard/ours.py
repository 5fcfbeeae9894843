"""Our side: the bundled tasks in one run, base and adapter."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.standard.agreement import Answered, Side
from benchmarks.standard.tasks import Compared
from benchmarks.suite import Suite

TESTS = """\
import pytest

from pytest_ftevals import load_task


@pytest.mark.parametrize("task", [load_task(name) for name in {names}])
def test_is_compared(compare, task):
    assert compare(task).drop <= 100
"""
VARIANTS = {"base": "base", "adapter": "candidate"}
"""The other side's word -> the name in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What to run, and where."""

    layout: Path
    model: Path
    adapter: Path
    folder: Path

    def run(self, tasks: Sequence[Compared]) -> None:
        """Run the tasks on both variants; raises CalledProcessError where that fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        names = [task.name for task in tasks]
        (self.folder / "test_standard.py").write_text(TESTS.format(names=names), encoding="utf-8")
        command = self._suite.command(
            self.model, {VARIANTS["adapter"]: self.adapter}, tests="test_standard.py"
        )
        subprocess.run(
            [*command, f"--ftevals-data={self.layout}"],
            check=True,
            capture_output=True,
            text=True,
            cwd=self.folder,
        )

    def read(self, task: Compared, variant: str) -> Side:
        """Return what the last run found."""
        samples = self._suite.samples(VARIANTS[variant])
        return Side(
            values=dict(_values(task, self._suite.record(), variant)),
            cases=[_answered(task, one) for one in samples if one["task"] == task.name],
        )

    @property
    def _suite(self) -> Suite:
        return Suite(self.folder)


def _values(task: Compared, record: Mapping[str, Any], variant: str) -> Iterator[tuple[str, float]]:
    for row in record["comparisons"]:
        if row["task"] == task.name and row["metric"] in task.metrics:
            where = row["slice"]
            value = row["base"] if variant == "base" else row["value"]
            yield row["metric"] if where is None else f"{row['metric']} {where}", value


def _answered(task: Compared, sample: Mapping[str, Any]) -> Answered:
    choices = sample["choices"]
    scores = {name: sample["scores"][name] for name in task.metrics if task.per_case}
    if choices is None:
        return Answered(prompt=sample["prompt"], reply=sample["response"], scores=scores)
    return Answered(
        prompt=sample["prompt"],
        continuations=tuple(one["text"] for one in choices),
        logprobs=tuple(one["logprob"] for one in choices),
        scores=scores,
    )
