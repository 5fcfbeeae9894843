"""What a row expects: the right reply of a generate task, read from its `expected` templates."""

from collections.abc import Callable
from dataclasses import dataclass

from pytest_ftevals.core.canonical import JSON, canonical
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What one row expects of a model."""

    expected: JSON
    """A text or an object, None where the task file expects nothing; for a choice task the index
    of the right option."""
    answer: str
    """The right answer as a few-shot example shows it, without a leading space."""
    options: tuple[str, ...] = ()
    continuations: tuple[str, ...] = ()


def expected_reader(task_file: TaskFile, templates: Templates) -> Callable[[Row], Expectation]:
    """Return what reads a generate task's expectation from a row.

    It raises FtevalsError naming the row where that is neither a text nor an object.
    """
    if task_file.expected is None:
        return lambda _: Expectation(expected=None, answer="")
    if not isinstance(task_file.expected, str):
        build = _builder("expected", task_file.expected, templates)

        def read_object(row: Row) -> Expectation:
            value = build(row)
            return Expectation(expected=value, answer=canonical(value))

        return read_object
    template = templates.value("expected", task_file.expected)

    def read_text(row: Row) -> Expectation:
        value = template.render(row)
        if isinstance(value, dict) and value:
            return Expectation(expected=value, answer=canonical(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise FtevalsError(
                f"`expected` must make a text or an object, not {shown(value)}",
                where=row.where,
                fix="""Spell the text out: "{{ 'yes' if flag else 'no' }}".""",
            )
        return Expectation(expected=value, answer=value)

    return read_text


def _builder(key: str, tree: JSON, templates: Templates) -> Callable[[Row], JSON]:
    """Return what fills every template in a value of a task file."""
    if isinstance(tree, str):
        return templates.value(key, tree).render
    if isinstance(tree, list):
        items = [_builder(f"{key}.{index}", item, templates) for index, item in enumerate(tree)]
        return lambda row: [item(row) for item in items]
    if isinstance(tree, dict):
        named = {name: _builder(f"{key}.{name}", item, templates) for name, item in tree.items()}
        return lambda row: {name: item(row) for name, item in named.items()}
    return lambda _: tree
