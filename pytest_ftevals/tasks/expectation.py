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
    """A text, several right ones or an object, None where the task file expects nothing; for a
    choice task the index of the right option, or those of several."""
    answer: str
    """The right answer as a few-shot example shows it, the first of several, without a leading
    space."""
    options: tuple[str, ...] = ()
    continuations: tuple[str, ...] = ()
    givens: tuple[str, ...] = ()


def expected_reader(task_file: TaskFile, templates: Templates) -> Callable[[Row], Expectation]:
    """Return what reads a generate task's expectation from a row.

    It raises FtevalsError naming the row where that is no text, list of texts or object.
    """
    if task_file.expected is None:
        return lambda _: Expectation(expected=None, answer="")
    if isinstance(task_file.expected, list):
        build_list = _builder("expected", task_file.expected, templates)
        return lambda row: _expectation(build_list(row), row)
    if not isinstance(task_file.expected, str):
        build = _builder("expected", task_file.expected, templates)

        def read_object(row: Row) -> Expectation:
            value = build(row)
            return Expectation(expected=value, answer=canonical(value))

        return read_object
    template = templates.value("expected", task_file.expected)
    return lambda row: _expectation(template.render(row), row)


def _expectation(value: JSON, row: Row) -> Expectation:
    if isinstance(value, dict) and value:
        return Expectation(expected=value, answer=canonical(value))
    if isinstance(value, list):
        texts = _right_texts(value, row)
        several = len(texts) > 1
        return Expectation(expected=[*texts] if several else texts[0], answer=texts[0])
    text = _text(value)
    if text is None:
        raise FtevalsError(
            f"`expected` must make a text, a list of texts or an object, not {shown(value)}",
            where=row.where,
            fix="""Spell the text out: "{{ 'yes' if flag else 'no' }}".""",
        )
    return Expectation(expected=text, answer=text)


def _right_texts(values: list[JSON], row: Row) -> list[str]:
    """Return texts that are each right, every one once."""
    if not values:
        raise FtevalsError(
            "`expected` makes an empty list: no text is right",
            where=row.where,
            fix="""Where a question has no answer spell that out: "{{ answers or 'none' }}".""",
        )
    texts: dict[str, None] = {}
    for value in values:
        text = _text(value)
        if text is None:
            raise FtevalsError(
                f"`expected` makes a list that holds {shown(value)}, and every item must be a text",
                where=row.where,
                fix="Each item is a right reply; fields of one reply are a mapping.",
            )
        texts[text] = None
    return [*texts]


def _text(value: JSON) -> str | None:
    """Return a text or a number as text; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


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
