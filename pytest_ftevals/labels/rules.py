"""The rules that label failures, as an ordered table.

The first rule that applies gives the primary label; later ones that apply add theirs. What no rule
explains is a wrong answer. ``docs/deciding.md`` shows the table.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.form import Form
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.failure import Failure

VERBOSE_FACTOR = 3
VERBOSE_EXTRA = 20
SHORT_SHARE = 1 / 3
SHORT_FROM = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One label and when it applies."""

    label: Label
    applies: Callable[[Failure], bool]
    meaning: str
    threshold: str = ""
    """The numbers in it, in words."""


def incomplete(failure: Failure) -> bool:
    """Return whether the reply was cut off; JSON that is whole at the limit was not."""
    cut = failure.is_text and failure.response.finish == "length"
    return cut and (not failure.wants_json or failure.json_fault is Label.INVALID_JSON)


def invalid_json(failure: Failure) -> bool:
    """Return whether JSON was asked for, and what is read of the reply is none."""
    return failure.json_fault is Label.INVALID_JSON


def wrong_format(failure: Failure) -> bool:
    """Return whether what is read is JSON of another shape than was asked for."""
    return failure.json_fault is Label.WRONG_FORMAT


def too_verbose(failure: Failure) -> bool:
    """Return whether a text is far longer than the expected one, the longest of several.

    Only where the two are compared as wholes: elsewhere the answer may stand in a long reply.
    """
    expected = failure.expected_words
    if expected is None or failure.wants_json or not failure.form.compares:
        return False
    return failure.words > VERBOSE_FACTOR * expected[1] + VERBOSE_EXTRA


def too_short(failure: Failure) -> bool:
    """Return whether the reply is empty, or a text far shorter than a longer expected one.

    Of several right texts the shortest counts.
    """
    if not failure.is_text:
        return False
    expected = failure.expected_words
    if failure.words == 0:
        return expected is None or expected[0] != 0
    if expected is None or expected[0] < SHORT_FROM or failure.wants_json:
        return False
    if not failure.form.compares:
        return False
    return failure.words < SHORT_SHARE * expected[0]


RULES: tuple[Rule, ...] = (
    Rule(
        label=Label.INCOMPLETE_ANSWER,
        applies=incomplete,
        meaning="the reply was cut off at the token limit (JSON that is whole there was not)",
        threshold="the task's max_new_tokens",
    ),
    Rule(
        label=Label.INVALID_JSON,
        applies=invalid_json,
        meaning="the task asks for JSON, and the reply, or the part that is read, is none",
    ),
    Rule(
        label=Label.WRONG_FORMAT,
        applies=wrong_format,
        meaning="JSON, but no object (no call), without an expected field, or against the schema",
    ),
    Rule(
        label=Label.TOO_VERBOSE,
        applies=too_verbose,
        meaning="the reply is compared with an expected text, and far longer",
        threshold=f"more than {VERBOSE_FACTOR} x the expected words + {VERBOSE_EXTRA}",
    ),
    Rule(
        label=Label.TOO_SHORT,
        applies=too_short,
        meaning="the reply is empty, or far shorter than an expected text",
        threshold=f"under a third of the expected words, where {SHORT_FROM} or more are expected",
    ),
)
WRONG_ANSWER = Rule(
    label=Label.WRONG_ANSWER,
    applies=lambda _: True,
    meaning="none of the above: the answer has the right form and is not the expected one",
)


def label_failure(
    task: Task, case: Case, response: Response, form: Form, base_passed: bool | None
) -> tuple[Label, ...]:
    """Return why a case failed, the primary label first; `form`: what the first metric wants.

    ``regression from base`` comes last wherever the base passed (`base_passed` None: not known, or
    this is the base). A response that is an error is no answer and gets no labels; a text that was
    predicted badly, or an answer that took long, is no wrong one: such tasks have no others.
    """
    if response.error is not None or response.finish == "error":
        return ()
    if task.kind in ("perplexity", "deployment"):
        return (Label.REGRESSION,) if base_passed else ()
    failure = Failure(task=task, case=case, response=response, form=form)
    found = [rule.label for rule in RULES if rule.applies(failure)]
    found = found or [WRONG_ANSWER.label]
    return (*found, Label.REGRESSION) if base_passed else tuple(found)
