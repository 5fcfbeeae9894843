"""Options of metrics against lm-evaluation-harness: its regex filter and its exact match."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.patterns import Pattern
from pytest_ftevals.metrics.registry import build

IGNORE = [",", r"\$", "(?s).*#### ", r"\.$"]
GSM8K = {"normalize": "none", "ignore": IGNORE, "ignore_case": True}
STRICT = {**GSM8K, "extract": r"The answer is (\-?[0-9\.\,]+)."}
FLEXIBLE = {**GSM8K, "extract": r"-?[$0-9.,]{2,}|-?[0-9]+", "take": "last"}
STRICT_FILTER = {"regex_pattern": r"The answer is (\-?[0-9\.\,]+)."}
FLEXIBLE_FILTER = {"regex_pattern": r"(-?[$0-9.,]{2,})|(-?[0-9]+)", "group_select": -1}
PIECES = st.sampled_from(
    [
        "The answer is ",
        "the answer is ",
        "#### ",
        "18",
        "-3",
        "$1,234.50",
        "7.",
        ".",
        ",",
        "\n",
        " x ",
    ]
)
REPLIES = st.lists(PIECES, max_size=8).map("".join)


@pytest.fixture(scope="module", autouse=True)
def harness() -> None:
    """Skip these tests where the harness is not installed."""
    pytest.importorskip("lm_eval", reason="needs lm_eval: pip install 'pytest-ftevals[lm-eval]'")


def filtered(reply: str, options: Mapping[str, Any]) -> str:
    """Return what the harness's filter makes of a reply."""
    from lm_eval.filters.extraction import RegexFilter

    ((text,),) = RegexFilter(**options).apply([[reply]], [{}])
    return str(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(reply=REPLIES, target=st.sampled_from(["18", "-3", "1234.5", "1,234.50", "7"]))
@example(reply="The answer is 18", target="18")
@example(reply="#### 18", target="18")
@pytest.mark.parametrize(
    ("options", "filter_options"),
    [(STRICT, STRICT_FILTER), (FLEXIBLE, FLEXIBLE_FILTER)],
    ids=["strict", "flexible"],
)
def test_gsm8k_scores_are_the_harnesss(
    reply: str,
    target: str,
    options: Mapping[str, Any],
    filter_options: Mapping[str, Any],
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
) -> None:
    """Both of its numbers for `gsm8k_cot`, case by case: filter, then exact match."""
    from lm_eval.api.metrics import exact_match_hf_evaluate

    task = make_task(target)
    judge = build(MetricEntry(name="strict", metric="exact_match", options=options), Path())
    assert judge is not None
    theirs = exact_match_hf_evaluate(
        predictions=[filtered(reply, filter_options)],
        references=[target],
        regexes_to_ignore=IGNORE,
        ignore_case=True,
    )
    assert judge.score(task, task.cases[0], answer(reply)).value == theirs["exact_match"]


@settings(max_examples=200)
@given(reply=st.text(st.sampled_from("ab1 .\n"), max_size=12))
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("source", ["a", "a(b*)", "(a)|b", "[ab]+(?:1|2)", "a|", "(?s).*b", r"\s*"])
def test_extraction_is_the_harnesss(reply: str, source: str, last: bool) -> None:
    """First and last match equal its `group_select` 0 and -1, `[invalid]` is no match."""
    options = {"regex_pattern": source, "group_select": -1 if last else 0, "fallback": "[none]"}
    found = Pattern(source).found(reply, "last" if last else "first")
    assert ("[none]" if found is None else found) == filtered(reply, options)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    reply=st.text(st.sampled_from("aB1,.- "), max_size=5),
    expected=st.text(st.sampled_from("aB1,.- "), max_size=5),
    case=st.booleans(),
    punctuation=st.booleans(),
    ignore=st.lists(st.sampled_from([",", "[0-9]", "^a", r"\s"]), max_size=2),
)
def test_exact_match_options_are_the_harnesss(
    reply: str,
    expected: str,
    case: bool,
    punctuation: bool,
    ignore: list[str],
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
) -> None:
    """Without normalisation, the options are `exact_match_hf_evaluate`'s."""
    from lm_eval.api.metrics import exact_match_hf_evaluate

    options: dict[str, Any] = {
        "normalize": "none",
        "ignore": list(ignore),
        "ignore_case": case,
        "ignore_punctuation": punctuation,
    }
    task = make_task(expected)
    judge = build(MetricEntry(name="em", metric="exact_match", options=options), Path())
    assert judge is not None
    theirs = exact_match_hf_evaluate(
        predictions=[reply],
        references=[expected],
        regexes_to_ignore=ignore,
        ignore_case=case,
        ignore_punctuation=punctuation,
    )
    assert judge.score(task, task.cases[0], answer(reply)).value == theirs["exact_match"]
