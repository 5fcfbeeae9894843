"""The simulations' goals for intervals and for clusters."""

import math

import pytest

from benchmarks.simulations import clusters, intervals

pytestmark = pytest.mark.slow


def test_paired_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Every cell of the grid, in full: 20,000 data sets; a standard error is 0.17% at 94%."""
    found = list(intervals.cells())
    assert len(found) == 36
    assert [cell.row().line() for cell in found if not cell.met] == []


def test_bounds_are_wrong_about_as_often_as_they_say() -> None:
    """One-sided 95% bounds err in at most 7% where 10 or more pairs change; the docs say so."""
    wrong = [
        max(cell.proven_falsely, cell.refuted_falsely)
        for cell in intervals.cells(5_000)
        if round(cell.expected) >= intervals.ENOUGH
    ]
    margin = 2 * math.sqrt(0.07 * 0.93 / 5_000)
    assert max(wrong) <= 0.07 + margin


@pytest.mark.parametrize(
    ("draw", "scores_are_binary"),
    [(clusters.binary, True), (clusters.rarely, True), (clusters.real, False)],
)
def test_groups_raise_no_false_alarms(draw: clusters.Draw, *, scores_are_binary: bool) -> None:
    """At most 6%, give or take two standard errors of 1,500 data sets: 1.2%."""
    count = 1_500
    margin = 2 * math.sqrt(clusters.AT_MOST * (1 - clusters.AT_MOST) / count)
    told, untold = (
        clusters.alarms(draw, scores_are_binary=scores_are_binary, told=told, data_sets=count)
        for told in (True, False)
    )
    assert told.most <= clusters.AT_MOST + margin
    assert untold.two_sided > 0.3


def test_resampled_groups_raise_no_false_alarms() -> None:
    """The same for metrics that are no means."""
    count = 1_500
    margin = 2 * math.sqrt(clusters.AT_MOST * (1 - clusters.AT_MOST) / count)
    found = clusters.alarms_of_replicates(clusters.binary, data_sets=count)
    assert found.most <= clusters.AT_MOST + margin
