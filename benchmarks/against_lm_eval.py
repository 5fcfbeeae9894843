"""Choice tasks against two runs of lm-evaluation-harness: time, log-likelihoods and choices."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import BATCHES, VARIANTS, Harness
from benchmarks.options import Options
from benchmarks.parity import Parity, Scored, compare, scored_samples
from benchmarks.suite import Suite
from benchmarks.timing import Side, Timing, race, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What was measured."""

    theirs: Timing
    batch: int
    """The batch size of lm_eval that was raced."""
    tried_on: int
    """Rows a task on which that was found to be the best of `BATCHES`."""
    cold: Timing
    stored: Timing | None
    """With the base's answers in the store; None where that was not asked for."""
    parity: Parity
    """Of the run with an empty store, base and adapter together."""
    stored_parity: Parity | None

    @property
    def other(self) -> str:
        """The other side, in words."""
        sizes = ", ".join(map(str, BATCHES))
        return (
            f"lm_eval on base and on adapter, batches of {self.batch} "
            f"(the best of {sizes} on {self.tried_on} rows a task)"
        )


def measure(
    suite: Suite,
    harness: Harness,
    options: Options,
    *,
    tests: str,
    base_tests: str | None = None,
    subset: int,
) -> Against:
    """Race the suite's file `tests` with lm_eval at its best batch size.

    The batch size is chosen on the first `subset` rows of each task. With `base_tests`, which asks
    the base alone, the suite also runs with the base's answers stored. No side is warmed up: the
    choice of the batch size has read all files. Raises what `race` and `compare` raise.
    """
    batch = harness.best_batch(subset)
    adapters = {"candidate": options.adapter}
    cold_suite = Suite(suite.folder.with_name("cold"))
    shutil.copytree(suite.folder, cold_suite.folder)
    sides = [
        harness.side(batch),
        cold_suite.side("plugin, empty store", options.model, adapters, tests=tests),
    ]
    if base_tests is not None:
        kept = _base_stored(suite, options, base_tests)
        sides.append(
            suite.side(
                "plugin, base stored", options.model, adapters, tests=tests, store_before=kept
            )
        )
    theirs, cold, *stored = race(sides, runs=options.runs, warm_up=False)
    expected = _both(harness)
    return Against(
        theirs=theirs,
        batch=batch,
        tried_on=subset,
        cold=cold,
        stored=stored[0] if stored else None,
        parity=compare(_ours(cold_suite), expected),
        stored_parity=compare(_ours(suite), expected) if stored else None,
    )


def _base_stored(suite: Suite, options: Options, tests: str) -> Path:
    """Ask the base alone; return a store with its answers."""
    side: Side = suite.side("plugin, base alone", options.model, {}, tests=tests)
    run(side)
    kept = suite.folder.with_name("base-store")
    shutil.copytree(suite.store, kept)
    return kept


def _ours(suite: Suite) -> list[Scored]:
    return [
        *scored_samples(suite.samples("base")),
        *scored_samples(suite.samples("candidate")),
    ]


def _both(harness: Harness) -> Sequence[Scored]:
    return [one for variant in VARIANTS for one in harness.scored(variant)]
