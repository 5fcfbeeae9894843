"""The registry: names, per-class names, unknown names, and what importing it costs."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import failed
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.registry import metric, metric_names


def test_every_name_gives_its_metric() -> None:
    """A metric is found by its name; what it scores and its direction are in `test_docs`."""
    assert metric_names()[0] == "accuracy"
    for name in metric_names():
        assert metric(name).name == name


def test_a_class_may_be_named() -> None:
    """``f1:LABEL`` is the F1 of one class, whatever characters the label has."""
    assert metric("f1:billing").name == "f1:billing"
    assert metric("recall:a:b c").name == "recall:a:b c"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("acuracy", "Did you mean 'accuracy'?"),
        ("Accuracy", "Did you mean 'accuracy'?"),
        ("choice_probabilty", "Did you mean 'choice_probability'?"),
        ("rougel", "Did you mean 'rougeL'?"),
        ("f1", "Did you mean 'f1_macro', or 'f1:CLASS'"),
        ("f1:", "Did you mean 'f1_macro'"),
        ("accuracy:billing", "Metrics: accuracy, balanced_accuracy"),
        ("", "precision:CLASS, recall:CLASS, f1:CLASS. Your own: MODULE:FUNCTION, "),
    ],
)
def test_unknown_names_are_explained(name: str, advice: str) -> None:
    """An unknown name gives the closest one and all valid ones."""
    with pytest.raises(FtevalsError) as mistake:
        metric(name)
    assert f"unknown metric {name!r}" in str(mistake.value)
    assert advice in str(mistake.value)


def test_the_registry_is_light() -> None:
    """Importing it loads none of the libraries that scoring needs."""
    code = (
        "import sys, pytest_ftevals.metrics.registry;"
        "heavy = {'numpy', 'scipy', 'sklearn', 'jsonschema', 'rouge_score', 'regex', 'torch'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", metric_names())
def test_errors_are_not_scored(name: str, make_task: Callable[..., Task]) -> None:
    """A response that is an error gives no number and says why."""
    task = make_task("x")
    score = metric(name).score(task, task.cases[0], failed("out of memory"))
    assert (score.value, score.reason) == (None, "out of memory")


@pytest.mark.parametrize("name", ["accuracy", "rouge1"])
def test_unscored_cases_have_no_value(name: str, make_task: Callable[..., Task]) -> None:
    """Taking the mean over an unscored case is refused, never counted as 0."""
    task = make_task("x")
    score = metric(name).score(task, task.cases[0], failed("timeout"))
    with pytest.raises(ValueError, match="timeout"):
        metric(name).value([score])
