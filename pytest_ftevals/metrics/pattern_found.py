"""Regex: a regular expression matches somewhere in the reply.

0 or 1, higher is better. The pattern is an option, or the expected text of each case. Misleading
like every search: what stands around the match, "not" included, does not count. `^` and `$` anchor
it.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import expected_texts, references, refuse, replies
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.patterns import LIBRARY, Pattern, PatternError, TooSlowError, compiled
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.wording import any_of


def rate(fixed: Pattern | None, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return 1 where the pattern, or one of a case's own, matches in the reply, else 0."""
    patterns = [fixed] if fixed is not None else [compiled(one) for one in references(case)]
    try:
        if any(pattern.matches(response.text) for pattern in patterns):
            return Score(value=1.0)
    except TooSlowError as error:
        return Score(value=None, reason=str(error))
    sources = [pattern.source for pattern in patterns]
    return Score(value=0.0, reason=f"nothing in the reply matches {any_of(sources)}")


def needs(fixed: Pattern | None, task: Task) -> None:
    """Raise FtevalsError unless there are replies, and patterns that can be used."""
    if fixed is not None:
        replies("regex", task)
        return
    expected_texts("regex", task)
    for case in task.cases:
        for source in references(case):
            try:
                compiled(source)
            except PatternError as error:
                what = f"cannot use what case {case.id!r} ({case.source}) expects: {error}"
                fix = "`expected:` is the pattern here; or give one for all: `pattern: ...`."
                raise refuse("regex", task, what, error.fix or fix) from None


def pattern_found(options: Options) -> PerCase:
    """Return the metric with one pattern for all cases, or each case's own."""
    fixed = options.pattern("pattern", groups=None)
    return PerCase(
        name="regex",
        binary=True,
        needs=partial(needs, fixed),
        rate=partial(rate, fixed),
        score_libraries=(LIBRARY,),
    )


REGEX = Configurable(name="regex", keys=("pattern",), make=pattern_found)
