"""Contains: the reply holds the expected text somewhere.

0 or 1, higher is better. Misleading upwards: a reply that names every option contains the right
one, "not Paris" contains "Paris", and "Parisian" does too.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, references, refuse
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.wording import any_of


def rate(ignore_case: bool, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return 1 where the reply contains an expected text, outer white space aside, else 0."""
    right = [text.strip() for text in references(case)]
    text = response.text.casefold() if ignore_case else response.text
    if any((one.casefold() if ignore_case else one) in text for one in right):
        return Score(value=1.0)
    return Score(value=0.0, reason=f"{any_of(right)} is not in the reply")


def needs(task: Task) -> None:
    """Raise FtevalsError unless every case expects texts that are not empty: all contain those."""
    expected_texts("contains", task)
    for case in task.cases:
        if not all(text.strip() for text in references(case)):
            what = f"finds an empty text everywhere, and case {case.id!r} ({case.source}) has one"
            raise refuse("contains", task, what, "Give `expected:` a text that is not empty.")


def contains(options: Options) -> PerCase:
    """Return the metric as its options say."""
    return PerCase(
        name="contains",
        binary=True,
        needs=needs,
        rate=partial(rate, options.flag("ignore_case")),
    )


CONTAINS = Configurable(name="contains", keys=("ignore_case",), make=contains)
