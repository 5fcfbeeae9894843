"""Function call: the reply calls the expected functions with the expected arguments.

0 or 1, higher is better. The order of several calls does not count, as of parallel tool calls; an
expected empty list of calls means that none is right. Misleading where several arguments would do:
an optional one that is given, or a text in other words, is a miss.
"""

from functools import partial

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.fields import same_json, wrong_fields
from pytest_ftevals.metrics.needs import expected_objects, refuse
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.table import Configurable
from pytest_ftevals.metrics.tool_calls import Call, NoCallError, calls_in, calls_of
from pytest_ftevals.metrics.wording import quoted, short


def rate(by_name: bool, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return 1 where the calls are the expected ones (by name alone, if asked for), else 0."""
    wanted = calls_of(case.expected)
    try:
        made = calls_in(response.text)
    except NoCallError as error:
        # What is no call calls nothing.
        return Score(value=0.0, reason=str(error)) if wanted else Score(value=1.0)
    reason = difference(made, wanted, by_name=by_name)
    return Score(value=0.0, reason=short(reason)) if reason else Score(value=1.0)


def difference(made: list[Call], wanted: list[Call], *, by_name: bool) -> str:
    """Return the first difference between two lists of calls, an empty text where they agree."""
    if len(made) != len(wanted):
        names = ", ".join(quoted(call.name) for call in made) or "none"
        return f"{len(made)} calls ({names}) where {len(wanted)} were expected"
    left = list(made)
    for call in wanted:
        named = [one for one in left if one.name == call.name]
        same = [one for one in named if by_name or same_json(one.arguments, call.arguments)]
        if not same:
            return _wrong(call, named, left)
        # Equal calls are alike to every other expected one, so the first may be taken.
        left.remove(same[0])
    return ""


def _wrong(call: Call, named: list[Call], left: list[Call]) -> str:
    if not named:
        return f"calls {quoted(left[0].name)} where {quoted(call.name)} was expected"
    wrong = wrong_fields(call.arguments, named[0].arguments)
    if wrong:
        return f"{quoted(call.name)}: wrong or missing {', '.join(map(quoted, wrong))}"
    more = sorted(named[0].arguments.keys() - call.arguments.keys())
    return f"{quoted(call.name)}: unexpected {', '.join(map(quoted, more))}"


def needs(task: Task) -> None:
    """Raise FtevalsError unless every case expects calls."""
    expected_objects("function_call", task)
    for case in task.cases:
        try:
            calls_of(case.expected)
        except NoCallError as error:
            what = f"compares calls, and what case {case.id!r} ({case.source}) expects is {error}"
            fix = "Give `expected: {name: ..., arguments: {...}}`, or {tool_calls: [...]}."
            raise refuse("function_call", task, what, fix) from None


def function_call(options: Options) -> PerCase:
    """Return the metric that compares names and arguments, or names alone."""
    return PerCase(
        name="function_call",
        binary=True,
        needs=needs,
        rate=partial(rate, options.word("match", ("all", "name")) == "name"),
    )


FUNCTION_CALL = Configurable(name="function_call", keys=("match",), make=function_call)
