"""Saved runs on disk: what comes back, how large they are, and what is refused."""

import gzip
import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.score import Score
from pytest_ftevals.run.baseline import Baseline, SavedMetric, SavedModel, SavedTask
from pytest_ftevals.run.baseline_file import (
    baseline_name,
    baseline_path,
    check_writable,
    read_baseline,
    write_baseline,
)
from pytest_ftevals.run.baseline_scores import read_task, written_task

MMLU = 14_042
KILOBYTE = 1000


def _task(scores: list[Score], *, cases: tuple[str, ...] = (), samples: int = 1) -> SavedTask:
    ids = cases or tuple(str(number + 1) for number in range(len(scores) // samples))
    return SavedTask(
        facts={"kind": "choice", "data": "d" * 64},
        samples=samples,
        cases=ids,
        metrics={"accuracy": SavedMetric(libraries={"x": "1.0"}, scores=tuple(scores))},
    )


def _baseline(**tasks: SavedTask) -> Baseline:
    return Baseline(
        plugin="0.1",
        candidate=SavedModel(name="prod", source="adapters/prod", fingerprint="c" * 64),
        base=SavedModel(name="base", source="ORG/MODEL@main", fingerprint="b" * 64),
        conditions={"dtype": "float32", "quantization": None, "torch": "2.5.1"},
        tasks=tasks,
    )


SCORES = [
    Score(value=1.0, expected="a", predicted="a"),
    Score(value=0.0, expected="b", predicted=None),
    Score(value=None, reason="a log-probability is not a number"),
    Score(value=0.1 + 0.2),
]


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    """Everything, to the last bit of every number."""
    other = _task(SCORES, cases=("c1", "ü", "3", ""))
    found = _baseline(quiz=_task(SCORES), other=other)
    path = write_baseline(tmp_path / "new", "v1", found)
    assert path == tmp_path / "new/v1.json.gz"
    back = read_baseline(tmp_path / "new", "v1")
    assert back == replace(found, tasks={"other": other, "quiz": _task(SCORES)})


_TEXTS = st.text(max_size=4)
_SCORES = st.builds(
    Score,
    value=st.none() | st.floats(allow_nan=False),
    expected=st.none() | _TEXTS,
    predicted=st.none() | _TEXTS,
)


@given(st.lists(_SCORES, min_size=1, max_size=12), st.sampled_from([1, 2, 3]))
def test_any_scores_come_back(scores: list[Score], samples: int) -> None:
    """Infinities, odd class names and several samples too; a reason where there is no number."""
    whole = scores * samples
    reasoned = [replace(one, reason="why" if one.value is None else "") for one in whole]
    task = _task(reasoned, samples=samples)
    assert read_task(json.loads(json.dumps(written_task(task)))) == task


def test_mmlu_is_small(tmp_path: Path) -> None:
    """14,042 cases with accuracy and choice probability, under 200 kB; with 0/1 alone, under 10."""
    draw = random.Random(0)  # noqa: S311 - scores, no secrets
    rates = [Score(value=float(draw.random() < 0.6)) for _ in range(MMLU)]
    shares = [Score(value=draw.random()) for _ in range(MMLU)]
    both = _task(rates)
    metrics = {**both.metrics, "choice_probability": SavedMetric(libraries={}, scores=(*shares,))}
    size = write_baseline(tmp_path, "both", _baseline(mmlu=replace(both, metrics=metrics)))
    assert size.stat().st_size < 200 * KILOBYTE
    assert write_baseline(tmp_path, "one", _baseline(mmlu=both)).stat().st_size < 10 * KILOBYTE


def test_equal_runs_are_equal_files(tmp_path: Path) -> None:
    """No time and no name is in the bytes; what is the same already is not written again."""
    first = write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES)))
    second = write_baseline(tmp_path, "b", _baseline(quiz=_task(SCORES)))
    assert first.read_bytes() == second.read_bytes()
    os.utime(first, (1, 1))
    write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES)))
    assert first.stat().st_mtime == 1
    write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES[:2])))
    assert first.stat().st_mtime > 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json.gz", "b.json.gz"]


