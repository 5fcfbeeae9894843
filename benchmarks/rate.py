"""The arithmetic rate reached in log-likelihood scoring, against that of a plain matrix product."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import flops
from benchmarks.hellaswag import make_hellaswag
from benchmarks.mmlu import make_mmlu
from benchmarks.options import Options
from benchmarks.parity import scored_samples
from benchmarks.suite import PROGRAMS, Suite
from benchmarks.table import Row
from benchmarks.timing import run

GOAL = 0.70
_GIGA = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needed:
    """What the work needs."""

    operations: int
    """Of base and adapter together."""
    unique_tokens: int
    """Of one of them."""
    questions: int


def rows(options: Options) -> Iterator[Row]:
    """Yield a row for MMLU and one for HellaSwag; raises NotRunError where something is missing."""
    with tempfile.TemporaryDirectory() as name:
        yield _row("MMLU", make_mmlu(Path(name) / "mmlu", options), options)
        yield _row("HellaSwag", make_hellaswag(Path(name) / "hellaswag", options), options)


def _row(work: str, suite: Suite, options: Options) -> Row:
    """Run the plugin and the matrix product in turn, on as many threads."""
    side = suite.side(
        f"plugin, {work}",
        options.model,
        {"candidate": options.adapter},
        tests=f"test_{suite.folder.name}.py",
    )
    seconds, rates = [], []
    for _ in range(options.runs):
        run(side)
        told = suite.record()["run"]
        seconds.append(told["plan"]["seconds"])
        rates.append(_matrix_rate(told["hardware"]["threads"]))
    needed = _needed(suite, options)
    achieved, possible = needed.operations / statistics.median(seconds), statistics.median(rates)
    share = achieved / possible
    return Row(
        work=f"arithmetic rate, {work}, {needed.unique_tokens:,} unique tokens, base + adapter",
        against=f"a float32 matrix product of 2048 cubed, {told['hardware']['threads']} threads",
        measured=f"{achieved / _GIGA:.0f} against {possible / _GIGA:.0f} GFLOP/s: {share:.0%}",
        parity=f"every one of {needed.questions:,} questions answered by both",
        goal=f"at least {GOAL:.0%}",
        met=share >= GOAL,
    )


def _needed(suite: Suite, options: Options) -> _Needed:
    """Count; raises NotRunError where a variant did not answer a question."""
    questions = scored_samples(suite.samples("base"))
    scored_samples(suite.samples("candidate"))
    tokens = flops.needed(flops.encode(options.model, questions))
    shape = flops.shape(options.model, options.adapter)
    return _Needed(
        operations=sum(shape.operations(tokens, adapted=adapted) for adapted in (False, True)),
        unique_tokens=tokens.unique,
        questions=len(questions),
    )


def _matrix_rate(threads: int) -> float:
    """Return this machine's rate in FLOP/s."""
    command = [sys.executable, str(PROGRAMS / "matrix_rate.py"), str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)
