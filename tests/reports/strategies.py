"""Hypothesis strategies of records and samples, however hostile: each row by itself.

`tests.reports.runs` draws records whose rows belong together.
"""

import math
from typing import Any, TypeVar

from hypothesis import strategies as st

from pytest_ftevals.core.comparison import Gap, SliceValue
from pytest_ftevals.core.failures import FailureLogRow, FailureRow, Pattern, PatternRow, Recurring
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import (
    ComparisonRow,
    Record,
    Sample,
    TaskRow,
    TestRow,
    ThresholdRow,
    TradeoffMeasure,
    TradeoffRow,
    VariantRow,
)
from tests.reports.hostile import HOSTILE

T = TypeVar("T")
Text = st.SearchStrategy[str]
Number = st.SearchStrategy[float]

texts = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\n\r\t\u202e\u200b\ud800\u0301\ufe0f漢 =/"),
    max_size=30,
)
hostile = st.sampled_from(HOSTILE) | texts
# JSON has no lone surrogates: a record that holds one is written with U+FFFD instead.
encodable = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = st.text("abcdefghijklmnop_", min_size=1, max_size=12)
counts = st.integers(0, 10**7)
rates = st.floats(0, 1)
deltas = st.floats(-100, 100)
any_float = st.floats()
finite = st.floats(allow_nan=False, allow_infinity=False)
node_ids = st.sampled_from(["a.py::one", "a.py::two[x]", "a.py::two[y]", "b.py::three"])
known_labels = st.sampled_from([label.value for label in Label])


def tuples(each: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    """Return tuples of at most so many."""
    return st.lists(each, max_size=most).map(tuple)


def json_values(text: Text) -> st.SearchStrategy[object]:
    """Return any JSON value with `text` for its texts and keys."""
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
    plain = plain.filter(lambda value: value not in (math.inf, -math.inf))
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=5,
    )


def objects(text: Text) -> st.SearchStrategy[dict[str, object]]:
    """Return a JSON object."""
    return st.dictionaries(text, json_values(text), max_size=3)


def thresholds(text: Text, number: Number) -> st.SearchStrategy[ThresholdRow]:
    """Return thresholds of the tests of `node_ids`."""
    return st.builds(
        ThresholdRow,
        text=text,
        op=st.sampled_from(["<", "<=", ">", ">="]),
        bound=number,
        observed=number,
        n_used=counts,
        p=st.none() | rates,
        p_holm=st.none() | rates,
        notes=tuples(text, 2),
        test=node_ids,
    )


def comparisons(text: Text, number: Number) -> st.SearchStrategy[ComparisonRow]:
    """Return rows of the delta table."""
    one = st.builds(SliceValue, name=text, n=counts, value=number)
    gap = st.builds(
        Gap,
        slices=counts,
        best=one,
        worst=one,
        reference_best=one,
        reference_worst=one,
        by_chance=number,
        left_out=tuples(text, 3),
    )
    return st.builds(
        ComparisonRow,
        task=text,
        metric=text,
        slice=st.none() | text,
        candidate=text,
        reference=st.just("base") | text,
        n=counts,
        total=st.none() | counts,
        base=number,
        value=number,
        delta=number,
        interval=st.tuples(number, number),
        level=st.floats(0.5, 0.999),
        method=text,
        detectable=st.none() | st.floats(0, 100),
        seeds=st.none() | st.integers(2, 9),
        seed_sd=st.none() | st.floats(0, 100),
        gap=st.none() | gap,
        wins=counts,
        losses=counts,
        ties=counts,
        excluded=st.lists(text, max_size=12, unique=True).map(tuple),
        thresholds=tuples(thresholds(text, number), 3),
    )


def run_facts(text: Text) -> st.SearchStrategy[Any]:
    """Return what a record says of its run: any part of it, of any command and library."""
    plan = st.dictionaries(st.sampled_from(["unique", "stored", "computed"]), st.none() | counts)
    checked = st.fixed_dictionaries(
        {"tolerance": st.just(1e-4), "close_calls": st.lists(text, max_size=2)},
        optional={
            "variants": st.dictionaries(
                text,
                st.fixed_dictionaries(
                    {"cases": st.integers(1, 99), "largest": rates, "held": st.booleans()}
                ),
                max_size=2,
            )
        },
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "command": text,
            "started": st.just("2025-05-06T07:08:09+00:00") | text,
            "notes": st.lists(text, max_size=3),
            "plan": plan,
            "duration_s": st.none() | st.floats(0, 1e7),
            "exitstatus": st.none() | st.sampled_from([0, 0, 1, 2, 5]),
            "versions": st.dictionaries(text, st.none() | text, max_size=2),
            "hardware": objects(text),
            "options": objects(text),
            "numerics": st.none() | st.just({"device": "cpu", "quantization": {"a": 1}}),
            "self_check": checked,
            "against": st.none() | st.builds(_saved_run, st.just("base") | text, text),
            "replayed": st.fixed_dictionaries({"path": text, "started": text}),
            "changed": st.none() | st.builds(_chosen, text, st.lists(text, max_size=2)),
            "confidence": st.just(0.95),
        },
    )


def _chosen(since: str, names: list[str]) -> dict[str, object]:
    """Return by what candidates were chosen."""
    kinds = {"adapters": names, "unchanged": names[1:], "gone": names[:1]}
    return {"since": since, "commit": "ab" * 20, "file": since, **kinds}


