"""ROUGE-1, ROUGE-2 and ROUGE-L: how many words, word pairs and word sequences are shared."""

from functools import partial
from importlib.util import find_spec

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, refuse
from pytest_ftevals.metrics.per_case import PerCase


def rate(kind: str, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return the F-measure of ROUGE `kind` against the expected text, from 0 to 1.

    Lin 2004, "ROUGE: A package for automatic evaluation of summaries", as in the rouge-score
    library with its own tokenizer and without stemming.
    """
    from rouge_score.rouge_scorer import RougeScorer  # 1.5 s: only where a task asks for it

    scores = RougeScorer([kind], use_stemmer=False).score(str(case.expected), response.text)
    return Score(value=float(scores[kind].fmeasure))


def needs(kind: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects a text and the library is installed."""
    expected_texts(kind, task)
    if find_spec("rouge_score") is None:
        what = "needs the library rouge-score, which is not installed"
        raise refuse(kind, task, what, "Install it: pip install 'pytest-ftevals[rouge]'")


def rouge(kind: str) -> PerCase:
    """Return the metric of one ROUGE kind: ``rouge1``, ``rouge2`` or ``rougeL``."""
    return PerCase(
        name=kind,
        binary=False,
        needs=partial(needs, kind),
        rate=partial(rate, kind),
        score_libraries=("rouge-score",),
    )
