"""Exact match with SQuAD's normalisation."""

import re
import string
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import quoted

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(text: str) -> str:
    """Return `text` lower-cased, without ASCII punctuation and articles, with single spaces.

    As in the SQuAD v1.1 evaluation script (Rajpurkar et al. 2016, arXiv 1606.05250).
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def rate(task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase's shape
    """Return 1 where reply and expected text are equal once normalised, else 0."""
    answered, right = normalized(response.text), normalized(str(case.expected))
    if answered == right:
        return Score(value=1.0)
    return Score(value=0.0, reason=f"{quoted(answered)} where {quoted(right)} was expected")


EXACT_MATCH = PerCase(
    name="exact_match", binary=True, needs=partial(expected_texts, "exact_match"), rate=rate
)
