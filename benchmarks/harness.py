"""The other side: lm-evaluation-harness in a Python of its own, on the same rows."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from benchmarks.options import Options
from benchmarks.parity import Scored
from benchmarks.suite import TEMPLATES, read_rows
from benchmarks.table import NotRunError
from benchmarks.timing import Side, fastest

BATCHES = (8, 16, 32)
VARIANTS = ("base", "adapter")
_LIBRARIES = ("lm_eval", "torch", "transformers", "peft", "tokenizers")
_PRINT_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        found[name] = None
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """Tasks for lm_eval, and the models to run them with."""

    python: Path
    folder: Path
    tasks: tuple[str, ...]
    model: Path
    adapter: Path

    def side(self, batch: int, *, limit: int | None = None) -> Side:
        """Return one process for the base and one for the adapter, at this batch size.

        With `limit` only the base is asked, the first rows of each task.
        """
        variants = VARIANTS if limit is None else VARIANTS[:1]
        return Side(
            name=f"lm_eval, batches of {batch}{'' if limit is None else f', {limit} rows a task'}",
            commands=[self._command(variant, batch, limit) for variant in variants],
            folder=self.folder,
            environment={
                "HF_HUB_OFFLINE": "1",
                "HF_DATASETS_OFFLINE": "1",
                "HF_DATASETS_CACHE": str(self.folder / "cache"),
            },
            prepare=lambda: shutil.rmtree(self._output, ignore_errors=True),
        )

    def best_batch(self, limit: int) -> int:
        """Return the fastest batch size for the base on the first `limit` rows of each task."""
        return BATCHES[fastest([self.side(batch, limit=limit) for batch in BATCHES])]

    def scored(self, variant: str) -> list[Scored]:
        """Return what the last run found for a variant, task by task, in the order of the rows."""
        found = []
        for task in self.tasks:
            (path,) = (self._output / variant).rglob(f"samples_{task}_*.jsonl")
            for row in sorted(read_rows(path), key=lambda row: int(row["doc_id"])):
                pairs = [(one["arg_0"], one["arg_1"]) for one in row["arguments"].values()]
                sums = tuple(float(resps[0][0]) for resps in row["resps"])
                texts = tuple(text for _, text in pairs)
                found.append(Scored(prompt=pairs[0][0], texts=texts, logprobs=sums))
        return found

    @property
    def _output(self) -> Path:
        return self.folder / "output"

    def _command(self, variant: str, batch: int, limit: int | None) -> list[str]:
        model = f"pretrained={self.model},dtype=float32"
        if variant == "adapter":
            model += f",peft={self.adapter}"
        command = [
            *(str(self.python), "-m", "lm_eval", "--model", "hf", "--model_args", model),
            *("--tasks", ",".join(self.tasks), "--include_path", str(self.folder)),
            *("--batch_size", str(batch), "--device", "cpu", "--log_samples"),
            *("--output_path", str(self._output / variant)),
        ]
        return command if limit is None else [*command, "--limit", str(limit)]


def make_harness(
    folder: Path, options: Options, template: str, tasks: Mapping[str, Mapping[str, str]]
) -> Harness:
    """Write a task file for each of `tasks`, which maps names to the template's values.

    Raises NotRunError where lm_eval is not installed, or stands on other versions than we do.
    """
    python = options.lm_eval or Path(sys.executable)
    _check(python)
    folder.mkdir(parents=True)
    text = Template((TEMPLATES / template / "lm_eval.yaml.template").read_text(encoding="utf-8"))
    for name, values in tasks.items():
        path = folder / f"{name}.yaml"
        path.write_text(text.substitute(values, name=name), encoding="utf-8")
    return Harness(
        python=python,
        folder=folder,
        tasks=tuple(tasks),
        model=options.model,
        adapter=options.adapter,
    )


def _check(python: Path) -> None:
    """Raise NotRunError where lm_eval is missing, or the sides have other libraries."""
    theirs, ours = _versions(python), _versions(Path(sys.executable))
    if theirs.pop("lm_eval") is None:
        raise NotRunError("lm_eval is not installed; name a Python that has it with --lm-eval")
    differing = [
        f"{name} {ours[name]} here, {version} there"
        for name, version in theirs.items()
        if ours[name] != version
    ]
    if differing:
        raise NotRunError(f"the libraries differ beside lm_eval: {'; '.join(differing)}")


def _versions(python: Path) -> dict[str, str | None]:
    """Return the versions of `_LIBRARIES` in a Python; None for one that is not installed."""
    command = [str(python), "-c", _PRINT_VERSIONS, *_LIBRARIES]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except OSError as error:
        raise NotRunError(f"--lm-eval: {python.name} cannot be started ({error})") from error
    found: dict[str, str | None] = json.loads(done.stdout)
    return found
