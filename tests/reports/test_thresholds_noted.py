"""Notes on thresholds: who shared the error, and among how many a miss was adjusted."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.notes import note_lines
from pytest_ftevals.reports.page import Page

if TYPE_CHECKING:
    from tests.reports.conftest import Build


def _notes(record: Record) -> str:
    return "\n".join(line.text for line in note_lines(record, Page(width=1000), verbose=0))


def test_misses_are_adjusted_among_as_many_as_have_a_p_value(build: "Build") -> None:
    """What two tests demand alike counts once, a sequential bound not at all; each is said once."""
    missed = build.threshold("drop <= 3", kind="drop", holds=False, p_holm=0.04, test="a")
    met = build.threshold("drop <= 9", kind="drop", p_holm=0.9, test="a")
    early = build.threshold("drop <= 5", kind="drop", holds=False, n_used=60, test="a")
    rows = (
        build.row("mmlu", "accuracy", missed, replace(missed, test="b"), met),
        build.row("arc", "accuracy", early, n=60, total=900),
    )
    text = _notes(Record(comparisons=rows))
    assert text.count("drop <= 3 (trec on mmlu accuracy): p 0.02, 0.04 among 2 thresholds") == 1
    assert "drop <= 5 (trec on arc accuracy): p" not in text
    alone = (build.row("mmlu", "accuracy", missed, replace(missed, test="b")), rows[1])
    assert "(Holm)" not in _notes(Record(comparisons=alone))


@pytest.mark.parametrize(("family", "warned"), [(1, True), (2, True), (3, False), (None, False)])
def test_a_family_that_was_too_small_is_said_once(
    build: "Build", family: int | None, *, warned: bool
) -> None:
    """Thresholds that only refuting fails, all of an early stop, and equal ones of two tests."""
    refuted = build.threshold("drop <= 3", kind="drop", decide="refuted")
    rows = (
        build.row("mmlu", "accuracy", refuted, refuted, replace(refuted, test="other")),
        build.row("arc", "accuracy", build.threshold("drop <= 5", n_used=60), n=60, total=900),
        build.row("copa", "accuracy", build.threshold("drop <= 5", decide="proven")),
    )
    run = build.run() if family is None else build.run() | {"family": family}
    text = _notes(Record(run=run, comparisons=rows))
    says = f"3 thresholds were stated, but the error of refuting was shared by {family}: "
    assert text.count(says + "give --ftevals-family 3") == warned
