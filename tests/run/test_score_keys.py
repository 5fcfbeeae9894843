"""Keys of stored scores: whatever a score or an estimate depends on is in them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.score import Score, averaged
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import Numerics
from pytest_ftevals.metrics.registry import metric
from pytest_ftevals.run import score_keys
from pytest_ftevals.run.baseline import conditions_of
from pytest_ftevals.run.score_keys import estimates_key, score_key, scoring_digest
from pytest_ftevals.store.keys import KeyContext, library_versions

CASE = Case(id="1", task="t", prompt="?", expected={"a": 1})
TASK = Task(
    name="t",
    kind="generate",
    path=Path("t.task.yaml"),
    cases=(CASE,),
    metrics=("json_schema",),
    schema={"type": "object"},
)
RESPONSE = Response(text='{"a": 1}')


def _key(
    name: str = "json_schema", task: Task = TASK, case: Case = CASE, response: Response = RESPONSE
) -> str:
    return score_key(scoring_digest(task, metric(name)), case, response)


OTHERS: dict[str, dict[str, Any]] = {
    "metric": {"name": "rouge1"},
    "kind": {"task": replace(TASK, kind="choice")},
    "schema": {"task": replace(TASK, schema={"type": "array"})},
    "no schema": {"task": replace(TASK, schema=None)},
    "expected": {"case": replace(CASE, expected={"a": 2})},
    "expected type": {"case": replace(CASE, expected={"a": "1"})},
    "continuations": {"case": replace(CASE, continuations=(" A", " B"))},
    "givens": {"case": replace(CASE, givens=(" A", " B"))},
    "several expected": {"case": replace(CASE, expected=["a", "b"])},
    "text": {"response": replace(RESPONSE, text='{"a": 1} ')},
    "finish": {"response": replace(RESPONSE, finish="length")},
    "choices": {"response": replace(RESPONSE, choices=(Choice(text="x", logprob=-1.0, tokens=1),))},
    "logprob": {"response": replace(RESPONSE, choices=(Choice(text="x", logprob=-2.0, tokens=1),))},
}


def test_everything_that_a_score_depends_on_is_in_its_key() -> None:
    """No two of these share a key."""
    keys = {_key(), *(_key(**other) for other in OTHERS.values())}
    assert len(keys) == len(OTHERS) + 1


@pytest.mark.parametrize(
    "same",
    [
        {"task": replace(TASK, name="other", decode=replace(TASK.decode, seed=5), samples=3)},
        {"case": replace(CASE, id="2", prompt="!", source="x.jsonl:4")},
        {"response": replace(RESPONSE, batch="abc", prompt_tokens=9)},
    ],
)
def test_what_changes_no_score_changes_no_key(same: dict[str, Any]) -> None:
    """The same answer is scored once, whoever gave it and wherever it was asked."""
    assert _key(**same) == _key()


@pytest.mark.parametrize("library", ["jsonschema", "jsonschema-specifications", "referencing"])
def test_another_version_of_a_library_is_another_key(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    """Read from the metadata, of the libraries of this metric and no other's."""
    before, other = _key(), _key("rouge1")
    real = library_versions

    def versions(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, "9.9" if name == library else found) for name, found in real(names))

    monkeypatch.setattr(score_keys, "library_versions", versions)
    assert _key() != before
    assert _key("rouge1") == other


@pytest.mark.parametrize("version", ["SCORE_VERSION", "ESTIMATE_VERSION"])
def test_another_version_is_another_key(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Of scores or of estimates: an interval's new way of computing changes no score."""
    before = _key(), _estimates()
    monkeypatch.setattr(score_keys, version, getattr(score_keys, version) + 1)
    assert (_key() != before[0]) == (version == "SCORE_VERSION")
    assert (_estimates() != before[1]) == (version == "ESTIMATE_VERSION")


def test_saved_runs_hang_on_the_way_of_scoring_alone() -> None:
    """Intervals changed since the first saved runs, scores did not."""
    context = KeyContext(
        fingerprint="f",
        tokenizer="t",
        numerics=Numerics(device="cpu", dtype="float32", attention="eager"),
        engine="transformers",
        versions=(),
    )
    assert conditions_of(context)["way of scoring"] == score_keys.SCORE_VERSION == 1
    assert score_keys.ESTIMATE_VERSION == 3


ONE = Score(value=1.0, expected="a", predicted="a")
MISS = Score(value=0.0, expected="a", predicted="b")


def _estimates(name: str = "f1_macro", **changed: Any) -> str:
    told: dict[str, Any] = {
        "before": [ONE, MISS],
        "after": [MISS, MISS],
        "binary": True,
        "levels": (0.95, 0.9),
        "seed": 1,
        **changed,
    }
    before, after = told.pop("before"), told.pop("after")
    return estimates_key(metric(name), before, after, **told)


def test_everything_that_an_estimate_depends_on_is_in_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Metric, all paired scores with their classes, method, levels, seed and versions."""
    keys = [
        _estimates(),
        _estimates("f1_weighted"),
        _estimates("f1:a"),
        _estimates("accuracy"),
        _estimates(before=[MISS, ONE]),
        _estimates(before=[ONE, ONE]),
        _estimates(before=[ONE, replace(MISS, predicted="c")]),
        _estimates(before=[ONE, replace(MISS, predicted=None)]),
        _estimates(before=[ONE, replace(MISS, expected="c")]),
        _estimates(before=[MISS, MISS], after=[ONE, MISS]),
        _estimates(before=[averaged([ONE, MISS])], after=[averaged([MISS, MISS])]),
        _estimates(before=[ONE], after=[MISS]),
        _estimates(binary=False),
        _estimates(levels=(0.95, 0.8)),
        _estimates(levels=(0.9, 0.9)),
        _estimates(seed=2),
    ]
    monkeypatch.setattr(score_keys, "REPLICATES", 10)
    keys.append(_estimates())
    monkeypatch.undo()
    for library in ("numpy", "scikit-learn"):
        with monkeypatch.context() as patched:
            patched.setattr(score_keys, "library_versions", _without(library))
            keys.append(_estimates())
    assert len(set(keys)) == len(keys)
    assert _estimates() == keys[0]


def _without(library: str) -> Any:
    real = library_versions

    def versions(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, "0" if name == library else found) for name, found in real(names))

    return versions


def test_a_mean_depends_on_numbers_alone() -> None:
    """The classes of accuracy's scores are not read by its value."""
    plain = [replace(one, expected=None, predicted=None) for one in (ONE, MISS)]
    assert _estimates("accuracy", before=plain) == _estimates("accuracy", before=[ONE, MISS])
