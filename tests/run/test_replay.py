"""Answers read back from a report: what they were, and what a replay's record takes over."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, Sample, TaskRow, VariantRow
from pytest_ftevals.core.response import Choice, Response, failed
from pytest_ftevals.core.task import Task
from pytest_ftevals.planning.plan import Need, make_plan, request_of
from pytest_ftevals.reports.from_json import dataclass_from_json
from pytest_ftevals.reports.record_json import record_to_text
from pytest_ftevals.reports.samples import sample_line
from pytest_ftevals.run.carried import carried_over
from pytest_ftevals.run.replay import Replay, read_replay
from pytest_ftevals.run.replayed_answers import ReplayedAnswers, response_of
from pytest_ftevals.run.settings import Settings, Source

CASE = Case(id="1", task="towns", prompt="Where is Gent?", expected="Belgium")
TASK = Task(
    name="towns",
    kind="generate",
    path=Path("towns.task.yaml"),
    cases=(CASE, replace(CASE, id="2", prompt="Where is Lyon?")),
    metrics=("exact_match",),
    data_hash="d",
    template_hash="t",
)
SAMPLE = Sample(
    task="towns",
    case="1",
    variant="base",
    sample=0,
    slices={},
    prompt="Where is Gent?",
    expected="Belgium",
    response="Belgium",
    turns=None,
    choices=None,
    choice=None,
    finish="stop",
    scores={"exact_match": 1.0},
    passed=True,
    labels=(),
    error=None,
)
BASE = VariantRow(
    name="base",
    kind="base",
    source="ORG/base",
    revision=None,
    fingerprint="f",
    dtype="float32",
    size=1,
    adapter=None,
    shares_base=None,
)
GOOD = replace(BASE, name="good", kind="adapter", source="out/good")
ROW = TaskRow(
    name="towns",
    kind="generate",
    about="",
    source="towns.task.yaml",
    data="towns.jsonl",
    data_hash="d",
    template_hash="t",
    n=2,
    decode=TASK.decode.to_json(),
    samples=1,
    metrics=("exact_match",),
    slices=(),
)
RUN: dict[str, Any] = {
    "started": "2026-01-02T03:04:05+00:00",
    "versions": {"pytest": "1", "torch": "2.0"},
    "hardware": {"accelerators": ["one"]},
    "options": {"base": "ORG/base", "dtype": "bfloat16", "confidence": 0.9},
    "numerics": {"dtype": "bfloat16"},
    "self_check": {"tolerance": None},
    "notes": ["good was trained on another base"],
}


def write(folder: Path, *samples: Sample, **run: Any) -> Replay:
    """Write a report of one task; return it as it is read."""
    record = Record(run={**RUN, **run}, variants=(BASE, GOOD), tasks=(ROW,))
    (folder / "record.json").write_text(record_to_text(record), encoding="utf-8")
    lines = "".join(sample_line(one) + "\n" for one in samples)
    (folder / "samples.jsonl").write_text(lines, encoding="utf-8")
    return read_replay(folder)


def as_read(sample: Sample) -> Sample:
    """Return a sample as it comes back from its line."""
    return dataclass_from_json(Sample, json.loads(sample_line(sample)), "sample")


@given(text=st.text(), finish=st.sampled_from(["stop", "length"]))
def test_a_reply_comes_back(text: str, finish: Any) -> None:
    """To the letter; only lone surrogates, which no tokenizer gives, are replaced."""
    read = response_of(as_read(replace(SAMPLE, response=text, finish=finish)))
    assert read == Response(text=text, finish=finish)


@given(st.lists(st.floats(max_value=0, allow_infinity=False), min_size=1))
def test_choices_come_back(logprobs: list[float]) -> None:
    """To the last bit, with how many tokens each took."""
    choices = tuple(
        Choice(text=f" {number}", logprob=one, tokens=number + 1)
        for number, one in enumerate(logprobs)
    )
    written: tuple[dict[str, JSON], ...] = tuple(
        {"text": one.text, "logprob": one.logprob, "tokens": one.tokens} for one in choices
    )
    read = response_of(as_read(replace(SAMPLE, choices=written, choice=0, response="x")))
    assert read == Response(choices=choices)
    assert read.text == ""


def test_no_number_stays_none() -> None:
    """NaN is written as null, and is NaN again."""
    written: tuple[dict[str, JSON]] = ({"text": " A", "logprob": math.nan, "tokens": 1},)
    (choice,) = response_of(as_read(replace(SAMPLE, choices=written))).choices
    assert math.isnan(choice.logprob)


def test_an_error_comes_back() -> None:
    """It is no answer, with the reason."""
    sample = replace(SAMPLE, finish="error", error="the prompt is too long", response="")
    assert response_of(as_read(sample)) == failed("the prompt is too long")


def test_answers_are_found_by_request(tmp_path: Path) -> None:
    """Once their task is taken; others are missing, and said to be."""
    answers = ReplayedAnswers(write(tmp_path, SAMPLE, replace(SAMPLE, variant="good")))
    need = Need(task=TASK, cases=TASK.cases, variants=("base", "good"))
    plan = make_plan([need])
    assert answers.answered(plan) == 0
    answers.take([need])
    assert answers.answered(plan) == 2
    first, second = (request_of(TASK, case) for case in TASK.cases)
    assert answers.get("good", first) == Response(text="Belgium")
    assert answers.get("good", second) is None
    assert "did not ask good case 2 of task 'towns'" in str(
        answers.missing(TASK, TASK.cases[1], "good", 0)
    )
    assert "did not ask r8 task 'towns'" in str(answers.missing(TASK, CASE, "r8", 0))


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"data_hash": "other"}, "its data"),
        ({"template_hash": "other"}, "its prompt or expectation"),
        ({"decode": replace(TASK.decode, seed=7)}, "its decoding"),
        ({"samples": 2}, "its number of samples"),
        ({"data_hash": "x", "template_hash": "y"}, "its data and prompt or expectation"),
    ],
)
def test_a_changed_task_has_no_answers(tmp_path: Path, changed: dict[str, Any], what: str) -> None:
    """Whatever a response depends on, and whatever the expectation does."""
    answers = ReplayedAnswers(write(tmp_path, SAMPLE))
    task = replace(TASK, **changed)
    answers.take([Need(task=task, cases=task.cases, variants=("base",))])
    assert answers.get("base", request_of(task, CASE)) is None
    assert str(answers.missing(task, CASE, "base", 0)).split("\n")[0].endswith(what)


def test_what_is_computed_anew_may_change(tmp_path: Path) -> None:
    """Metrics, slices and what passes."""
    replay = write(tmp_path, SAMPLE)
    assert replay.change(replace(TASK, metrics=("rouge1",), slices=("a",), pass_at=0.5)) is None


def test_a_variant_that_failed_to_load(tmp_path: Path) -> None:
    """All its answers are the one error; an error of one prompt is that prompt's."""
    lost = replace(SAMPLE, variant="good", finish="error", error="no such layer")
    answers = ReplayedAnswers(write(tmp_path, SAMPLE, lost, replace(lost, case="2")))
    assert answers.failure("good") == "no such layer"
    assert answers.failure("base") is None
    single = ReplayedAnswers(write(tmp_path, lost))
    assert single.failure("good") is None
    mixed = ReplayedAnswers(write(tmp_path, lost, replace(lost, case="2", error="another")))
    assert mixed.failure("good") is None


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A damaged file is named."""
    replay = write(tmp_path, SAMPLE)
    (tmp_path / "samples.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(FtevalsError, match=r"samples\.jsonl: cannot be read: .*utf-8"):
        ReplayedAnswers(replay)


def carried(folder: Path, **run: Any) -> Record:
    """Return a new record after a replay of one with `run`."""
    settings = Settings(
        root=folder.parent, base="ORG/base", candidates=(Source(name="good", source="out/good"),)
    )
    new = Record(
        run={
            "versions": {"pytest": "2", "torch": "9"},
            "hardware": {"accelerators": []},
            "options": {"base": "ORG/base", "dtype": "auto", "confidence": 0.99},
            "notes": ["the store was damaged"],
            "numerics": None,
        }
    )
    return carried_over(new, write(folder, SAMPLE, **run), settings)


def test_what_speaks_of_models_is_carried_over(tmp_path: Path) -> None:
    """Options that decide, and the versions of what decides, are the new run's."""
    found = carried(tmp_path)
    assert found.variants == (BASE, GOOD)
    run = found.run
    assert run["hardware"] == RUN["hardware"]
    assert run["numerics"] == RUN["numerics"]
    assert run["self_check"] == RUN["self_check"]
    assert run["options"] == {"base": "ORG/base", "dtype": "bfloat16", "confidence": 0.99}
    versions = run["versions"]
    assert isinstance(versions, dict)
    assert (versions["pytest"], versions["torch"]) == ("2", "2.0")
    assert run["replayed"] == {"path": tmp_path.name, "started": RUN["started"]}
    notice = f"decided again from {tmp_path.name}, a run of {RUN['started']}: no model was asked"
    assert run["notes"] == [notice, *RUN["notes"], "the store was damaged"]


def test_notes_of_a_replay_are_not_gathered(tmp_path: Path) -> None:
    """A replay of a replay says once what it came from."""
    own = "decided again from other, a run of then: no model was asked"
    found = carried(
        tmp_path, replayed={"path": "other", "started": "then"}, notes=[own, "one more"]
    )
    notes = found.run["notes"]
    assert isinstance(notes, list)
    assert own not in notes
    assert notes[1:] == ["one more", "the store was damaged"]


def test_a_record_that_says_little(tmp_path: Path) -> None:
    """`run` may lack keys."""
    folder = tmp_path / "bare"
    folder.mkdir()
    record = Record(variants=(BASE,), tasks=(ROW,))
    (folder / "record.json").write_text(record_to_text(record))
    (folder / "samples.jsonl").write_text("")
    replay = read_replay(folder)
    settings = Settings(root=tmp_path, base="ORG/base")
    run = carried_over(Record(), replay, settings).run
    assert run["replayed"] == {"path": "bare", "started": ""}
    assert run["notes"] == ["decided again from bare, a run of unknown date: no model was asked"]
