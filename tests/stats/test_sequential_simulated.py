"""Early stop keeps its promises in simulations, and they walk as the package does."""

import math

import numpy as np
import pytest

from benchmarks.simulations.families import GATES, sessions
from benchmarks.simulations.sequential import (
    BOUND,
    TOTAL,
    Draw,
    at_the_threshold,
    decide,
    independent,
    walks,
)
from pytest_ftevals.stats.sequential import decide_early

RUNS = 300
THREE_ERRORS = 3 * math.sqrt(0.05 * 0.95 / RUNS)
AT_THRESHOLD = list(at_the_threshold())


@pytest.mark.parametrize("chances", [(0.05, 0.05), (0.09, 0.01), (0.065, 0.035)])
def test_the_simulation_decides_as_the_package(chances: tuple[float, float]) -> None:
    """Walks side by side end where `decide_early` ends them one at a time."""
    changes = independent(*chances, 1_500)(np.random.default_rng(2), 12)
    proven, refuted = decide(changes, BOUND, (0.05, 0.01))
    for run, values in enumerate(changes):
        found = decide_early(
            values.tolist(),
            total=1_500,
            limits=(-1, 1),
            op=">=",
            bound=BOUND,
            alpha_proven=0.05,
            alpha_refuted=0.01,
        )
        ends = {"proven": int(proven[run]), "refuted": int(refuted[run])}
        wanted = {} if found is None else {found.evidence: found.n}
        assert {evidence: n for evidence, n in ends.items() if n} == wanted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "bound"),
    [pytest.param(draw, bound, id=name) for name, draw, bound in AT_THRESHOLD],
)
def test_at_the_threshold_it_seldom_errs(draw: Draw, bound: float) -> None:
    """Neither wrong passes nor wrong failures in more than 5% of the runs."""
    found = walks(draw, bound, runs=RUNS)
    assert found.share(found.proven) <= 0.05 + THREE_ERRORS
    assert found.share(found.refuted) <= 0.05 + THREE_ERRORS


@pytest.mark.slow
def test_no_change_is_proven_soon() -> None:
    """At 10% discordance and ``drop <= 3``: 95% of runs, a median of at most 800 of 14,042."""
    found = walks(independent(0.05, 0.05), BOUND, runs=RUNS)
    assert found.share(found.proven) >= 0.95
    assert found.median(found.proven) <= 800 < TOTAL


@pytest.mark.slow
def test_a_drop_of_eight_points_is_refuted_soon() -> None:
    """9% lost and 1% won against ``drop <= 3``: a median of at most 300."""
    found = walks(independent(0.09, 0.01), BOUND, runs=RUNS)
    assert found.share(found.refuted) >= 0.95
    assert found.median(found.refuted) <= 300


@pytest.mark.slow
def test_twenty_true_gates_seldom_fail_together() -> None:
    """A false failure in at most 5% of sessions: on all cases, and on the way through them."""
    found = sessions(RUNS, 2_000)
    for failures in (found.full, found.way):
        assert failures.shape == (RUNS, GATES)
        assert failures.any(axis=1).mean() <= 0.05 + THREE_ERRORS
    assert not (found.way & found.end).any()
    assert not (found.end & ~found.full).any()
