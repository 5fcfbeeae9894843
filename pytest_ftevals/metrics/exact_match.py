"""Exact match: reply and expected text are equal once normalised.

0 or 1, higher is better. By default as in the SQuAD v1.1 evaluation script (Rajpurkar et al. 2016,
arXiv 1606.05250); with its options as `exact_match` of lm-evaluation-harness 0.4.13. Misleading
where punctuation matters (`-5` equals `5`, `1.5` equals `15`) and outside English, whose articles
alone are removed.
"""

import re
import string
from dataclasses import dataclass
from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, references
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.patterns import LIBRARY, Pattern, TooSlowError
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.wording import any_of, quoted

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(text: str) -> str:
    """Return `text` lower-cased, without ASCII punctuation and articles, with single spaces.

    As in the SQuAD v1.1 evaluation script (Rajpurkar et al. 2016, arXiv 1606.05250).
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What does not count when two texts are compared, in the order of its steps."""

    ignore: tuple[Pattern, ...] = ()
    """What these match is removed, one after the other."""
    ignore_case: bool = False
    ignore_punctuation: bool = False
    """ASCII punctuation only."""
    squad: bool = True

    def of(self, text: str) -> str:
        """Return what is compared of a text; raises TooSlowError."""
        for pattern in self.ignore:
            text = pattern.removed(text)
        if self.ignore_case:
            text = text.lower()
        if self.ignore_punctuation:
            text = text.translate(_NO_PUNCTUATION)
        return normalized(text) if self.squad else text


def rate(reading: Reading, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return 1 where the reply equals an expected text as they are read, else 0."""
    try:
        answered = reading.of(response.text)
        right = [reading.of(text) for text in references(case)]
    except TooSlowError as error:
        return Score(value=None, reason=str(error))
    if answered in right:
        return Score(value=1.0)
    return Score(value=0.0, reason=f"{quoted(answered)} where {any_of(right)} was expected")


def exact_match(options: Options) -> PerCase:
    """Return the metric that reads texts as its options say."""
    ignore = options.patterns("ignore")
    reading = Reading(
        ignore=ignore,
        ignore_case=options.flag("ignore_case"),
        ignore_punctuation=options.flag("ignore_punctuation"),
        squad=options.word("normalize", ("squad", "none")) == "squad",
    )
    return PerCase(
        name="exact_match",
        binary=True,
        needs=partial(expected_texts, "exact_match"),
        rate=partial(rate, reading),
        score_libraries=(LIBRARY,) if ignore else (),
    )


EXACT_MATCH = Configurable(
    name="exact_match",
    keys=("normalize", "ignore", "ignore_case", "ignore_punctuation"),
    make=exact_match,
)
