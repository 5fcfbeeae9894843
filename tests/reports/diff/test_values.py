"""Rows of the delta table matched by their names, verdicts and tests beside them."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import ComparisonRow, Record, TestRow
from pytest_ftevals.reports.diff.names import Names
from pytest_ftevals.reports.diff.values import outcome_changes, value_changes

if TYPE_CHECKING:
    from tests.reports.conftest import Build


def with_rows(record: Record, *rows: ComparisonRow) -> Record:
    """Return a record with other rows."""
    return replace(record, comparisons=rows)


def test_nothing_changed(build: "Build") -> None:
    """The same rows in another order, values that are not known among them."""
    record = build.failing()
    unknown = replace(build.perplexity(), task="other", base=math.nan, delta=math.nan)
    before = with_rows(record, *record.comparisons, unknown)
    again = replace(unknown, base=float("nan"), delta=float("nan"))
    after = with_rows(record, again, *reversed(record.comparisons))
    assert value_changes(before, after) == ()
    assert outcome_changes(before, after) == ()


def test_a_value_moved_and_a_verdict_with_it(build: "Build") -> None:
    """Both sides of the row and the words of its thresholds."""
    row = build.row("tickets", "accuracy", build.threshold("accuracy >= 0.80"))
    missed = build.threshold("accuracy >= 0.80", holds=False, evidence="refuted")
    lower = replace(build.row("tickets", "accuracy", missed, value=0.4))
    record = build.passing()
    failed = tuple(
        replace(one, outcome="failed" if one.nodeid == missed.test else one.outcome)
        for one in record.tests
    )
    before, after = with_rows(record, row), replace(with_rows(record, lower), tests=failed)
    (change,) = value_changes(before, after)
    assert (change.before, change.after, change.row) == (row, lower, lower)
    assert (change.moved, change.decided, change.only_spread) == (True, True, False)
    assert change.verdicts_before == (">= 0.80: pass, proven",)
    assert change.verdicts_after == (">= 0.80: FAIL, refuted",)
    (outcome,) = outcome_changes(before, after)
    assert (outcome.nodeid, outcome.before, outcome.after) == (missed.test, "passed", "failed")


def test_an_interval_alone(build: "Build") -> None:
    """Another confidence, or other cases that give the same value."""
    record, row = build.passing(), build.row("tickets", "accuracy")
    wider = replace(row, interval=(-100.0, 100.0))
    (change,) = value_changes(with_rows(record, row), with_rows(record, wider))
    assert (change.moved, change.decided, change.only_spread) == (False, False, True)


@pytest.mark.parametrize(
    "fields",
    [{"slice": "language=de"}, {"metric": "f1"}, {"candidate": "r16"}, {"reference": "prod"}],
)
def test_another_name_is_another_row(build: "Build", fields: dict[str, str]) -> None:
    """One vanished, one appeared."""
    record, row = build.passing(), build.row("tickets", "accuracy")
    other = replace(row, **fields)  # type: ignore[arg-type]
    found = value_changes(with_rows(record, row), with_rows(record, other))
    assert [(one.before, one.after) for one in found] == [(None, other), (row, None)]


def test_pass_rates_of_one_name_go_by_their_tests(build: "Build") -> None:
    """Two files may have a test of the same name, in any order."""
    record = build.passing()
    rows = [
        build.row("tickets", "test_rate", build.threshold("x", test=f"{name}.py::test_rate"))
        for name in ("a", "b")
    ]
    better = replace(rows[1], value=0.9)
    (change,) = value_changes(with_rows(record, *rows), with_rows(record, better, rows[0]))
    assert (change.before, change.after) == (rows[1], better)
    (gone,) = value_changes(with_rows(record, *rows), with_rows(record, rows[1]))
    assert (gone.before, gone.after) == (rows[0], None)


def test_tests_that_only_one_run_had(build: "Build") -> None:
    """They are named with the outcome they had."""
    record = build.passing()
    fewer = replace(record, tests=record.tests[1:])
    name = record.tests[0].nodeid
    (gone,) = outcome_changes(record, fewer)
    assert (gone.nodeid, gone.before, gone.after) == (name, "passed", None)
    (new,) = outcome_changes(fewer, record)
    assert (new.before, new.after) == (None, "passed")


def test_candidates_of_other_names(build: "Build") -> None:
    """Rows, variants and node ids take the second report's name."""
    test = "test_x.py::test_a[mmlu-r8.1-trec]"
    row = build.row("tickets", "accuracy", build.threshold("x", test=test), candidate="trec")
    before = with_rows(build.passing(), row)
    after = replace(
        before,
        variants=(before.variants[0], replace(before.variants[1], name="r8.1")),
        comparisons=(replace(row, candidate="r8.1"),),
    )
    names = Names.of({"trec": "r8.1"}, before, after)
    renamed = names.record(before)
    assert [one.name for one in renamed.variants] == ["base", "r8.1"]
    assert renamed.comparisons[0].candidate == "r8.1"
    assert renamed.comparisons[0].thresholds[0].test == "test_x.py::test_a[mmlu-r8.1-r8.1]"
    sample = build.sample("1", "trec", "x")
    assert names.sample(sample).variant == "r8.1"
    assert names.sample(build.sample("1", "base", "x")).variant == "base"


