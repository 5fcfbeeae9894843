"""A record that has every kind of row, and hardly a number twice: what formats must show of it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from pytest_ftevals.core.failures import FailureLogRow, FailureRow, Pattern, PatternRow, Recurring
from pytest_ftevals.core.record import (
    ComparisonRow,
    Outcome,
    Record,
    Sample,
    TestRow,
    ThresholdRow,
    TradeoffMeasure,
    TradeoffRow,
)
from tests.reports.conftest import Build

CANDIDATES = ("trec", "r16")
MEASURES: tuple[tuple[str, str, str | None], ...] = (
    ("mmlu", "accuracy", None),
    ("tickets", "accuracy", None),
    ("tickets", "f1_macro", "language=de"),
    ("wikitext", "perplexity", None),
)
"""Task, metric and slice."""


def rich(build: Build) -> tuple[Record, tuple[Sample, ...]]:
    """Return a run of two candidates in which tests pass, fail and stay open."""
    numbers = count(1)
    rows = tuple(
        _row(build, next(numbers), candidate, *measure)
        for candidate in CANDIDATES
        for measure in MEASURES
    )
    tests: dict[str, Outcome] = {
        one.test: "passed" if one.met else "failed" for row in rows for one in row.thresholds
    }
    record = replace(
        build.two_candidates(),
        tasks=(
            build.task("mmlu", 1709, "accuracy"),
            build.task("tickets", 523, "accuracy", "f1_macro"),
            build.task("wikitext", 67, "perplexity"),
        ),
        comparisons=rows,
        tests=tuple(
            TestRow(nodeid=node, outcome=outcome, states_threshold=True, line=11)
            for node, outcome in tests.items()
        ),
        failures=tuple(map(_failures, CANDIDATES, (1, 2))),
        patterns=tuple(map(_patterns, CANDIDATES, (1, 2))),
        failure_log=tuple(map(_log, CANDIDATES, (1, 2))),
        tradeoff=tuple(_traded()),
    )
    return record, build.samples()


def _row(
    build: Build, number: int, candidate: str, task: str, metric: str, where: str | None
) -> ComparisonRow:
    """Return the row of this number: no other has its counts, values or threshold."""
    own = metric == "perplexity"
    made = build.perplexity(candidate=candidate) if own else build.row(task, metric)
    base, value = 0.213 + 0.0417 * number, 0.251 + 0.0473 * number
    delta = (value - base) * 100 if not own else 10 * (value - base)
    row = replace(
        made,
        candidate=candidate,
        slice=where,
        n=401 + 13 * number,
        base=10 * base if own else base,
        value=10 * value if own else value,
        delta=delta,
        interval=(delta - 3.17 - 0.13 * number, delta + 3.31 + 0.17 * number),
        wins=71 + number,
        losses=31 + number,
        ties=211 + number,
        detectable=5.03 + 0.11 * number,
    )
    return replace(row, thresholds=(_threshold(row, number),))


def _threshold(row: ComparisonRow, number: int) -> ThresholdRow:
    holds, open_ = number % 2 == 0, number % 3 == 0
    return ThresholdRow(
        text=f"{row.metric} >= 0.{600 + number}",
        kind="value",
        op=">=",
        bound=0.6 + number / 1000,
        observed=row.value,
        holds=holds,
        evidence="not proven" if open_ else "proven" if holds else "refuted",
        decide="point",
        verdict="pass" if holds else "fail",
        n_used=row.n,
        p=0.011 + number / 1000,
        p_holm=0.031 + number / 1000,
        notes=(),
        test=f"evalsuites/test_all.py::test_{row.task}_{row.metric}[{row.candidate}]",
    )


def _failures(candidate: str, number: int) -> FailureRow:
    return FailureRow(
        task="tickets",
        candidate=candidate,
        n=483 + number,
        failed=241 + number,
        labels={"wrong answer": 227 + number, "invalid JSON": 14},
        flaws={"correct answer but bad explanation": 17 + number},
        regressions=23 + number,
        worst=("88", "402", "7"),
    )


def _patterns(candidate: str, number: int) -> PatternRow:
    found = Pattern(
        feature="words >= 40",
        n=131 + number,
        failed=97 + number,
        lift=1.52 + number / 10,
        p=0.0013 * number,
        p_adjusted=0.0172 * number,
        cases=("88", "7"),
    )
    return PatternRow(
        task="tickets",
        candidate=candidate,
        among="failures" if number == 1 else "regressions",
        n=491 + number,
        failed=251 + number,
        tried=37 + number,
        found=(found,),
    )


def _log(candidate: str, number: int) -> FailureLogRow:
    return FailureLogRow(
        task="tickets",
        candidate=candidate,
        runs=5 + number,
        again=(Recurring(case="88", failed=3, runs=4), Recurring(case="402", failed=2, runs=4)),
        new=("7",),
        mended=("901", "902", "903")[: 1 + number],
    )


def _traded() -> Iterator[TradeoffRow]:
    for number, candidate in enumerate(CANDIDATES, 1):
        target, general = 41.7 + number, -2.3 - number / 10
        measure = TradeoffMeasure(
            task="tickets", metric="accuracy", role="target", unit="points", gain=target
        )
        cost = replace(measure, task="mmlu", role="general", gain=general)
        own = replace(
            measure, task="wikitext", metric="perplexity", unit="own", gain=0.613 * number
        )
        yield TradeoffRow(
            candidate=candidate,
            seeds=None,
            size=1_840_000 * number,
            target=target,
            general=general,
            met=number == 1,
            pareto=True,
            best=number == 1,
            smaller="trec" if number == 2 else None,
            marginal=1.0 if number == 2 else None,
            pays=True if number == 2 else None,
            measures=(measure, cost, own),
        )