def _saved_run(name: str, path: str) -> dict[str, object]:
    model = {"name": "base", "source": path, "fingerprint": "ab" * 32}
    return {"name": name, "path": path, "candidate": {**model, "name": name}, "base": model}


def variants(text: Text) -> st.SearchStrategy[VariantRow]:
    """Return bases and candidates, single seeds of a group among them."""
    return st.builds(
        VariantRow,
        name=text,
        source=text,
        revision=st.none() | text,
        fingerprint=text,
        dtype=text,
        size=counts,
        adapter=st.none() | objects(text) | st.just({"r": 8, "target_modules": ["q", "v"]}),
        group=st.none() | text,
    )


def tasks(text: Text) -> st.SearchStrategy[TaskRow]:
    """Return tasks with any decoding, signatures and confusion matrix."""
    return st.builds(
        TaskRow,
        name=text,
        kind=text,
        about=text,
        source=text,
        data=text,
        data_hash=text,
        template_hash=text,
        n=counts,
        decode=st.none() | objects(text),
        samples=st.integers(1, 3) | st.just(10**9),
        metrics=tuples(text, 2),
        slices=tuples(text, 2),
        signatures=st.dictionaries(text, text, max_size=2),
        confusion=st.none() | st.just({"labels": ["a"], "counts": {"base": [[1, 0]]}}),
    )


def failure_rows(text: Text) -> st.SearchStrategy[FailureRow]:
    """Return failures of a candidate, by labels of ours and of a task's own rules."""
    labels = st.dictionaries(known_labels | text, counts, max_size=4)
    return st.builds(
        FailureRow,
        task=text,
        candidate=text,
        n=counts,
        failed=st.none() | counts,
        labels=labels,
        flaws=labels,
        regressions=st.none() | counts,
        worst=tuples(text, 5),
    )


def pattern_rows(text: Text, number: Number) -> st.SearchStrategy[PatternRow]:
    """Return what failures or regressions have in common."""
    found = st.builds(
        Pattern,
        feature=text,
        n=counts,
        failed=counts,
        lift=number,
        p=rates,
        p_adjusted=rates,
        cases=tuples(text, 3),
    )
    return st.builds(
        PatternRow,
        task=text,
        candidate=text,
        n=counts,
        failed=counts,
        tried=counts,
        found=tuples(found, 2),
    )


def failure_log_rows(text: Text) -> st.SearchStrategy[FailureLogRow]:
    """Return failures against earlier runs."""
    again = st.builds(Recurring, case=text, failed=counts, runs=counts)
    return st.builds(
        FailureLogRow,
        task=text,
        candidate=text,
        runs=counts,
        again=tuples(again, 2),
        new=tuples(text, 3),
        mended=tuples(text, 3),
    )


def tradeoff_rows(text: Text, number: Number) -> st.SearchStrategy[TradeoffRow]:
    """Return a candidate's gain against what it costs."""
    measure = st.builds(TradeoffMeasure, task=text, metric=text, gain=st.none() | number)
    return st.builds(
        TradeoffRow,
        candidate=text,
        seeds=st.none() | st.integers(2, 9),
        size=counts,
        target=st.none() | number,
        general=st.none() | number,
        smaller=st.none() | text,
        marginal=st.none() | number,
        measures=tuples(measure, 2),
    )


def rows_of_tests(text: Text) -> st.SearchStrategy[TestRow]:
    """Return tests of `node_ids` with any outcome, with and without a line."""
    return st.builds(TestRow, nodeid=node_ids, message=text, line=st.none() | st.integers(1, 9999))


def records(text: Text, number: Number) -> st.SearchStrategy[Record]:
    """Return whole records, none of whose rows need belong to another."""
    return st.builds(
        Record,
        version=st.just(1),
        run=run_facts(text),
        variants=tuples(variants(text), 3),
        tasks=tuples(tasks(text), 2),
        comparisons=tuples(comparisons(text, number), 4),
        tests=tuples(rows_of_tests(text), 4),
        failures=tuples(failure_rows(text), 3),
        patterns=tuples(pattern_rows(text, number), 2),
        failure_log=tuples(failure_log_rows(text), 2),
        tradeoff=tuples(tradeoff_rows(text, number), 2),
    )


def samples(text: Text) -> st.SearchStrategy[Sample]:
    """Return samples of any task."""
    choice = st.fixed_dictionaries(
        {"text": text, "logprob": st.floats(-100, 0), "tokens": st.integers(1, 9)},
        optional={"greedy": st.booleans()},
    )
    turn = st.fixed_dictionaries({"user": text, "reply": text})
    return st.builds(
        Sample,
        task=text,
        case=text,
        variant=text | st.just("base"),
        sample=st.integers(0, 3),
        slices=st.dictionaries(text, text, max_size=2),
        prompt=text | st.just([{"role": "user", "content": "hi"}]),
        expected=json_values(text),
        response=text,
        turns=st.none() | tuples(turn, 3),
        choices=st.none() | tuples(choice, 3),
        choice=st.none() | st.integers(0, 4),
        finish=st.sampled_from(["stop", "length", "error"]),
        scores=st.dictionaries(text, st.none() | st.floats(-1e9, 1e9), max_size=2),
        passed=st.none() | st.booleans(),
        labels=st.lists(known_labels | text, max_size=3, unique=True).map(tuple),
        error=st.none() | text,
    )
