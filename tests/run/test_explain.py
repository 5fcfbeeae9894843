"""Why a threshold does not hold: the message, the worst cases, and pass rates held to bounds."""

import json
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.threshold import Threshold
from pytest_ftevals.run.explain import explain_comparison, samples_known, worst_cases
from pytest_ftevals.run.library import declare
from pytest_ftevals.run.rates import decide_rate
from pytest_ftevals.run.samples import failures_of
from pytest_ftevals.run.session import Need, Session
from pytest_ftevals.run.tested import Rate

if TYPE_CHECKING:
    from tests.run.conftest import World


@pytest.fixture
def session(world: "World") -> Session:
    """A base that knows all words and a candidate that knows none."""
    (world.base / "model.safetensors").write_text("10")
    return world.session(world.adapter("r8", "0"))


@pytest.fixture
def task(world: "World", session: Session) -> Task:
    """Six words, every other one German."""
    rows = [{"word": f"word{n}", "language": "de" if n % 2 else "en"} for n in range(6)]
    (world.folder / "w.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = world.folder / "w.task.yaml"
    path.write_text(
        'name: w\nkind: generate\ndata: w.jsonl\nprompt: "Say {{ word }}"\n'
        'expected: "{{ word }}"\nmetrics: [accuracy]\nslices: [language]\n'
    )
    return session.library.task(declare(path))


def test_a_false_threshold_explains_itself(session: Session, task: Task) -> None:
    """Values, pairs and three worst cases, whichever side of the operator the measure is on."""
    stated: list[Threshold] = []
    measure = session.result(task, "r8", lambda one, _: stated.append(one))["accuracy"]
    lines = explain_comparison(session, ">=", measure, 0.9)
    assert lines is not None
    assert lines[0].startswith("accuracy >= 0.9 does not hold for r8 on w: ")
    assert lines[1].startswith("accuracy: base 1.000, r8 0.000, -100.0")
    worst = [line for line in lines if line.startswith("case ")][1:]
    assert worst[0] == ("case 1 (wrong answer, regression from base): r8 'no idea', base 'word0'")
    assert len(worst) == 3
    assert explain_comparison(session, "<=", 0.9, measure) == lines
    assert len(set(stated)) == 1


def test_only_measures_against_numbers_are_explained(session: Session, task: Task) -> None:
    """Anything else is pytest's own business."""
    measure = session.result(task, "r8", lambda _, __: None)["accuracy"]
    for op, left, right in (
        ("==", 1, 2),
        ("<", "a", "b"),
        ("<", measure, measure),
        ("==", measure, 0.5),
        ("in", measure, [1]),
    ):
        assert explain_comparison(session, op, left, right) is None


def test_worst_cases_are_of_the_slice(session: Session, task: Task) -> None:
    """A threshold on a slice shows cases of that slice alone; unanswered there are none."""
    assert worst_cases(session, task, "r8", None) == []
    session.answer([_need_of(session, task)])
    shown = worst_cases(session, task, "r8", "language=de")
    assert [line.split()[1] for line in shown] == ["2", "4", "6"]


def test_where_nothing_fails_no_case_is_blamed(session: Session, task: Task) -> None:
    """A graded metric without `pass_at`: the report names the worst scores, a threshold none."""
    path = task.path.with_name("graded.task.yaml")
    text = task.path.read_text().replace("[accuracy]", "[token_f1]")
    path.write_text(text.replace("name: w", "name: graded"))
    graded = session.library.task(declare(path))
    session.answer([_need_of(session, graded)])
    assert worst_cases(session, graded, "r8", None) == []
    found = list(samples_known(session, graded, "r8", graded.cases))
    row = failures_of(graded, found, "r8")
    assert row is not None
    assert (row.failed, row.worst) == (None, ("1", "2", "3"))


def _need_of(session: Session, task: Task) -> Need:
    return Need(task=task, cases=task.cases, variants=session.settings.variants)


def _rate(base: list[float | None], scores: list[float | None]) -> Rate:
    ids = [str(number) for number in range(1, 7)]
    return Rate(
        metric="test_it",
        task="w",
        candidate="r8",
        base=dict(zip(ids, base, strict=True)),
        scores=dict(zip(ids, scores, strict=True)),
    )


@pytest.mark.parametrize(
    ("at_least", "drop", "missed"),
    [
        (0.5, None, []),
        (0.9, None, ["test_it >= 0.9 does not hold for r8 on w"]),
        (None, 50, []),
        (None, 3, ["test_it drop <= 3 does not hold for r8 on w"]),
        (0.9, 3, ["test_it >= 0.9", "test_it drop <= 3"]),
        (0.5, 50, []),
    ],
)
@pytest.mark.usefixtures("task")
def test_a_pass_rate_is_held_to_its_bounds(
    session: Session, at_least: float | None, drop: float | None, missed: list[str]
) -> None:
    """Each bound that does not hold is one line; all bounds are told as thresholds."""
    stated: list[Threshold] = []
    rate = _rate([1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 1])
    lines = decide_rate(
        session,
        rate,
        at_least=at_least,
        drop=drop,
        mode="point",
        record=lambda one, _: stated.append(one),
    )
    assert len(lines) == len(missed)
    for line, start in zip(lines, missed, strict=True):
        assert line.startswith(start)
    assert len(stated) == (at_least is not None) + (drop is not None)
    assert {one.metric for one in stated} == {"test_it"}


@pytest.mark.usefixtures("task")
def test_a_body_that_skips_everything_decides_nothing(session: Session) -> None:
    """Neither a pass nor a zero: an error with the reason."""
    nothing = _rate([None] * 6, [None] * 6)
    with pytest.raises(FtevalsError, match="The first reason: the test skipped this case"):
        decide_rate(
            session, nothing, at_least=0.0, drop=None, mode="point", record=lambda _, __: None
        )
