"""Bootstrap replicates by formula are what lm-eval's aggregations give on the drawn documents."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_ftevals.core.quiet import quietly
from pytest_ftevals.metrics.lm_eval.replicates import known, replicated
from pytest_ftevals.stats.bootstrap import resample_counts

N = 12
DRAW = random.Random(7)  # noqa: S311 - test data
WORDS = ["the", "a", "cat", "dog", "sits", "runs", "here", "there", "now", "then"]


def sentence() -> str:
    """Return a few words."""
    return " ".join(DRAW.choices(WORDS, k=DRAW.randint(4, 9)))


def near(text: str) -> str:
    """Return a text with one word changed."""
    words = text.split()
    words[DRAW.randrange(len(words))] = DRAW.choice(WORDS)
    return " ".join(words)


REFERENCES = [sentence() for _ in range(N)]
PAIRS = [(text, near(text)) for text in REFERENCES]
ITEMS: dict[str, Sequence[Any]] = {
    "mean": [DRAW.random() for _ in range(N)],
    "nanmean": [DRAW.random() if number % 3 else float("nan") for number in range(N)],
    "median": [DRAW.random() for _ in range(N)],
    "perplexity": [-9 * DRAW.random() for _ in range(N)],
    "weighted_perplexity": [(-40 * DRAW.random(), DRAW.randint(1, 30)) for _ in range(N)],
    "bits_per_byte": [(-40 * DRAW.random(), DRAW.randint(1, 30)) for _ in range(N)],
    "f1_score": [(DRAW.randint(0, 1), DRAW.randint(0, 1)) for _ in range(N)],
    "matthews_corrcoef": [(DRAW.randint(0, 2), DRAW.randint(0, 2)) for _ in range(N)],
    "brier_score": [(number % 2, [0.25, 0.75]) for number in range(N)],
    "bleu": PAIRS,
    "chrf": PAIRS,
    "chrfpp": PAIRS,
    "ter": PAIRS,
}


@pytest.mark.parametrize("name", ITEMS)
def test_formulas_are_the_aggregations(name: str) -> None:
    """On forty resamples; some draw a single class, or no class 1 at all."""
    import numpy as np
    from lm_eval.api import metrics

    aggregate = getattr(metrics, name)
    assert known(aggregate) == name
    items = ITEMS[name]
    (counts,) = resample_counts(N, seed=3, replicates=40)
    counts = np.vstack([counts, np.eye(N, dtype=np.int64)[1] * N])
    with quietly():
        found = replicated(name, aggregate, items, counts)
        expected = [
            float(aggregate([items[at] for at in np.repeat(np.arange(N), row).tolist()]))
            for row in counts
        ]
    assert found.shape == (41,)
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_classes_without_class_one() -> None:
    """F1 is of class 1: 0 where there is none."""
    import numpy as np

    counts = np.ones((2, 3), dtype=np.int64)
    assert replicated("f1_score", max, [(0, 0), (0, 0), (0, 0)], counts).tolist() == [0, 0]


def test_a_tasks_own_aggregation_is_called() -> None:
    """With the drawn items, each as often as drawn."""
    import numpy as np

    counts = np.array([[2, 0, 1], [0, 3, 0]], dtype=np.int64)
    found = replicated("", lambda items: sum(map(sum, items)), [[1], [10], [5, 5]], counts)
    assert found.tolist() == [12, 30]
