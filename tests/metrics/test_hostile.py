"""Whatever a model writes, scoring gives a score and never raises."""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import process_time

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.reply import MAX_DEPTH, NotJSONError, parse_json
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric

LONGEST_SECONDS = 20
"""Processor time for one reply; what grows with the square of its length takes minutes."""
HOSTILE = {
    "one line of a megabyte": "a" * 1_000_000,
    "a megabyte of words": "word " * 200_000,
    "nested beyond the stack": "[" * 100_000,
    "nested and closed": "[" * 100_000 + "]" * 100_000,
    "nested objects": '{"queue":' * 5_000 + "1" + "}" * 5_000,
    "nested just within Python's stack": '{"queue":' * 400 + "1" + "}" * 400,
    "an integer of 5,000 digits": '{"queue": ' + "9" * 5_000 + "}",
    "an integer of 4,000 digits": '{"queue": ' + "9" * 4_000 + "}",
    "a huge exponent": '{"queue": 1e999999999}',
    "NaN": '{"queue": NaN}',
    "a lone surrogate": '{"queue": "\ud800"}',
    "an escaped lone surrogate": '{"queue": "\\udfff"}',
    "control characters": "\x00\x1b[31m\x07\r\x08",
    "a byte order mark": '\ufeff{"queue": "billing"}',
    "a right-to-left override": "\u202e{}",
    "a list of a megabyte": "[" + "1," * 250_000 + "1]",
    "a wrong type": '{"queue": [{}, [], null]}',
    "a fence, spaces and a backtick": "```" + " " * 200_000 + "`",
    "tildes and a backtick": "~" * 200_000 + "`",
    "spaces and a letter": " " * 200_000 + "x",
    "a letter, spaces and a letter": "x" + " " * 200_000 + "x",
    "lines without a word": "x" + "\n" * 200_000 + "x",
    "tabs and lines by turns": "\t\n" * 100_000 + "x",
    "full stops and spaces": ". " * 100_000,
    "commas between digits": "1,111," * 30_000 + "1",
}

READERS = (
    "accuracy",
    "balanced_accuracy",
    "precision_macro",
    "recall_weighted",
    "f1_macro",
    "exact_match",
    "token_f1",
    "contains",
    "regex",
    "numeric",
    "json_valid",
    "json_fenced",
    "json_schema",
    "field_accuracy",
    "function_call",
    "rouge1",
    "rouge2",
    "rougeL",
    "rougeLsum",
    "fact_coverage",
    "length_ratio",
    "bleu",
    "chrf",
    "ter",
    "ifeval_prompt_loose",
    "ifeval_instruction_strict",
    "refusal_correct",
    "over_refusal",
    "under_refusal",
)
"""Metrics that read reply texts, one of each kind."""
WEATHER = {"name": "weather", "arguments": {"city": "Paris"}}
INSTRUCTIONS = {
    "key": 1,
    "prompt": "?",
    "instruction_id_list": ["detectable_format:title", "length_constraints:number_paragraphs"],
    "kwargs": [{}, {"num_paragraphs": 5}],
}
ANYTHING_GOES = {
    "json_valid",
    "json_fenced",
    "refusal_correct",
    "token_f1",
    "rouge1",
    "rouge2",
    "rougeL",
    "rougeLsum",
    "length_ratio",
    "fact_coverage",
    "ifeval_prompt_loose",
    "ifeval_instruction_strict",
}
"""What may score a hostile reply above 0."""


def tasks(make_task: Callable[..., Task]) -> Iterator[Task]:
    """Yield tasks of which every metric that reads replies takes one."""
    schema = {
        "type": "object",
        "properties": {"queue": {"enum": ["billing"], "multipleOf": 0.1, "pattern": "^b"}},
    }
    yield make_task({"queue": "billing"}, schema=schema)
    yield make_task(WEATHER)
    for marked in (True, False):
        yield make_task("billing 7", row={"should_refuse": marked, "facts": ["billing"]})
    yield make_task("billing", row=INSTRUCTIONS)


@pytest.fixture
def taking(make_task: Callable[..., Task]) -> Callable[[str], Task]:
    """Return the first of the tasks that a metric takes."""

    def find(name: str) -> Task:
        for task in tasks(make_task):
            with suppress(FtevalsError):
                metric(name).check(task)
                return task
        raise LookupError(name)

    return find


@pytest.mark.parametrize("name", [*READERS, "f1:billing"])
@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_replies_are_scored(
    name: str, reply: str, taking: Callable[[str], Task], answer: Callable[..., Response]
) -> None:
    """It is scored in time, its reason is short, and the value can be taken over it."""
    judge, task = metric(name), taking(name)
    began = process_time()
    score = judge.score(task, task.cases[0], answer(reply))
    assert process_time() - began < LONGEST_SECONDS
    highest = 1.0 if name in ANYTHING_GOES or not judge.higher_is_better else 0.0
    if not judge.points:
        highest = math.inf
    assert score.value is not None
    assert 0 <= score.value <= highest
    assert len(score.reason) <= 300
    assert score.reason.isprintable()
    if judge.is_mean or score.expected is not None:
        assert judge.value([score]) == score.value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(reply=st.text(st.characters(exclude_categories=())))
def test_any_text_is_scored(
    reply: str, taking: Callable[[str], Task], answer: Callable[..., Response]
) -> None:
    """No text at all makes a metric raise."""
    for name in READERS:
        task = taking(name)
        assert metric(name).score(task, task.cases[0], answer(reply)).value is not None


def test_depth_is_limited_exactly() -> None:
    """Nesting of the allowed depth is read, one level more is refused."""
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(NotJSONError, match="nested deeper"):
        parse_json("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
