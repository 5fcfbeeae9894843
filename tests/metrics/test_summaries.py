"""ROUGE against rouge-score called directly; coverage of facts and length by their laws."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.fact_coverage import facts_of
from pytest_ftevals.metrics.length_ratio import ratio
from pytest_ftevals.metrics.registry import build, metric

TEXTS = st.lists(
    st.sampled_from(["the", "cats", "cat", "running", "runs", "on", "mat", "\n", "über"]),
    max_size=14,
).map(" ".join)
STEADY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def _made(name: str, options: dict[str, Any]) -> Metric:
    return build(MetricEntry(name=name, metric=name, options=options), Path()) or metric(name)


@pytest.mark.parametrize("stemmer", [False, True])
@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL", "rougeLsum"])
@STEADY
@given(right=st.lists(TEXTS, min_size=1, max_size=3), reply=TEXTS)
def test_rouge_is_the_librarys(
    kind: str, right: list[str], reply: str, make_task: Callable[..., Task], *, stemmer: bool
) -> None:
    """Stemmed or not, over one reference or the best of several, it is the library's F-measure."""
    from rouge_score.rouge_scorer import RougeScorer

    task = make_task(right)
    judge = _made(kind, {"stemmer": stemmer})
    judge.check(task)
    reference = RougeScorer([kind], use_stemmer=stemmer).score_multi(right, reply)
    score = judge.score(task, task.cases[0], Response(text=reply))
    assert score.value == reference[kind].fmeasure


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "the column 'facts', which in case '1' (t.jsonl:1) is None, not a list of texts"),
        ({"points": ["x"]}, "not a list of texts; its columns: points"),
        ({"facts": "20 euros"}, "is '20 euros', not a list of texts"),
        ({"facts": []}, "is [], not a list of texts"),
        ({"facts": ["x", 20]}, "holds [20], which is no text with words"),
        ({"facts": [[]]}, "holds [], which is no text with words"),
        ({"facts": ["the"]}, "holds ['the'], which is no text with words"),
    ],
)
def test_facts_must_be_there(
    make_task: Callable[..., Task], row: dict[str, Any], message: str
) -> None:
    """A row whose facts cannot be looked for is named at collection, with what is valid."""
    with pytest.raises(FtevalsError) as mistake:
        metric("fact_coverage").check(make_task("x", row=row))
    assert message in str(mistake.value)
    assert "{metric: fact_coverage, facts: COLUMN}" in str(mistake.value)


@STEADY
@given(facts=st.lists(st.sampled_from(["one cat", "two", "3 dogs", "mat"]), min_size=1))
def test_a_reply_of_all_facts_covers_them(facts: list[str], make_task: Callable[..., Task]) -> None:
    """Facts joined into a reply are all found, whatever stands between them."""
    task = make_task("x", row={"facts": facts})
    reply = Response(text="; ".join(facts).upper())
    assert metric("fact_coverage").score(task, task.cases[0], reply).value == 1


def test_facts_and_alternatives() -> None:
    """A text is a fact of one alternative; a list is a fact of several."""
    assert facts_of(["a cat", ["two", "2"]]) == (("a cat",), ("two", "2"))


@given(one=st.integers(0, 10**6), other=st.integers(0, 10**6))
def test_the_ratio_has_no_side(one: int, other: int) -> None:
    """Too long and too short cost alike; only equal lengths are worth 1."""
    assert ratio(one, other) == ratio(other, one)
    assert 0 <= ratio(one, other) <= 1
    assert (ratio(one, other) == 1) == (one == other)


@pytest.mark.parametrize("name", ["fact_coverage", "length_ratio", "rougeLsum"])
def test_what_they_say_of_themselves(name: str) -> None:
    """Between 0 and 1, higher is better, a mean of real scores."""
    found = metric(name)
    assert (found.higher_is_better, found.points) == (True, True)
    assert (found.binary, found.is_mean) == (False, True)
