"""What metrics ask of a task, as checks that name the task file and say what to do."""

from importlib.util import find_spec

from pytest_ftevals.core.canonical import JSON
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
    """Raise FtevalsError unless every case expects a text, or several that are each right."""
    replies(metric, task)
    for case in task.cases:
        if not _is_text(case.expected):
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
    if task.kind in ("perplexity", "deployment"):
        whole = "`word_perplexity` or `bits_per_byte`"
        raise refuse(
            metric,
            task,
            f"needs answers, and a {task.kind} task has none",
            f"Use {whole if task.kind == 'perplexity' else '`latency_p95`'} for it.",
        )
    for case in task.cases:
        if task.kind == "choice" and not _has_right_option(case):
            raise refuse(
                metric,
                task,
                f"needs the right option, and {_named(case)} has {case.expected!r}",
                f"Give `answer:` as one of its {len(case.continuations)} options.",
            )
        if task.kind == "generate" and not (
            _is_text(case.expected) or (isinstance(case.expected, dict) and case.expected)
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


def one_class(metric: str, task: Task) -> None:
    """Raise FtevalsError unless every case expects one class, as `comparable` reads it."""
    comparable(metric, task)
    for case in task.cases:
        if isinstance(case.expected, list):
            raise refuse(
                metric,
                task,
                f"needs one right answer a case, and {_named(case)} has several",
                "Use `accuracy`, which takes any of them.",
            )


def library(metric: str, task: Task, module: str, *, extra: str) -> None:
    """Raise FtevalsError unless the module that a metric computes with is installed."""
    if find_spec(module) is None:
        what = f"needs the library {module}, which is not installed"
        raise refuse(metric, task, what, f"Install it: pip install 'pytest-ftevals[{extra}]'")


def references(case: Case) -> tuple[str, ...]:
    """Return the texts that are each right, one or more."""
    expected = case.expected if isinstance(case.expected, list) else [case.expected]
    return tuple(map(str, expected))


def _is_text(expected: JSON) -> bool:
    if isinstance(expected, list):
        return bool(expected) and all(isinstance(one, str) for one in expected)
    return isinstance(expected, str)


def _has_right_option(case: Case) -> bool:
    right = case.expected if isinstance(case.expected, list) else [case.expected]
    return bool(right) and all(
        isinstance(index, int)
        and not isinstance(index, bool)
        and 0 <= index < len(case.continuations)
        for index in right
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