def test_a_candidate_that_comes_to_another_renames_no_test(build: "Build") -> None:
    """Beside others a candidate stands in its tests' ids; alone it does not: the same tests."""
    file = "tests/test_x.py"
    alone = [f"{file}::test_a", f"{file}::test_b[mmlu]", f"{file}::test_c[q-1]", f"{file}::test_of"]
    both = [
        f"{file}::test_{rest}"
        for name in ("trec", "r16")
        for rest in (f"a[{name}]", f"b[{name}-mmlu]", f"c[q-{name}-1]")
    ]
    one = replace(build.passing(), tests=tuple(_test(name) for name in alone))
    row = build.row("x", "rate", build.threshold("drop <= 3", test=alone[1]), candidate="trec")
    two = replace(build.two_candidates(), tests=tuple(map(_test, [*both, alone[-1]])))
    names = Names.of({}, one, two)
    renamed = names.record(replace(one, comparisons=(row,)))
    assert [test.nodeid for test in renamed.tests] == [*both[:3], alone[-1]]
    assert renamed.comparisons[0].thresholds[0].test == both[1]
    found = outcome_changes(renamed, two)
    assert [(change.nodeid, change.before) for change in found] == [(id_, None) for id_ in both[3:]]
    back = outcome_changes(Names.of({}, two, one).record(two), one)
    assert [(change.nodeid, change.after) for change in back] == [(id_, None) for id_ in both[3:]]


def test_a_groups_tests_are_its_own(build: "Build") -> None:
    """Its seeds are no candidates beside it."""
    one = build.passing()
    seeds = tuple(replace(one.variants[1], name=f"g.{n}", group="g") for n in range(2))
    alone = replace(one, variants=(one.variants[0], *seeds), tests=(_test("t.py::test[x]"),))
    beside = replace(alone, variants=(*one.variants, *seeds), tests=(_test("t.py::test[g-x]"),))
    assert Names.of({}, alone, beside).record(alone).tests == beside.tests


def test_a_test_that_might_be_two_others_is_none_of_them(build: "Build") -> None:
    """A name that a parameter has, too, leaves it open."""
    one = replace(build.passing(), tests=(_test("t.py::test[mmlu]"),))
    ids = ("t.py::test[trec-mmlu]", "t.py::test[mmlu-trec]")
    two = replace(build.two_candidates(), tests=tuple(map(_test, ids)))
    assert Names.of({}, one, two).record(one) == one


def _test(nodeid: str) -> TestRow:
    return TestRow(nodeid=nodeid, outcome="passed", states_threshold=True)


def test_seeds_follow_their_group(build: "Build") -> None:
    """A recipe's name is a part of its seeds' names."""
    base, trec = build.passing().variants
    seeds = [
        tuple(replace(trec, name=f"{name}.{seed}", group=name) for seed in (0, 1))
        for name in ("old", "new")
    ]
    before, after = (replace(build.passing(), variants=(base, *own)) for own in seeds)
    renamed = Names.of({"old": "new"}, before, after).record(before)
    assert [(one.name, one.group) for one in renamed.variants[1:]] == [
        ("new.0", "new"),
        ("new.1", "new"),
    ]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({"tree": "trec"}, "tree=trec: the first report has no candidate 'tree'; it has: trec"),
        ({"trec": "r99"}, "the second report has no candidate 'r99'; it has: trec, r16"),
    ],
)
def test_a_candidate_that_is_not_there(build: "Build", pairs: dict[str, str], message: str) -> None:
    """The message has those that are, and the likeliest."""
    with pytest.raises(FtevalsError) as mistake:
        Names.of(pairs, build.passing(), build.two_candidates())
    assert message in str(mistake.value)
    assert "tree" not in pairs or "Did you mean 'trec'?" in str(mistake.value)


def test_two_candidates_of_one_name(build: "Build") -> None:
    """One of them would be compared with nothing."""
    record = build.two_candidates()
    with pytest.raises(FtevalsError, match="two candidates of the first report"):
        Names.of({"trec": "r16"}, record, record)
    swapped = Names.of({"trec": "r16", "r16": "trec"}, record, record).record(record)
    assert [one.name for one in swapped.variants] == ["base", "r16", "trec"]
