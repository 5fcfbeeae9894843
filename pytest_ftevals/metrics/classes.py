"""Answers as classes: what accuracy, precision, recall, F1 and the confusion matrix share.

The class of a choice is the option's letter or text as scored; of a text, the stripped text; of an
object with one expected field, that field's value; with several, their canonical JSON. A case with
several right answers expects no one class.
"""

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.fields import NoObjectError, reply_object, wrong_fields
from pytest_ftevals.metrics.likelihoods import right_options, unscorable
from pytest_ftevals.metrics.needs import references
from pytest_ftevals.metrics.wording import any_of, quoted


def rate_class(task: Task, case: Case, response: Response) -> Score:
    """Return 1 where the answered class is the expected one, else 0, with both classes.

    An answer that is no class at all (a reply that is no JSON object) has `predicted` None.
    """
    if task.kind == "choice":
        return _rate_choice(case, response)
    if isinstance(case.expected, dict):
        return _rate_object(case.expected, response.text)
    if isinstance(case.expected, list):
        return _rate_texts(case, response.text.strip())
    expected, predicted = expected_class(task, case), response.text.strip()
    if expected == predicted:
        return Score(value=1.0, expected=expected, predicted=predicted)
    reason = f"{quoted(predicted)} where {quoted(expected)} was expected"
    return Score(value=0.0, reason=reason, expected=expected, predicted=predicted)


def expected_class(task: Task, case: Case) -> str:
    """Return the class of a case's expectation."""
    if task.kind == "choice":
        if not isinstance(case.expected, int):
            raise TypeError(f"a choice expects an option's index, not {case.expected!r}")
        return _option(case, case.expected)
    if isinstance(case.expected, dict):
        return _spelled(case.expected, case.expected)
    return str(case.expected).strip()


def _rate_choice(case: Case, response: Response) -> Score:
    if (unscored := unscorable(case, response)) is not None:
        return unscored
    chosen = response.choice or 0
    right, answered = right_options(case), _option(case, chosen)
    if isinstance(case.expected, list):
        options = any_of([_option(case, index) for index in right])
        reason = f"chose {quoted(answered)} where {options} is right"
        return Score(value=1.0) if chosen in right else Score(value=0.0, reason=reason)
    expected = _option(case, right[0])
    if chosen == right[0]:
        return Score(value=1.0, expected=expected, predicted=answered)
    reason = f"chose {quoted(answered)} where {quoted(expected)} is right"
    # Two options of one text are two classes to the task and one to the confusion matrix; the
    # wrong one must not count as a hit there.
    predicted = answered if answered != expected else None
    return Score(value=0.0, reason=reason, expected=expected, predicted=predicted)


def _option(case: Case, index: int) -> str:
    """Return an option as it is scored, or as it is given where all share what is scored."""
    return (case.givens or case.continuations)[index].strip()


def _rate_texts(case: Case, answered: str) -> Score:
    right = [text.strip() for text in references(case)]
    if answered in right:
        return Score(value=1.0)
    reason = f"{quoted(answered)} where {any_of(right)} was expected"
    return Score(value=0.0, reason=reason)


def _rate_object(expected: dict[str, JSON], reply: str) -> Score:
    right = _spelled(expected, expected)
    try:
        answered = reply_object(reply)
    except NoObjectError as error:
        return Score(value=0.0, reason=str(error), expected=right)
    wrong = wrong_fields(expected, answered)
    if not wrong:
        return Score(value=1.0, expected=right, predicted=right)
    name = wrong[0]
    if name not in answered:
        return Score(value=0.0, reason=f"field {quoted(name)} is missing", expected=right)
    reason = (
        f"field {quoted(name)} is {quoted(answered[name])} "
        f"where {quoted(expected[name])} was expected"
    )
    predicted = None if expected.keys() - answered.keys() else _spelled(expected, answered)
    # The number 3 and the text "3" are spelled alike; a wrong answer is never the right class.
    return Score(
        value=0.0,
        reason=reason,
        expected=right,
        predicted=predicted if predicted != right else None,
    )


def _spelled(fields: dict[str, JSON], answered: dict[str, JSON]) -> str:
    if len(fields) > 1:
        return canonical({name: answered[name] for name in fields})
    (value,) = (answered[name] for name in fields)
    return value if isinstance(value, str) else canonical(value)
