"""Fact coverage: the share of given facts that a reply states in so many words.

From 0 to 1, higher is better. Each row gives its facts in a column: a list of texts, or of lists of
alternatives of which one is enough. Reply and facts are normalised as SQuAD's script does, and a
fact counts where its words stand in the reply one after another. It is the recall of Nenkova &
Passonneau 2004, "Evaluating content selection in summarization: the pyramid method", with every
unit of weight 1 and found by its words. Misleading where a fact is said in other words (missed), or
is said to be false ("not 20 euros" has the fact "20 euros"); longer replies cover more.
"""

from functools import partial

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.exact_match import normalized
from pytest_ftevals.metrics.needs import refuse, replies
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.wording import quoted, short

COLUMN = "facts"


def rate(column: str, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return the share of the case's facts that the reply states, with those it lacks."""
    reply = _spaced(response.text)
    facts = facts_of(case.row.get(column))
    missing = [fact[0] for fact in facts if not any(_spaced(one) in reply for one in fact)]
    reason = short(f"not stated: {', '.join(map(quoted, missing))}") if missing else ""
    return Score(value=(len(facts) - len(missing)) / len(facts), reason=reason)


def facts_of(value: JSON) -> tuple[tuple[str, ...], ...]:
    """Return the facts that a column holds, each as its alternatives, one or more.

    Raises ValueError, worded for the user, for anything but texts that have words.
    """
    if not isinstance(value, list) or not value:
        raise ValueError(f"is {quoted(value)}, not a list of texts")
    facts = [one if isinstance(one, list) else [one] for one in value]
    for fact in facts:
        if not fact or not all(isinstance(one, str) and normalized(one) for one in fact):
            raise ValueError(f"holds {quoted(fact)}, which is no text with words to look for")
    return tuple(tuple(map(str, fact)) for fact in facts)


def needs(column: str, task: Task) -> None:
    """Raise FtevalsError unless every case has facts in its column."""
    replies("fact_coverage", task)
    for case in task.cases:
        try:
            facts_of(case.row.get(column))
        except ValueError as error:
            place = f" ({case.source})" if case.source else ""
            known = "" if column in case.row else f"; its columns: {', '.join(case.row)}"
            raise refuse(
                "fact_coverage",
                task,
                f"reads facts from the column {column!r}, which in case {case.id!r}{place} "
                f"{error}{known}",
                'Give a list of texts, or of lists of alternatives: ["20 euros", ["two", "2"]]; '
                "another column: {metric: fact_coverage, facts: COLUMN}.",
            ) from None


def fact_coverage(options: Options) -> PerCase:
    """Return the metric that reads facts from the column that `facts` names."""
    column = options.text("facts") or COLUMN
    return PerCase(
        name="fact_coverage",
        binary=False,
        needs=partial(needs, column),
        rate=partial(rate, column),
    )


def _spaced(text: str) -> str:
    return f" {normalized(text)} "


FACT_COVERAGE = Configurable(name="fact_coverage", keys=("facts",), make=fact_coverage)
