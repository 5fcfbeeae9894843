"""What metrics ask of a task, as checks that name the task file and say what to do."""

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task


def refuse(metric: str, task: Task, what: str, fix: str) -> FtevalsError:
    """Return the error of a metric that cannot work with a task."""
    return FtevalsError(f"metric {metric!r} {what}", where=str(task.path), fix=fix)


def replies(metric: str, task: Task) -> None:
    """Raise FtevalsError unless the task's answers are texts."""
    if task.kind != "generate":
        raise refuse(
            metric,
            task,
            f"reads reply texts, and a {task.kind} task has none",
            "Use `accuracy` or `f1_macro` for it, or make it `kind: generate`.",
        )


def expected_texts(metric: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects a text."""
    replies(metric, task)
    for case in task.cases:
        if not isinstance(case.expected, str):
            raise refuse(
                metric,
                task,
                f"compares texts, and {_named(case)} expects {_kind(case)}",
                "Give `expected:` as a text, or use `accuracy` or `field_accuracy`.",
            )


def expected_objects(metric: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects an object with one field or more."""
    replies(metric, task)
    for case in task.cases:
        if not isinstance(case.expected, dict) or not case.expected:
            raise refuse(
                metric,
                task,
                f"compares fields, and {_named(case)} expects {_kind(case)}",
                'Give `expected:` as fields, such as {category: "{{ queue }}"}, or use `accuracy`.',
            )


def comparable(metric: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects something an answer can equal."""
    for case in task.cases:
        if task.kind == "choice" and not _is_option(case):
            raise refuse(
                metric,
                task,
                f"needs the right option, and {_named(case)} has {case.expected!r}",
                f"Give `answer:` as one of its {len(case.continuations)} options.",
            )
        if task.kind == "generate" and not (
            isinstance(case.expected, str) or (isinstance(case.expected, dict) and case.expected)
        ):
            raise refuse(
                metric,
                task,
                f"needs an expected answer, and {_named(case)} expects {_kind(case)}",
                "Give `expected:` in the task file: a text, or the fields of an object.",
            )


def scored_options(metric: str, task: Task) -> None:
    """Raise FtevalsError unless every case has options to score, one of them right."""
    if task.kind != "choice":
        raise refuse(
            metric,
            task,
            f"needs scored options, and a {task.kind} task has none",
            "Use `accuracy` for it, or make it `kind: choice`.",
        )
    comparable(metric, task)


def _is_option(case: Case) -> bool:
    index = case.expected
    return (
        isinstance(index, int)
        and not isinstance(index, bool)
        and 0 <= index < len(case.continuations)
    )


def _named(case: Case) -> str:
    return f"case {case.id!r}" + (f" ({case.source})" if case.source else "")


def _kind(case: Case) -> str:
    if case.expected is None:
        return "nothing"
    if isinstance(case.expected, dict):
        return "an object" if case.expected else "an object without fields"
    names: dict[type, str] = {str: "a text", bool: "true or false", list: "a list"}
    return names.get(type(case.expected), "a number")
