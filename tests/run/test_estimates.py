"""Stored estimates and scores: the same as computed, computed once, and never from damage."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.registry import metric, metric_of
from pytest_ftevals.run import estimates as module
from pytest_ftevals.run.estimates import Estimates, estimates
from pytest_ftevals.run.scores import TaskScores
from pytest_ftevals.store.responses import Store
from pytest_ftevals.store.scores import ScoreStore

CLASSES = "abbabcab"
BEFORE = [Score(value=float(c == "a"), expected=c, predicted="a") for c in CLASSES]
AFTER = [
    Score(value=float(c != "c"), expected=c, predicted=c if c != "c" else None) for c in CLASSES
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    store = Store(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def kept(store: Store) -> ScoreStore:
    """The scores in it."""
    return ScoreStore(store)


def _found(name: str, kept: ScoreStore | None, **changed: Any) -> Estimates:
    told: dict[str, Any] = {"binary": metric(name).binary, "levels": (0.95, 0.9), "seed": 3}
    return estimates(metric(name), BEFORE, AFTER, **told | changed, kept=kept)


def _count(store: Store) -> int:
    with store.transaction() as connection:
        (number,) = connection.execute("SELECT count(*) FROM scores").fetchone()
    return int(number)


@pytest.mark.parametrize(
    ("name", "binary"), [("f1_macro", True), ("recall:a", True), ("accuracy", False)]
)
def test_the_second_time_nothing_is_computed(
    kept: ScoreStore, monkeypatch: pytest.MonkeyPatch, name: str, binary: bool
) -> None:
    """And the stored estimates equal the computed ones to the last bit."""
    plain = _found(name, None, binary=binary)
    assert _found(name, kept, binary=binary) == plain

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("computed again")

    monkeypatch.setattr(module, "_computed", never)
    assert _found(name, kept, binary=binary) == plain
    for other in ({"seed": 4}, {"levels": (0.95, 0.8)}, {"binary": not binary}):
        if (name, other) != ("accuracy", {"binary": True}):
            with pytest.raises(AssertionError, match="computed again"):
                _found(name, kept, **{"binary": binary} | other)


def test_what_is_cheaper_computed_is_not_stored(store: Store, kept: ScoreStore) -> None:
    """Wilson's and Newcombe's intervals are formulas over four counts."""
    assert _found("accuracy", kept)[0].interval.method == "wilson"
    assert _count(store) == 0
    _found("f1_macro", kept)
    assert _count(store) == 1


def test_an_unbounded_metric_keeps_its_infinities(kept: ScoreStore) -> None:
    """Equal numbers without limits have an interval without ends."""
    found = PerCase(name="length", binary=False, needs=_nothing, rate=_never, points=False)
    same = [Score(value=5.0)] * 3
    told: dict[str, Any] = {"binary": False, "levels": (0.95, 0.9), "seed": 0, "kept": kept}
    first = estimates(found, same, same, **told)
    assert first[2].interval.high == float("inf")
    assert estimates(found, same, same, **told) == first


def _nothing(_task: Task) -> None: ...


def _never(_task: Task, _case: Case, _response: Response) -> Score:
    raise AssertionError


@pytest.mark.parametrize(
    "value", ["null", "[]", "7", '[{"value": 1}, 2, 3]', '[{"value": 1, "interval": {}}]']
)
def test_what_is_no_estimate_is_computed_again(store: Store, kept: ScoreStore, value: str) -> None:
    """A row with a right checksum over a wrong value: from another version, say."""
    plain = _found("f1_macro", kept)
    with store.transaction() as connection:
        ((key,),) = connection.execute("SELECT key FROM scores").fetchall()
    with closing(sqlite3.connect(store.folder / "responses.sqlite")) as connection, connection:
        connection.execute("DELETE FROM scores")
    kept.put({key: json.loads(value)})
    assert _found("f1_macro", kept) == plain
    assert kept.get([key])[key] != json.loads(value)


class Counting:
    """A metric with a library that counts how often it scores."""

    def __init__(self) -> None:
        self.scored: list[str] = []
        self.metric = replace(
            metric("json_schema"),  # type: ignore[type-var]
            rate=self._rate,
        )

    def _rate(self, _task: Task, case: Case, response: Response) -> Score:
        self.scored.append(case.id)
        good = response.text == case.expected
        return Score(value=float(good), reason="" if good else "\ud800 broken")


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Put the counting metric in the place of json_schema."""
    counting = Counting()

    def found(task: Task, name: str) -> Any:
        return counting.metric if name == "json_schema" else metric_of(task, name)

    monkeypatch.setattr("pytest_ftevals.run.scores.metric_of", found)
    return counting


