"""The rules that label failures: an ordered table in rules.json, and when each applies.

The first rule that applies gives the primary label; later ones that apply add theirs. What no rule
explains is a wrong answer. ``docs/labels.md`` shows the table.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.form import Form
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.details import invented
from pytest_ftevals.labels.failure import Failure
from pytest_ftevals.labels.instructions import broken

FILE = Path(__file__).with_name("rules.json")
Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One label and when it applies."""

    label: Label
    applies: Callable[[Failure, Numbers], bool]
    meaning: str
    threshold: str = ""
    """The numbers in it, in words."""
    numbers: Numbers
    misleading: str
    """Where the label says something else than it seems to."""


def should_have_refused(failure: Failure, _: Numbers) -> bool:
    """Return whether the row asks for a refusal and the reply, not an empty one, is none."""
    return failure.words > 0 and failure.should_refuse is True and not failure.refuses


def refused(failure: Failure, _: Numbers) -> bool:
    """Return whether the reply refuses what the row does not say that it should."""
    return failure.refuses and failure.should_refuse is not True


def incomplete(failure: Failure, _: Numbers) -> bool:
    """Return whether the reply was cut off; JSON that is whole at the limit was not."""
    return failure.cut_off and (not failure.wants_json or failure.json_fault is Label.INVALID_JSON)


def invalid_json(failure: Failure, _: Numbers) -> bool:
    """Return whether JSON was asked for, and what is read of the reply is none."""
    return failure.json_fault is Label.INVALID_JSON


def wrong_format(failure: Failure, _: Numbers) -> bool:
    """Return whether what is read is JSON of another shape than was asked for."""
    return failure.json_fault is Label.WRONG_FORMAT


def hallucinated(failure: Failure, numbers: Numbers) -> bool:
    """Return whether a reply that should be grounded has details of its own."""
    if not (failure.is_text and failure.task.grounded):
        return False
    return len(invented(failure)) >= numbers["details"]


def ignored(failure: Failure, numbers: Numbers) -> bool:
    """Return whether the reply breaks an instruction that can be checked.

    Those of JSON are the business of other rules, and an empty reply ignores everything.
    """
    if not failure.is_text or failure.words == 0:
        return False
    if failure.form.breaks is not None and failure.form.breaks(failure.case, failure.response):
        return True
    return not failure.wants_json and len(broken(failure)) >= numbers["instructions"]


def too_verbose(failure: Failure, numbers: Numbers) -> bool:
    """Return whether a text is far longer than the expected one, the longest of several.

    Only where the two are compared as wholes: elsewhere the answer may stand in a long reply.
    """
    expected = failure.expected_words
    if expected is None or failure.wants_json or not failure.form.compares:
        return False
    return failure.words > numbers["factor"] * expected[1] + numbers["extra"]


def too_short(failure: Failure, numbers: Numbers) -> bool:
    """Return whether the reply is empty, or a text far shorter than a longer expected one.

    Of several right texts the shortest counts. A refusal says all that it has to say.
    """
    if not failure.is_text or failure.refuses:
        return False
    expected = failure.expected_words
    if failure.words == 0:
        return expected is None or expected[0] != 0
    if expected is None or expected[0] < numbers["from"] or failure.wants_json:
        return False
    return failure.form.compares and failure.words * numbers["part"] < expected[0]


_APPLIES: Mapping[Label, Callable[[Failure, Numbers], bool]] = {
    Label.SHOULD_HAVE_REFUSED: should_have_refused,
    Label.UNSAFE_REFUSAL: refused,
    Label.INCOMPLETE_ANSWER: incomplete,
    Label.INVALID_JSON: invalid_json,
    Label.WRONG_FORMAT: wrong_format,
    Label.HALLUCINATED_DETAIL: hallucinated,
    Label.IGNORED_INSTRUCTION: ignored,
    Label.TOO_VERBOSE: too_verbose,
    Label.TOO_SHORT: too_short,
    Label.WRONG_ANSWER: lambda _, __: False,  # it stands for what no other rule explains
}


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules in their order, read when they are first asked for."""
    data: Any = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Rule(
            label=(label := Label(one["label"])),
            applies=_APPLIES[label],
            meaning=one["meaning"],
            threshold=one["threshold"].format(**one["numbers"]),
            numbers=one["numbers"],
            misleading=one["misleading"],
        )
        for one in data["rules"]
    )


def label_failure(
    task: Task,
    case: Case,
    response: Response,
    form: Form,
    base_passed: bool | None,
    own: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return why a case failed, the primary label first; `form`: what the metrics read of replies.

    `own` are the labels that the task's own rules give; they go before all others. ``regression
    from base`` comes last wherever the base passed (`base_passed` None: not known, or this is the
    base). A response that is an error is no answer and gets no labels; a text that was predicted
    badly, or an answer that took long, is no wrong one: such tasks have no others.
    """
    if response.error is not None or response.finish == "error":
        return ()
    after = (Label.REGRESSION.value,) if base_passed else ()
    if task.kind in ("perplexity", "deployment"):
        return after
    failure = Failure(task=task, case=case, response=response, form=form)
    found = [rule.label.value for rule in rules() if rule.applies(failure, rule.numbers)]
    named = tuple(dict.fromkeys((*own, *found))) or (Label.WRONG_ANSWER.value,)
    return (*named, *after)
