"""Perplexities, bits per byte and loss: golden cases, and lm-evaluation-harness's definitions."""

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.language_modelling import LARGEST
from pytest_ftevals.metrics.registry import metric

NAMES = ("word_perplexity", "byte_perplexity", "bits_per_byte", "token_perplexity", "loss")
GOLDEN = Path(__file__).parent / "golden" / "texts" / "language_modelling.json"
TEXTS = st.lists(
    st.tuples(st.floats(-300, -0.1), st.integers(1, 90), st.text(min_size=1, max_size=40)),
    min_size=2,
    max_size=20,
)


def _score(name: str, logprob: float, tokens: int, counted: str) -> Score:
    case = Case(
        id="1",
        task="t",
        prompt="",
        expected=None,
        options=(counted,),
        continuations=("scored",),
    )
    task = Task(
        name="t", kind="perplexity", path=Path("t.task.yaml"), cases=(case,), metrics=(name,)
    )
    judge = metric(name)
    judge.check(task)
    choice = Choice(text="scored", logprob=logprob, tokens=tokens)
    return judge.score(task, case, Response(choices=(choice,)))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(case, id=f"{case['metric']}: {case['description']}")
        for case in json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    ],
)
def test_golden_text(written: Mapping[str, Any]) -> None:
    """A golden text's own value and reason are as written; one text's value is its score."""
    name = written["metric"]
    score = _score(name, float(written["logprob"]), written["tokens"], written["counted"])
    assert written.get("reason", "") in score.reason
    if written["score"] is None:
        assert (score.value, bool(score.reason)) == (None, True)
        return
    assert score.value == pytest.approx(written["score"], abs=written["tolerance"])
    assert metric(name).value([score]) == score.value


UNITS: dict[str, Callable[[int, str], int]] = {
    "word": lambda _, text: len(re.split(r"\s+", text)),
    "byte": lambda _, text: len(text.encode()),
    "token": lambda tokens, _: tokens,
}
LIBRARY = {
    "word_perplexity": ("word", "weighted_perplexity"),
    "byte_perplexity": ("byte", "weighted_perplexity"),
    "bits_per_byte": ("byte", "bits_per_byte"),
    "token_perplexity": ("token", "weighted_perplexity"),
}
"""What lm-evaluation-harness takes of pairs of a log-probability and a count."""


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(texts=TEXTS, data=st.data())
def test_values_are_pooled(
    name: str, texts: list[tuple[float, int, str]], data: st.DataObject
) -> None:
    """Value and replicates are those of all texts' sums, as lm-evaluation-harness takes them."""
    import numpy as np
    from lm_eval.api import metrics

    unit, function = LIBRARY.get(name, ("token", "weighted_mean"))
    items = [(logprob, UNITS[unit](tokens, text)) for logprob, tokens, text in texts]
    scores = [_score(name, *text) for text in texts]
    found = metric(name)
    wanted = getattr(metrics, function)(items)
    value = -wanted if name == "loss" else wanted
    assert found.value(scores) == pytest.approx(value, rel=1e-12)
    drawn = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1, max_size=40))
    counts = np.bincount(drawn, minlength=len(texts))[np.newaxis]
    replicates = found.resampled(scores, counts)
    assert replicates is not None
    assert replicates[0] == pytest.approx(found.value([scores[one] for one in drawn]), rel=1e-9)


@given(text=st.text(min_size=1), tail=st.sampled_from(["", " ", "\n", " = = "]))
def test_words_and_bytes_are_counted_as_for_wikitext(text: str, tail: str) -> None:
    """lm-evaluation-harness counts a page's words and bytes in its task's own code."""
    from lm_eval.tasks.wikitext.preprocess_wikitext import process_results

    page = text + tail
    wanted = process_results({"page": page}, [-100.0])
    for name in ("word_perplexity", "byte_perplexity", "bits_per_byte"):
        assert _score(name, -100.0, 7, page).parts == list(wanted[name])


def test_an_overflowing_text_does_not_spoil_the_value() -> None:
    """A text beyond 1e300 counts with its sums: a word of 2,000 nats among many words."""
    scores = [_score("word_perplexity", -2000.0, 400, "a"), _score("loss", -1.0, 1, "a")]
    assert scores[0].value == LARGEST
    many = _score("word_perplexity", -1000.0, 500, "a " * 998 + "a")
    assert metric("word_perplexity").value([scores[0], many]) == pytest.approx(math.exp(3))
    assert metric("word_perplexity").value([scores[0]]) == LARGEST


def test_without_counted_text_the_scored_one_counts() -> None:
    """A case without options is counted by what was scored."""
    case = Case(id="1", task="t", prompt="Q:", expected=None, continuations=(" two words",))
    task = Task(name="t", kind="perplexity", path=Path("t"), cases=(case,), metrics=("loss",))
    response = Response(choices=(Choice(text=" two words", logprob=-6.0, tokens=2),))
    assert metric("word_perplexity").score(task, case, response).value == pytest.approx(math.exp(2))


@pytest.mark.parametrize("name", NAMES)
def test_other_tasks_are_refused(name: str, make_task: Callable[..., Task]) -> None:
    """A task that scores no texts is named, with what to do."""
    with pytest.raises(FtevalsError, match="scores whole texts, and a choice task has none"):
        metric(name).check(make_task(0, kind="choice"))


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_not_scored(name: str, make_task: Callable[..., Task]) -> None:
    """An error, and a response without the text, give no number and say why."""
    task = make_task(None, kind="perplexity")
    assert metric(name).score(task, task.cases[0], failed("too long")).reason == "too long"
    empty = metric(name).score(task, task.cases[0], Response())
    assert (empty.value, empty.reason) == (None, "the response does not score the text")


@pytest.mark.parametrize("name", NAMES)
def test_what_they_say_of_themselves(name: str) -> None:
    """Lower is better, in units of their own, and no mean of scores."""
    found = metric(name)
    assert (found.higher_is_better, found.points) == (False, False)
    assert (found.binary, found.is_mean) == (False, False)
