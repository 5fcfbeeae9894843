"""ROUGE-1, -2, -L and -Lsum: how many words, word pairs and word sequences are shared.

From 0 to 1, higher is better. Lin 2004, "ROUGE: A package for automatic evaluation of summaries",
by the library rouge-score with its own tokenizer. ``rougeL`` takes a text as one sequence,
``rougeLsum`` each of its lines, as papers on summaries do. Misleading about truth: "is" and "is
not" share nearly every word; and outside English, where the tokenizer keeps ``a-z`` and ``0-9``
alone.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, library, references
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable


def rate(kind: str, task: Task, case: Case, response: Response, *, stemmer: bool) -> Score:  # noqa: ARG001 - PerCase
    """Return the F-measure of ROUGE `kind`, from 0 to 1, against the best of the right texts.

    With `stemmer` words are stemmed first (Porter).
    """
    from rouge_score.rouge_scorer import RougeScorer  # 1.5 s: only where a task asks for it

    scorer = RougeScorer([kind], use_stemmer=stemmer)
    scores = scorer.score_multi(references(case), response.text)
    value = float(scores[kind].fmeasure)
    return Score(value=value, reason="" if value else "nothing is shared")


def needs(kind: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects a text and the library is installed."""
    expected_texts(kind, task)
    library(kind, task, "rouge_score", extra="rouge")


def rouge(kind: str) -> Configurable:
    """Return the metric of one kind: ``rouge1``, ``rouge2``, ``rougeL`` or ``rougeLsum``.

    Its option `stemmer` stems words before they are compared.
    """
    return Configurable(name=kind, keys=("stemmer",), make=partial(_made, kind))


def _made(kind: str, options: Options) -> PerCase:
    stemmer = options.flag("stemmer")
    return PerCase(
        name=kind,
        binary=False,
        needs=partial(needs, kind),
        rate=partial(rate, kind, stemmer=stemmer),
        score_libraries=("rouge-score",),
    )