def _task(**changed: Any) -> Task:
    cases = tuple(Case(id=str(n), task="t", prompt="?", expected=f"w{n}") for n in range(5))
    task = Task(
        name="t",
        kind="generate",
        path=Path("t.task.yaml"),
        cases=cases,
        metrics=("json_schema", "accuracy"),
        schema={"type": "string"},
    )
    return replace(task, **changed)


def _scores(task: Task, kept: ScoreStore, *, wrong: str = "3") -> TaskScores:
    def respond(_variant: str, case: Case, sample: int) -> Response:
        return Response(text="wrong" if case.id == wrong else f"{case.expected}" + "!" * sample)

    return TaskScores(task, respond, levels=(0.95, 0.9), kept=kept)


def test_scores_of_a_library_are_stored(kept: ScoreStore, store: Store, counting: Counting) -> None:
    """Another run scores nothing, with the same values and reasons; a new answer is scored."""
    first = _scores(_task(), kept).scores("base", "json_schema")
    assert len(counting.scored) == 5
    assert _scores(_task(), kept).scores("base", "json_schema") == first
    assert first["3"] == Score(value=0.0, reason="\ud800 broken")
    assert len(counting.scored) == 5
    _scores(_task(), kept, wrong="4").scores("r8", "json_schema")
    # Case 3 is right now, which nobody saw before; case 4 has an expectation of its own.
    assert counting.scored[5:] == ["3", "4"]
    _scores(_task(schema={"type": "object"}), kept).scores("base", "json_schema")
    assert len(counting.scored) == 12
    assert _count(store) == 12


def test_scores_without_a_library_are_not_stored(kept: ScoreStore, store: Store) -> None:
    """Comparing two texts is faster than looking its outcome up."""
    _scores(_task(), kept).scores("base", "accuracy")
    assert _count(store) == 0


def test_every_sample_is_stored(kept: ScoreStore, counting: Counting) -> None:
    """Each by its own answer, all in one read and one write."""
    task = _task(samples=3)
    first = _scores(task, kept).scores("base", "json_schema")
    assert len(counting.scored) == 4 * 3 + 1  # the wrong answer is the same three times
    again = _scores(task, kept)
    assert again.score("base", "json_schema", task.cases[0]) == first["0"]
    assert again.sample("base", "json_schema", task.cases[0], 0).value == 1.0
    assert len(counting.scored) == 13


def test_a_task_is_read_and_written_at_once(
    kept: ScoreStore, store: Store, counting: Counting
) -> None:
    """Two transactions for all of a variant's scores on a metric, one in the next run."""
    statements: list[str] = []
    with store.transaction() as connection:
        connection.set_trace_callback(statements.append)
    _scores(_task(), kept).scores("base", "json_schema")
    assert sum(one.startswith("SELECT") for one in statements) == 1
    assert statements.count("COMMIT") == 1
    statements.clear()
    _scores(_task(), kept).scores("base", "json_schema")
    assert len(counting.scored) == 5
    assert [one.split()[0] for one in statements] == ["SELECT"]


def test_a_score_without_a_value_is_never_stored(
    kept: ScoreStore, store: Store, counting: Counting
) -> None:
    """What was too slow under load is tried again; what an older store has of it counts not."""
    quick = counting.metric
    slow = Score(value=None, reason="too slow")
    counting.metric = replace(quick, rate=lambda _task, _case, _response: slow)  # type: ignore[type-var]
    assert set(_scores(_task(), kept).scores("base", "json_schema").values()) == {slow}
    assert _count(store) == 0
    counting.metric = quick
    first = _scores(_task(), kept).scores("base", "json_schema")
    assert first["0"].value == 1.0
    with store.transaction() as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM scores")]
        connection.execute("DELETE FROM scores")
    kept.put(dict.fromkeys(keys, slow.to_json()))
    assert _scores(_task(), kept).scores("base", "json_schema") == first


def test_an_answer_that_is_none_is_never_stored(kept: ScoreStore, store: Store) -> None:
    """An error may be gone in the next run."""
    task = _task()
    scores = TaskScores(
        task,
        lambda *_: Response(error="out of memory", finish="error"),
        levels=(0.95, 0.9),
        kept=kept,
    )
    found = scores.scores("base", "json_schema")
    assert {one.reason for one in found.values()} == {"out of memory"}
    assert _count(store) == 0


def test_a_damaged_score_is_scored_again(
    kept: ScoreStore, store: Store, counting: Counting
) -> None:
    """Never trusted, and stored anew."""
    first = _scores(_task(), kept).scores("base", "json_schema")
    with closing(sqlite3.connect(store.folder / "responses.sqlite")) as connection, connection:
        connection.execute("UPDATE scores SET value = replace(value, '1.0', '0.0')")
    assert _scores(_task(), kept).scores("base", "json_schema") == first
    assert len(counting.scored) == 9
    assert _scores(_task(), kept).scores("base", "json_schema") == first
    assert len(counting.scored) == 9
