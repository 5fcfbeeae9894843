"""Single cases: what was won and lost, counted and named, over samples and metrics."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.diff.cases import (
    CaseChanges,
    Moved,
    case_changes,
    moved_cases,
    read_answers,
)

if TYPE_CHECKING:
    from tests.reports.conftest import Build

WRONG = "wrong answer"


@pytest.fixture
def record(build: "Build") -> Record:
    """Return a record that knows the task and its direction."""
    return build.failing()


def compared(before: list[Sample], after: list[Sample], record: Record) -> tuple[CaseChanges, ...]:
    """Return the changes between two lists of samples."""
    return case_changes(read_answers(before), read_answers(after), record)


def kinds(found: CaseChanges) -> dict[str, str]:
    """Return the kinds of change by case."""
    return {one.case: one.kind for one in found.changes}


def test_flips_replies_and_what_stays(build: "Build", record: Record) -> None:
    """Of base and candidate apart, in the order of the second report."""
    before = [
        build.sample("1", "trec", "LOC"),
        build.sample("2", "trec", "HUM", WRONG),
        build.sample("3", "trec", "HUM", WRONG),
        build.sample("4", "trec", "LOC"),
        build.sample("5", "trec", "LOC"),
        build.sample("1", "base", "LOC"),
    ]
    after = [
        build.sample("1", "base", "LOC"),
        build.sample("1", "trec", "HUM", WRONG, "regression from base"),
        build.sample("2", "trec", "LOC"),
        build.sample("3", "trec", "ABBR", WRONG),
        build.sample("4", "trec", "LOC"),
        build.sample("6", "trec", "LOC"),
    ]
    base, trec = compared(before, after, record)
    assert (base.task, base.variant, base.changes) == ("tickets", "base", ())
    assert kinds(trec) == {"1": "lost", "2": "won", "3": "reply"}
    assert (trec.paired, trec.only_before, trec.only_after) == (4, 1, 1)
    (lost,) = trec.of("lost")
    assert (lost.before.reply, lost.after.reply) == ("LOC", "HUM")
    assert lost.after.labels == (WRONG, "regression from base")


def test_answers_that_could_not_be_scored(build: "Build", record: Record) -> None:
    """Missing is no loss, and no zero."""
    fine, broken = build.sample("1", "trec", "LOC"), build.sample("1", "trec", "", error="NaN")
    (found,) = compared([fine], [broken], record)
    assert kinds(found) == {"1": "not scored"}
    assert found.changes[0].after.reply == "NaN"
    (found,) = compared([broken], [fine], record)
    assert kinds(found) == {"1": "scored"}
    (found,) = compared([broken], [broken], record)
    assert found.changes == ()


def test_long_replies_differ_beyond_what_is_kept(build: "Build", record: Record) -> None:
    """A digest of each tells."""
    long = "x" * 10_000
    samples = [build.sample("1", "trec", long + end) for end in "ab"]
    (found,) = compared(samples[:1], samples[1:], record)
    assert kinds(found) == {"1": "reply"}
    assert len(found.changes[0].after.reply) < 200


def test_several_samples_are_one_case(build: "Build", record: Record) -> None:
    """It is lost where a smaller share passes, however many samples either run drew."""

    def drawn(*passed: bool) -> list[Sample]:
        return [
            build.sample("1", "trec", "x", *(() if good else (WRONG,)), sample=number)
            for number, good in enumerate(passed)
        ]

    (found,) = compared(drawn(True, True), drawn(True, False), record)
    assert kinds(found) == {"1": "lost"}
    (found,) = compared(drawn(True, False), drawn(True, True, True), record)
    assert kinds(found) == {"1": "won"}
    (found,) = compared(drawn(True, False), drawn(False, True), record)
    assert found.changes == ()
    (found,) = compared(drawn(True, False), drawn(True, True, False, False), record)
    assert kinds(found) == {"1": "reply"}


@pytest.mark.parametrize(("better", "kind"), [(True, "won"), (False, "lost"), (None, "reply")])
def test_scores_where_nothing_passes(
    build: "Build", record: Record, better: bool | None, kind: str
) -> None:
    """By the metric's direction, as its rows tell; unknown, only the reply has changed."""
    rows = () if better is None else (replace(record.comparisons[1], higher_is_better=better),)
    assert not rows or (rows[0].task, rows[0].metric) == ("tickets", "accuracy")
    known = replace(record, comparisons=rows)
    before, after = (
        replace(build.sample("1", "trec", reply), passed=None, scores={"accuracy": score})
        for reply, score in (("a", 0.25), ("b", 0.5))
    )
    (found,) = compared([before], [after], known)
    assert kinds(found) == {"1": kind}


def test_the_same_reply_scored_or_labelled_otherwise(build: "Build", record: Record) -> None:
    """Metrics and rules change too: nothing of a case may differ under "no case changed"."""
    right, wrong = build.sample("1", "trec", "LOC"), build.sample("2", "trec", "HUM", WRONG)
    scored = replace(right, scores={"accuracy": 1.0, "rouge": 0.5})
    after = [replace(scored, scores={"accuracy": 1.0, "rouge": 0.25}), wrong]
    (found,) = compared([scored, wrong], after, record)
    assert kinds(found) == {"1": "scores"}
    after = [scored, replace(wrong, labels=("invalid JSON", WRONG))]
    (found,) = compared([scored, wrong], after, record)
    assert kinds(found) == {"2": "labels"}
    # A metric that only one run has is a setting of its task, not a change of every case.
    (found,) = compared([right], [scored], record)
    assert found.changes == ()


def test_labels_of_later_samples(build: "Build", record: Record) -> None:
    """All of them count, in whatever order they were drawn."""

    def drawn(*labels: str) -> list[Sample]:
        return [build.sample("1", "trec", "x", one, sample=n) for n, one in enumerate(labels)]

    (found,) = compared(drawn("a", "b"), drawn("a", "c"), record)
    assert kinds(found) == {"1": "labels"}
    (found,) = compared(drawn("a", "b"), drawn("b", "a"), record)
    assert found.changes == ()


def test_another_question_of_the_same_id(build: "Build", record: Record) -> None:
    """It is compared, and counted as asked otherwise."""
    one = build.sample("1", "trec", "LOC")
    (found,) = compared([one], [replace(one, prompt="Where?")], record)
    assert (found.asked_otherwise, found.changes) == (1, ())
    other = replace(build.sample("1", "trec", "HUM", WRONG), expected="ABBR")
    (found,) = compared([one], [other], record)
    assert [each.asked_alike for each in found.changes] == [False]


def test_scores_move_by_metric_and_slice(build: "Build") -> None:
    """Higher and lower are counted, unscored cases are neither."""

    def scored(case: str, language: str, **scores: float | None) -> Sample:
        sample = build.sample(case, "trec", "x")
        return replace(sample, scores=scores, slices={"language": language})

    before = [
        scored("1", "de", a=0.0, b=0.5),
        scored("2", "en", a=1.0, b=0.5),
        scored("3", "de", a=0.0, b=None),
    ]
    after = [
        scored("1", "de", a=1.0, b=0.5),
        scored("2", "en", a=0.0, b=0.5),
        scored("3", "de", a=0.5, b=1.0),
    ]
    assert moved_cases(read_answers(before), read_answers(after)) == {
        ("tickets", "a", None, "trec"): Moved(2, 1),
        ("tickets", "a", "language=de", "trec"): Moved(2, 0),
        ("tickets", "a", "language=en", "trec"): Moved(0, 1),
    }
