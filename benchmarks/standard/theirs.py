"""lm-evaluation-harness's side: its own task files, base and adapter in one process."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.standard.agreement import Answered, Side
from benchmarks.standard.tasks import Compared
from benchmarks.suite import PROGRAMS

MMLU = "mmlu_"
"""How lm-eval's names of the subjects' tasks begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A Python that has lm-eval, and what to run with it."""

    python: Path
    layout: Path
    model: Path
    adapter: Path
    folder: Path
    """For what it writes."""

    def run(self, tasks: Sequence[Compared]) -> None:
        """Run tasks on both variants; raises CalledProcessError where that fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        spec = {
            "layout": str(self.layout),
            "model": str(self.model),
            "variants": {"base": None, "adapter": str(self.adapter)},
            "tasks": {task.lm_eval_task: task.batch for task in tasks},
            "output": str(self.folder),
        }
        file = self.folder / "spec.json"
        file.write_text(json.dumps(spec), encoding="utf-8")
        subprocess.run(
            [str(self.python), str(PROGRAMS / "lm_eval_standard.py"), str(file)],
            check=True,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={
                **os.environ,
                "HF_HUB_OFFLINE": "1",
                "HF_DATASETS_OFFLINE": "1",
                "HF_DATASETS_CACHE": str(self.folder / "cache"),
            },
        )

    def read(self, task: Compared, variant: str) -> Side:
        """Return what a run found."""
        text = (self.folder / variant / f"{task.lm_eval_task}.json").read_text("utf-8")
        found = json.loads(text)
        # Subjects in the order of the alphabet, as in the rows of all of them.
        parts = [found["cases"][key] for key in sorted(found["cases"])]
        return Side(
            values=dict(_values(task, found["values"])),
            cases=[_answered(task, rows) for part in parts for rows in _by_row(part)],
        )


def _values(task: Compared, values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for ours, (metric, behind) in task.metrics.items():
        key = f"{metric},{behind}"
        yield ours, values[task.theirs][key]
        for where, group in task.slices.items():
            if group in values:
                yield f"{ours} {where}", values[group][key]
        for name, found in values.items():
            if name.startswith(MMLU):
                yield f"{ours} subject={name.removeprefix(MMLU)}", found[key]


def _by_row(samples: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the samples of each row together: one a filter."""
    together: list[dict[str, Any]] = []
    for sample in samples:
        if together and sample["row"] != together[0]["row"]:
            yield together
            together = []
        together.append(sample)
    yield together


def _answered(task: Compared, samples: Sequence[dict[str, Any]]) -> Answered:
    first = samples[0]
    asked, answered = first["asked"], first["answered"]
    scores = {
        ours: float(sample["scores"][metric])
        for ours, (metric, behind) in task.metrics.items()
        for sample in samples
        if task.per_case and sample["filter"] == behind
    }
    match asked[0]:
        case [str()]:
            # Our samples hold no text that is scored as a whole.
            return Answered(prompt="", continuations=("",), logprobs=(answered[0],))
        case [str(prompt), str()]:
            return Answered(
                prompt=prompt,
                continuations=tuple(text for _, text in asked),
                logprobs=tuple(one[0] for one in answered),
                scores=scores,
            )
        case [str(prompt), *_]:
            return Answered(prompt=prompt, reply=answered[0], scores=scores)
    raise ValueError(f"lm-eval asked {asked[0]!r}")
