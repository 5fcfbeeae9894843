"""Precision, recall, F1, correlation: classes, answers of none, resamples, confusion matrix."""

from collections.abc import Callable, Sequence

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.confusion import MOST_CLASSES, confusion
from pytest_ftevals.metrics.registry import metric

PAIRS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", "x", None])),
    min_size=1,
    max_size=25,
)
NAMES = [
    *(f"{ratio}_{how}" for ratio in ("precision", "recall", "f1") for how in ("macro", "weighted")),
    *(f"{ratio}:b" for ratio in ("precision", "recall", "f1")),
    "balanced_accuracy",
    "matthews",
]
NAN = float("nan")


def scores_of(pairs: Sequence[tuple[str, str | None]]) -> list[Score]:
    """Return the scores of (expected, answered) pairs."""
    return [
        Score(value=float(right == said), expected=right, predicted=said) for right, said in pairs
    ]


def says(name: str, scores: Sequence[Score], drawn: Sequence[Score]) -> bool:
    """Return whether drawn scores say anything of what the value of all scores rests on."""
    if name == "matthews":
        return len({one.expected for one in drawn}) > 1 or len({one.expected for one in scores}) < 2
    if not name.endswith(":b"):
        return True
    claimed = name.startswith("precision") and any(one.predicted == "b" for one in scores)
    own = [one.predicted if claimed else one.expected for one in drawn]
    return "b" in own or all((one.predicted if claimed else one.expected) != "b" for one in scores)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(pairs=PAIRS, seed=st.integers(0, 1000))
def test_resampled_is_the_value_of_the_resampled_list(
    name: str, pairs: list[tuple[str, str | None]], seed: int
) -> None:
    """A replicate's value is scikit-learn's on the list that repeats each case as drawn.

    One that draws no case of what the value rests on has none.
    """
    scores = scores_of(pairs)
    n = len(scores)
    counts = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=4).astype(np.int64)

    values = metric(name).resampled(scores, counts)

    lists = [[scores[i] for i in range(n) for _ in range(row[i])] for row in counts]
    assert values is not None
    wanted = [metric(name).value(drawn) if says(name, scores, drawn) else NAN for drawn in lists]
    assert values == pytest.approx(wanted, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("precision:a", 2 / 3),
        ("recall:a", 2 / 4),
        ("f1:a", 2 * 2 / (3 + 4)),
        ("precision:b", 1 / 1),
        ("recall:b", 1 / 2),
        ("recall_macro", (2 / 4 + 1 / 2) / 2),
    ],
)
def test_an_answer_of_no_class_is_a_miss_only(name: str, wanted: float) -> None:
    """It lowers the recall of the expected class and no class's precision."""
    pairs = [("a", "a"), ("a", "a"), ("a", None), ("a", "nonsense"), ("b", "b"), ("b", "a")]
    assert metric(name).value(scores_of(pairs)) == pytest.approx(wanted)


def test_a_class_without_answers_has_precision_0() -> None:
    """Nothing divided by nothing counts as 0 and warns of nothing."""
    assert metric("precision:b").value(scores_of([("a", "a"), ("b", "a")])) == 0
    assert metric("f1:b").value(scores_of([("a", "a")])) == 0


@pytest.mark.parametrize(
    ("expected", "reply", "classes"),
    [
        ({"queue": "billing"}, '{"queue": "refund", "x": 1}', ("billing", "refund")),
        ({"queue": "billing"}, '{"queue": null}', ("billing", "null")),
        (
            {"b": 1, "a": "x"},
            '{"a": "y", "b": 1, "c": 0}',
            ('{"a":"x","b":1}', '{"a":"y","b":1}'),
        ),
        ({"queue": "billing"}, '{"Queue": "billing"}', ("billing", None)),
        ({"queue": "billing"}, "billing", ("billing", None)),
        (" yes ", "yes\n", ("yes", "yes")),
    ],
)
def test_classes_of_answers(
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
    expected: object,
    reply: str,
    classes: tuple[str, str | None],
) -> None:
    """One expected field gives its value, several give canonical JSON, a text itself."""
    task = make_task(expected)
    score = metric("f1_macro").score(task, task.cases[0], answer(reply))
    assert (score.expected, score.predicted) == classes


def test_options_of_one_text_are_never_confused(
    make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """A wrong option spelled like the right one is a miss for F1 too."""
    task = make_task(0, kind="choice", options=("same", "same"))
    score = metric("f1_macro").score(task, task.cases[0], answer(logprobs=[-2, -1]))
    assert (score.value, score.expected, score.predicted) == (0, "same", None)


SAMPLED = st.integers(1, 3).flatmap(
    lambda k: st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.lists(st.sampled_from(["a", "b", "c", "x", None]), min_size=k, max_size=k),
        ),
        min_size=1,
        max_size=12,
    )
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(cases=SAMPLED, seed=st.integers(0, 1000))
def test_every_sample_is_an_answer(
    name: str, cases: list[tuple[str, list[str | None]]], seed: int
) -> None:
    """The value is scikit-learn's on all samples; a replicate draws a case with all of its."""
    lists = [scores_of([(right, said) for said in answers]) for right, answers in cases]
    scores = [averaged(samples) for samples in lists]
    n = len(scores)
    counts = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=4).astype(np.int64)

    found = metric(name)
    assert found.value(scores) == found.value([one for samples in lists for one in samples])
    values = found.resampled(scores, counts)
    drawn = [[one for i in range(n) for one in lists[i] * int(row[i])] for row in counts]
    assert values is not None
    whole = [one for samples in lists for one in samples]
    wanted = [found.value(one) if says(name, whole, one) else NAN for one in drawn]
    assert values == pytest.approx(wanted, abs=1e-12, nan_ok=True)


def test_confusion_counts_pairs() -> None:
    """Rows are expected classes, columns answered ones, the last column answers of no class."""
    pairs = [("b", "a"), ("a", "a"), ("a", None), ("b", "b"), ("b", "nonsense"), ("b", "b")]
    table = confusion(scores_of(pairs))
    assert table is not None
    assert table.labels == ("a", "b")
    assert table.counts == ((1, 0, 1), (1, 2, 1))


@pytest.mark.filterwarnings("ignore:A single label was found")  # of the reference, not of ours
@given(pairs=PAIRS)
def test_confusion_is_scikit_learns(pairs: list[tuple[str, str | None]]) -> None:
    """The columns of classes equal scikit-learn's matrix, and every case is in one cell."""
    from sklearn.metrics import confusion_matrix

    table = confusion(scores_of(pairs))
    assert table is not None
    wanted = confusion_matrix(
        [right for right, _ in pairs], [said or "(none)" for _, said in pairs], labels=table.labels
    )
    assert [list(row[:-1]) for row in table.counts] == wanted.tolist()
    assert sum(map(sum, table.counts)) == len(pairs)


def test_confusion_leaves_out_what_it_cannot_show() -> None:
    """Unscored cases are left out; no classes, or far too many, give no matrix."""
    unscored = Score(value=None, reason="timeout")
    assert confusion([unscored]) is None
    assert confusion([Score(value=1.0)]) is None
    assert confusion([*scores_of([("a", "a")]), unscored]) == (("a",), ((1, 0),))
    assert confusion(scores_of([(str(i), "x") for i in range(MOST_CLASSES + 1)])) is None
