"""Tasks, cases and responses for the tests of metrics."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.task import Kind, Task


@pytest.fixture
def make_task() -> Callable[..., Task]:
    """Build a task from its cases' expectations."""

    def build(
        *expected: Any,
        kind: Kind = "generate",
        options: Sequence[str] = ("Paris", "Rome", "Oslo"),
        letters: bool = False,
        row: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Task:
        scored = [" " + (chr(65 + i) if letters else text) for i, text in enumerate(options)]
        cases = tuple(
            Case(
                id=str(number),
                task="t",
                prompt="?",
                expected=value,
                options=tuple(options) if kind == "choice" else (),
                continuations=tuple(scored) if kind == "choice" else (),
                row=row or {},
                source=f"t.jsonl:{number}",
            )
            for number, value in enumerate(expected, start=1)
        )
        fields.setdefault("metrics", ("accuracy",))
        return Task(name="t", kind=kind, path=Path("t.task.yaml"), cases=cases, **fields)

    return build


@pytest.fixture
def answer() -> Callable[..., Response]:
    """Build a response from a reply text, or from log-probabilities of options."""

    def build(text: str = "", *, logprobs: Sequence[float] = ()) -> Response:
        choices = tuple(Choice(text="x", logprob=value, tokens=1) for value in logprobs)
        return Response(text=text, choices=choices)

    return build


def golden_cases(folder: Path, pattern: str = "*.json") -> list[Any]:
    """Return the golden cases of a folder as parameters, named by file and description."""
    return [
        pytest.param(data["metric"], case, id=f"{data['metric']}: {case['description']}")
        for path in sorted(folder.glob(pattern))
        for data in [json.loads(path.read_text(encoding="utf-8"))]
        for case in data["cases"]
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turn every golden case into a test of its own."""
    if "golden" in metafunc.fixturenames:
        cases = golden_cases(Path(__file__).parent / "golden")
        metafunc.parametrize(("metric_name", "golden"), cases)