def test_another_packer_makes_no_new_file(tmp_path: Path) -> None:
    """Versions of zlib pack the same text to other bytes: in version control nothing changed."""
    path = write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES)))
    repacked = gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1)
    path.write_bytes(repacked)
    write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES)))
    assert path.read_bytes() == repacked


def test_a_broken_file_is_replaced(tmp_path: Path) -> None:
    """Renewing needs nothing of what was there."""
    path = baseline_path(tmp_path, "a")
    path.write_bytes(b"broken")
    write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES)))
    assert read_baseline(tmp_path, "a").candidate.name == "prod"


def _set(*keys: str, value: object) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return change


QUIZ = ("tasks", "quiz")
ACCURACY = (*QUIZ, "metrics", "accuracy")


@pytest.mark.parametrize(
    "change",
    [
        _set("candidate", value="prod"),
        _set("conditions", value=[]),
        _set("tasks", value=[]),
        _set(*QUIZ, "facts", value=3),
        _set(*QUIZ, "samples", value=0),
        _set(*QUIZ, "samples", value=2),
        _set(*QUIZ, "cases", value=3),
        _set(*QUIZ, "cases", value=["a", "a", "b", "c"]),
        _set(*QUIZ, "cases", value="abcd"),
        _set(*ACCURACY, "values", value=[1, 0, 0]),
        _set(*ACCURACY, "values", value=[1, 0, None, "x"]),
        _set(*ACCURACY, "values", value=None),
        _set(*ACCURACY, "reasons", value={"2": 7}),
        _set(*ACCURACY, "expected", value=[0, 1, -1, 9]),
        _set(*ACCURACY, "expected", value=[0, 1, -2, -1]),
        _set(*ACCURACY, "predicted", value=[0]),
        _set(*ACCURACY, "classes", value=[1, 2]),
        _set(*ACCURACY, "libraries", value=[]),
    ],
)
def test_what_does_not_fit_together_is_damaged(
    tmp_path: Path, change: Callable[[Any], None]
) -> None:
    """Numbers that belong to no case would be compared with wrong ones."""
    path = write_baseline(tmp_path, "a", _baseline(quiz=_task(SCORES)))
    data = json.loads(gzip.decompress(path.read_bytes()))
    change(data)
    path.write_bytes(gzip.compress(json.dumps(data).encode()))
    with pytest.raises(FtevalsError, match="is damaged, or no saved run"):
        read_baseline(tmp_path, "a")


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """It cannot be read, and the system's own word says why."""
    baseline_path(tmp_path, "a").mkdir()
    with pytest.raises(FtevalsError, match=r"a\.json\.gz: cannot be read: "):
        read_baseline(tmp_path, "a")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """Neither checked nor written to."""
    (tmp_path / "file").write_text("")
    for attempt in (
        lambda: check_writable(tmp_path / "file"),
        lambda: write_baseline(tmp_path / "file", "a", _baseline()),
    ):
        with pytest.raises(FtevalsError, match="it is a file, not a folder"):
            attempt()


@pytest.mark.parametrize(
    ("text", "name"),
    [("prod", "prod"), ("v1.2+b_3-x", "v1.2+b_3-x"), ("prod.json.gz", "prod"), ("", None)],
)
def test_names(text: str, name: str | None) -> None:
    """A file's name is the run's; none is none."""
    assert baseline_name(text, where="--ftevals-save") == name


@pytest.mark.parametrize("text", ["a/b", "..", ".a", "a b", "base", "a\n"])
def test_no_names(text: str) -> None:
    """The option is named."""
    with pytest.raises(FtevalsError, match=r"^--ftevals-save: '"):
        baseline_name(text, where="--ftevals-save")
