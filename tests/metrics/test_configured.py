"""Metrics as task files configure them: replies without the part that is read, and names."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pytest_ftevals import metric
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.configured import Configured, Extract
from pytest_ftevals.metrics.custom import anything
from pytest_ftevals.metrics.patterns import Pattern
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.registry import build, is_taken
from pytest_ftevals.run.library import declare


def length(task: Task, case: Case, response: Response) -> Score:
    """Return minus the number of words: 0 is the best there is."""
    assert task.cases[0] is case
    return Score(value=-float(len(response.text.split()) or 7), reason="words")


def unknown(task: Task, case: Case, response: Response) -> Score:
    """Return no score, as where a user's function raises."""
    assert task.cases[0] is case
    return Score(value=None, reason=f"raised ValueError: {response.text!r}")


def ones(task: Task, case: Case, response: Response) -> Score:
    """Return 1, the empty text included."""
    assert (task.cases[0] is case, response.error) == (True, None)
    return Score(value=1.0)


@pytest.mark.parametrize(
    ("rate", "points", "binary", "value", "reason"),
    [
        (unknown, True, False, None, "raised ValueError: ''"),
        (unknown, False, False, None, "raised ValueError: ''"),
        (length, False, False, -7, "nothing in the reply matches 'A: (.*)'"),
        (ones, True, False, 0, "nothing in the reply matches 'A: (.*)'"),
        (ones, False, True, 0, "nothing in the reply matches 'A: (.*)'"),
    ],
)
def test_a_reply_without_the_part(
    rate: Callable[[Task, Case, Response], Score],
    points: bool,
    binary: bool,
    value: float | None,
    reason: str,
    make_task: Callable[..., Task],
    answer: Callable[..., Response],
) -> None:
    """0 where that is the worst, else the score of the empty text; the unscored stays unscored."""
    inner = PerCase(name="own", binary=binary, points=points, needs=anything, rate=rate)
    judge = Configured(
        name="mine", inner=inner, options={}, extract=Extract(pattern=Pattern("A: (.*)"))
    )
    task = make_task("x")
    score = judge.score(task, task.cases[0], answer("one two"))
    assert (score.value, score.reason) == (value, reason)


def named(metric_name: str, name: str, folder: Path) -> Metric | None:
    """Return what an entry with a name of its own makes."""
    return build(MetricEntry(name=name, metric=metric_name), folder)


@pytest.mark.parametrize(
    ("metric_name", "name"),
    [
        ("accuracy", "robustness"),
        ("exact_match", "accuracy"),
        ("exact_match", "bleu"),
        ("accuracy", "f1:billing"),
        ("accuracy", "kindness"),
        ("checks:own", "accuracy"),
        ("checks:own", "robustness"),
    ],
)
def test_names_that_mean_something_else(
    metric_name: str, name: str, tmp_path: Path, kindness: object
) -> None:
    """Tests and reports would speak of another metric, or of what robustness is."""
    assert kindness
    (tmp_path / "checks.py").write_text("def own(case, response): return True\n")
    with pytest.raises(FtevalsError, match=f"'{name}' is the name of "):
        named(metric_name, name, tmp_path)


def test_names_that_are_free(tmp_path: Path, kindness: object) -> None:
    """A name of no other metric, and a metric's own."""
    assert kindness
    for metric_name, name in (("accuracy", "right"), ("kindness", "kindness")):
        made = named(metric_name, name, tmp_path)
        assert made is not None
        assert made.name == name


@pytest.fixture
def kindness(monkeypatch: pytest.MonkeyPatch) -> object:
    """Decorate a metric in a module that is loaded."""

    @metric("kindness")
    def own(case: object, response: object) -> bool:
        return case is response

    found = ModuleType("conftest_of_a_kind_user")
    vars(found)["own"] = own
    monkeypatch.setitem(sys.modules, found.__name__, found)
    return own


@pytest.mark.parametrize("name", ["robustness", "accuracy", "f1:billing"])
def test_names_that_cannot_be_declared(name: str) -> None:
    """A decorated metric takes none of them either, and its line is named."""
    assert is_taken(name)
    with pytest.raises(pytest.Collector.CollectError, match=r"test_configured\.py:\d+: "):
        metric(name)(lambda case, response: case is response)


def test_the_line_of_a_name_is_named(tmp_path: Path) -> None:
    """The mistake is found with the task file, at the entry."""
    path = tmp_path / "t.task.yaml"
    path.write_text(
        "name: t\nkind: generate\ndata: t.jsonl\nprompt: '{{ q }}'\nexpected: '{{ a }}'\n"
        "metrics:\n  - accuracy\n  - {metric: exact_match, name: robustness}\n"
    )
    (tmp_path / "t.jsonl").write_text('{"q": "?", "a": "!"}\n')
    with pytest.raises(FtevalsError, match=r"t\.task\.yaml:8: .*'robustness' is the name of"):
        declare(path)
