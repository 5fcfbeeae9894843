"""A saved task as JSON: each metric's scores as a few columns, which compress well."""

from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.score import Score
from pytest_ftevals.run.baseline import SavedMetric, SavedTask

_NO_CLASS = -1


def written_task(task: SavedTask) -> JSON:
    """Return a task as JSON values."""
    return {
        "facts": dict(task.facts),
        "samples": task.samples,
        "cases": _written_ids(task.cases),
        "metrics": {name: _written(metric) for name, metric in task.metrics.items()},
    }


def read_task(data: Any) -> SavedTask:
    """Read what `written_task` wrote; raises KeyError, TypeError or ValueError on anything else."""
    cases, samples = _read_ids(data["cases"]), int(data["samples"])
    if not isinstance(data["facts"], dict):
        raise TypeError("facts are no object")
    metrics = {str(name): _read(metric) for name, metric in data["metrics"].items()}
    for name, metric in metrics.items():
        if samples < 1 or len(metric.scores) != len(cases) * samples:
            raise ValueError(f"{len(metric.scores)} scores of {name} for {len(cases)} cases")
    return SavedTask(facts=data["facts"], samples=samples, cases=cases, metrics=metrics)


def _written_ids(cases: tuple[str, ...]) -> JSON:
    """Return ids as a list; their number alone where they are 1, 2, 3 and so on."""
    numbered = all(case == str(number) for number, case in enumerate(cases, start=1))
    return len(cases) if numbered else list(cases)


def _read_ids(data: Any) -> tuple[str, ...]:
    if isinstance(data, int):
        return tuple(str(number) for number in range(1, data + 1))
    cases = tuple(map(str, data))
    if not isinstance(data, list) or len(set(cases)) != len(cases):
        raise ValueError("case ids are no list, or not unique")
    return cases


def _written(metric: SavedMetric) -> JSON:
    scores = metric.scores
    found: dict[str, JSON] = {
        "libraries": dict(metric.libraries),
        "values": [_shortest(score.value) for score in scores],
    }
    reasons = {str(index): one.reason for index, one in enumerate(scores) if one.value is None}
    if reasons:
        found["reasons"] = dict(reasons)
    if any(one.parts is not None for one in scores):
        found["parts"] = [one.parts for one in scores]
    sides = [(one.expected, one.predicted) for one in scores]
    classes = sorted({name for pair in sides for name in pair if name is not None})
    if classes:
        codes: dict[str | None, JSON] = {name: code for code, name in enumerate(classes)}
        codes[None] = _NO_CLASS
        found["classes"] = list(classes)
        found["expected"] = [codes[expected] for expected, _ in sides]
        found["predicted"] = [codes[predicted] for _, predicted in sides]
    return found


def _read(data: Any) -> SavedMetric:
    values, reasons, classes = data["values"], data.get("reasons", {}), data.get("classes", [])
    nothing = [_NO_CLASS] * len(values)
    parts = data.get("parts", [None] * len(values))
    expected = [_named(classes, code) for code in data.get("expected", nothing)]
    predicted = [_named(classes, code) for code in data.get("predicted", nothing)]
    return SavedMetric(
        libraries={str(name): str(version) for name, version in data["libraries"].items()},
        scores=tuple(
            Score.from_json([value, reasons.get(str(index), ""), right, answered, added])
            for index, (value, right, answered, added) in enumerate(
                zip(values, expected, predicted, parts, strict=True)
            )
        ),
    )


def _named(classes: Any, code: int) -> Any:
    if not _NO_CLASS <= code < len(classes):
        raise ValueError(f"there is no class {code}")
    return None if code == _NO_CLASS else classes[code]


def _shortest(value: float | None) -> JSON:
    """Return 1 for 1.0: in 14,042 cases that is worth it."""
    return int(value) if value is not None and value.is_integer() else value
