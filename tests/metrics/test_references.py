"""Metrics against the libraries and scripts that define them, called directly."""

import re
import string
from collections.abc import Callable

import hypothesis.strategies as st
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.exact_match import normalized
from pytest_ftevals.metrics.json_schema import first_violation
from pytest_ftevals.metrics.registry import metric

PAIRS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", "d", "e", None])),
    min_size=1,
    max_size=30,
)
"""Expected and answered classes; `None` is an answer of no class."""
WORDS = st.lists(st.sampled_from(["the", "a", "cat", "sat", "on", "mat", "über"]), max_size=12)


def scores_of(pairs: list[tuple[str, str | None]]) -> list[Score]:
    """Return the scores of (expected, answered) pairs."""
    return [
        Score(value=float(right == said), expected=right, predicted=said) for right, said in pairs
    ]


def named(pairs: list[tuple[str, str | None]]) -> tuple[list[str], list[str]]:
    """Return expected and answered names; what no case expects is one name, "(none)"."""
    expected = [right for right, _ in pairs]
    return expected, [said if said in expected else "(none)" for _, said in pairs]


def squad_normalized(text: str) -> str:
    """Normalise as the SQuAD v1.1 evaluation script does, step by step in its order."""
    lowered = text.lower()
    without = "".join(char for char in lowered if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without).split())


@given(text=st.text())
def test_normalisation_is_squads(text: str) -> None:
    """The normalisation equals the script's on any text."""
    assert normalized(text) == squad_normalized(text)


@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(expected=WORDS, reply=WORDS)
def test_rouge_is_the_librarys(
    kind: str,
    expected: list[str],
    reply: list[str],
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
) -> None:
    """ROUGE equals rouge-score's F-measure with its default tokenizer and no stemmer."""
    from rouge_score.rouge_scorer import RougeScorer

    right, text = " ".join(expected), " ".join(reply)
    task = make_task(right)
    score = metric(kind).score(task, task.cases[0], answer(text))
    assert score.value == RougeScorer([kind]).score(right, text)[kind].fmeasure


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(logprobs=st.lists(st.floats(-1000, 0), min_size=3, max_size=3), right=st.integers(0, 2))
def test_choice_probability_is_scipys_softmax(
    logprobs: list[float],
    right: int,
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
) -> None:
    """Choice probability equals scipy's softmax over the log-probabilities."""
    from scipy.special import softmax

    task = make_task(right, kind="choice")
    score = metric("choice_probability").score(task, task.cases[0], answer(logprobs=logprobs))
    assert score.value == pytest.approx(float(softmax(logprobs)[right]), rel=1e-12, abs=1e-300)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "b"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
        ),
        max_leaves=6,
    )
)
def test_schema_is_the_librarys(value: object) -> None:
    """A violation is found exactly where jsonschema.validate raises."""
    schema = {"type": ["object", "integer"], "minimum": 0, "required": ["a"]}
    try:
        jsonschema.validate(value, schema)
    except jsonschema.ValidationError:
        assert first_violation(schema, value)  # type: ignore[arg-type]
    else:
        assert not first_violation(schema, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "reference", "average"),
    [
        ("precision_macro", "precision_score", "macro"),
        ("precision_weighted", "precision_score", "weighted"),
        ("recall_macro", "recall_score", "macro"),
        ("recall_weighted", "recall_score", "weighted"),
        ("f1_macro", "f1_score", "macro"),
        ("f1_weighted", "f1_score", "weighted"),
    ],
)
@settings(max_examples=40)
@given(pairs=PAIRS)
def test_averages_are_scikit_learns(
    name: str, reference: str, average: str, pairs: list[tuple[str, str | None]]
) -> None:
    """Averages equal scikit-learn's on the class names, labels given as the expected classes."""
    import sklearn.metrics

    expected = [right for right, _ in pairs]
    predicted = [said or "(none)" for _, said in pairs]
    score = getattr(sklearn.metrics, reference)
    wanted = score(
        expected, predicted, labels=sorted(set(expected)), average=average, zero_division=0
    )
    assert metric(name).value(scores_of(pairs)) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")  # of the reference
@pytest.mark.filterwarnings("ignore:A single label was found")
@settings(max_examples=40)
@given(pairs=PAIRS)
def test_balanced_accuracy_is_scikit_learns(pairs: list[tuple[str, str | None]]) -> None:
    """Balanced accuracy equals balanced_accuracy_score on the class names."""
    from sklearn.metrics import balanced_accuracy_score

    wanted = balanced_accuracy_score(*named(pairs))
    assert metric("balanced_accuracy").value(scores_of(pairs)) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.filterwarnings("ignore:A single label was found")  # of the reference, not of ours
@settings(max_examples=40)
@given(pairs=PAIRS)
def test_matthews_is_scikit_learns(pairs: list[tuple[str, str | None]]) -> None:
    """The correlation equals matthews_corrcoef, answers of no class being one class more."""
    from sklearn.metrics import matthews_corrcoef

    wanted = matthews_corrcoef(*named(pairs))
    assert metric("matthews").value(scores_of(pairs)) == pytest.approx(wanted, abs=1e-12)


def test_matthews_by_hand() -> None:
    """Two classes: (tp tn - fp fn) / sqrt of the four sums, Matthews 1975."""
    pairs: list[tuple[str, str | None]] = [
        *[("a", "a")] * 6,
        *[("b", "b")] * 3,
        *[("b", "a")] * 1,
        *[("a", "b")] * 2,
    ]
    wanted = (6 * 3 - 1 * 2) / (7 * 8 * 4 * 5) ** 0.5
    assert metric("matthews").value(scores_of(pairs)) == pytest.approx(wanted)


def squad_f1(prediction: str, truth: str) -> float:
    """Compute F1 as the SQuAD v1.1 evaluation script does, step by step in its order."""
    said, wanted = squad_normalized(prediction).split(), squad_normalized(truth).split()
    same = 0
    left = list(wanted)
    for word in said:
        if word in left:
            left.remove(word)
            same += 1
    if same == 0:
        return 0.0
    precision, recall = 1.0 * same / len(said), 1.0 * same / len(wanted)
    return (2 * precision * recall) / (precision + recall)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(right=st.lists(WORDS.map(" ".join), min_size=1, max_size=3), reply=WORDS.map(" ".join))
def test_token_f1_is_squads(
    right: list[str], reply: str, make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """Token F1 equals the script's, the best over several expected texts."""
    task = make_task(right)
    score = metric("token_f1").score(task, task.cases[0], answer(reply))
    assert score.value == max(squad_f1(reply, text) for text in right)


@settings(max_examples=40)
@given(
    pairs=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["a", "b", None])), min_size=1)
)
def test_accuracy_is_scikit_learns(pairs: list[tuple[str, str | None]]) -> None:
    """Accuracy, the mean of the hits, equals scikit-learn's accuracy_score."""
    from sklearn.metrics import accuracy_score

    scores = [Score(value=float(right == said)) for right, said in pairs]
    wanted = accuracy_score([right for right, _ in pairs], [said or "(none)" for _, said in pairs])
    assert metric("accuracy").value(scores) == pytest.approx(wanted)
