"""lm-eval's aggregations, and their bootstrap replicates: by formula where there is one."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]
    Values = NDArray[np.float64]

Aggregate = Callable[[list[Any]], Any]
_CORPUS = {"bleu": "BLEU", "chrf": "CHRF", "chrfpp": "CHRF", "ter": "TER"}
"""lm-eval's aggregations that sacrebleu computes, and its classes."""
_WORD_ORDER = {"chrfpp": 2}
_LARGEST = 1e300
"""What stands for an infinite perplexity, which no JSON number is."""


def known(aggregate: Aggregate) -> str:
    """Return the name of one of lm-eval's own aggregations; empty for a task's own."""
    own = getattr(aggregate, "__module__", "") == "lm_eval.api.metrics"
    return str(getattr(aggregate, "__name__", "")) if own else ""


def aggregated(aggregate: Aggregate, items: list[Any]) -> float:
    """Return what lm-eval's aggregation makes of items; it may raise anything."""
    try:
        return min(float(aggregate(items)), _LARGEST)
    except OverflowError:  # exp() of a very bad log-likelihood
        return _LARGEST


def resampled(
    aggregate: Aggregate, items: Sequence[Any], counts: "Counts", value: float
) -> "Values":
    """Return the value of each replicate, NaN where the aggregation has none.

    `value` is that of all items. A formula that misses it, or fails, is not lm-eval's any more
    (another release has changed it): then lm-eval's own function is called.
    """
    import numpy as np

    name = known(aggregate)
    if name:
        # A last replicate that draws each item once: its value is known.
        checked = np.vstack([counts, np.ones((1, len(items)), dtype=counts.dtype)])
        with suppress(Exception):
            found = np.minimum(replicated(name, aggregate, items, checked), _LARGEST)
            if math.isclose(found[-1], value, rel_tol=1e-6, abs_tol=1e-9):
                return found[:-1]
    return _called(aggregate, items, counts)


def replicated(name: str, aggregate: Aggregate, items: Sequence[Any], counts: "Counts") -> "Values":
    """Return the value of each replicate; `counts` (replicates, items) has no row of zeros.

    `name` is that of one of lm-eval's own aggregations, else empty: then `aggregate` is called for
    each replicate. The formulas are those of lm-eval 0.4.13's `api/metrics.py`.
    """
    if name in ("mean", "nanmean", "perplexity", "brier_score"):
        return _of_means(name, aggregate, items, counts)
    if name in ("weighted_perplexity", "bits_per_byte"):
        return _of_ratios(name, items, counts)
    if name in ("f1_score", "matthews_corrcoef"):
        return _of_classes(name, items, counts)
    if name in _CORPUS:
        return _of_corpora(name, items, counts)
    return _called(aggregate, items, counts)


def _of_means(name: str, aggregate: Aggregate, items: Sequence[Any], counts: "Counts") -> "Values":
    import numpy as np

    each = [aggregate([one]) for one in items] if name == "brier_score" else items
    values = np.array(each, dtype=np.float64)
    known = ~np.isnan(values)  # nanmean; the others have none
    means: Values = (counts[:, known] @ values[known]) / counts[:, known].sum(axis=1)
    return np.exp(-means) if name == "perplexity" else means


def _of_ratios(name: str, items: Sequence[Any], counts: "Counts") -> "Values":
    import numpy as np

    sums = counts @ np.array(items, dtype=np.float64)
    means: Values = sums[:, 0] / sums[:, 1]
    return np.exp(-means) if name == "weighted_perplexity" else -means / math.log(2)


def _of_classes(name: str, items: Sequence[Any], counts: "Counts") -> "Values":
    """Return F1 of class 1, or Matthews' correlation, from how often each pair was drawn.

    As scikit-learn 1.9 computes both: 0 where a denominator is 0.
    """
    import numpy as np

    classes = [*dict.fromkeys(one for pair in items for one in pair)]
    places = {one: number for number, one in enumerate(classes)}
    size = len(classes)
    cells = np.array([places[right] * size + places[answered] for right, answered in items])
    pairs = np.zeros((len(counts), size * size))
    for cell in np.unique(cells):
        pairs[:, cell] = counts[:, cells == cell].sum(axis=1)
    table = pairs.reshape(-1, size, size)
    rights, answers = table.sum(axis=2), table.sum(axis=1)
    hits = np.diagonal(table, axis1=1, axis2=2)
    if name == "f1_score":
        if 1 not in places:
            return np.zeros(len(counts))
        one = places[1]
        return _share(2 * hits[:, one], rights[:, one] + answers[:, one])
    total = rights.sum(axis=1)
    covariance = hits.sum(axis=1) * total - (rights * answers).sum(axis=1)
    spread = (total**2 - (rights**2).sum(axis=1)) * (total**2 - (answers**2).sum(axis=1))
    return _share(covariance, np.sqrt(spread))


def _share(above: "Values", below: "Values") -> "Values":
    import numpy as np

    return np.divide(above, below, out=np.zeros(len(above)), where=below != 0)


def _of_corpora(name: str, items: Sequence[Any], counts: "Counts") -> "Values":
    """Return sacrebleu's corpus score of each replicate, from the sums of sentences' counts."""
    import numpy as np
    from lm_eval.api.metrics import _sacreformat
    from sacrebleu import metrics

    options = {"word_order": _WORD_ORDER[name]} if name in _WORD_ORDER else {}
    metric: Any = getattr(metrics, _CORPUS[name])(**options)
    references, hypotheses = _sacreformat(*zip(*items, strict=True))
    counted = metric._extract_corpus_statistics(hypotheses, references)  # noqa: SLF001 - as below
    # What sacrebleu's own bootstrap does, which hands out intervals only.
    sums = counts @ np.array(counted, dtype=np.float64)
    scores = [metric._compute_score_from_stats(row.tolist()).score for row in sums]  # noqa: SLF001
    return np.array(scores)


def _called(aggregate: Aggregate, items: Sequence[Any], counts: "Counts") -> "Values":
    import numpy as np

    places = np.arange(len(items))
    values = np.full(len(counts), np.nan)
    for number, row in enumerate(counts):
        with suppress(Exception):  # some have no value of a draw: a correlation of equal numbers
            drawn = np.repeat(places, row).tolist()
            values[number] = aggregated(aggregate, [items[at] for at in drawn])
    return values
