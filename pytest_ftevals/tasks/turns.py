"""Conversations: what the user says, one turn after the other, each answered in context."""

from collections.abc import Callable, Sequence

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Message, Prompt
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates


def turns_reader(task_file: TaskFile, templates: Templates) -> Callable[[Row], tuple[str, ...]]:
    """Return what reads the user's turns of a row; none where the task file names none.

    It raises FtevalsError naming the row where they are no list of one or more texts, none blank.
    """
    if not task_file.turns:
        return lambda _: ()
    if isinstance(task_file.turns, str):
        listed = templates.value("turns", task_file.turns)
        return lambda row: _checked(listed.render(row), row)
    each = [
        templates.value(f"turns.{index}", source) for index, source in enumerate(task_file.turns)
    ]
    return lambda row: _checked([one.render(row) for one in each], row)


def opened(prompt: Prompt, said: Sequence[str]) -> Prompt:
    """Return a prompt with the first of the user's turns at its end; unchanged without turns."""
    if isinstance(prompt, str) or not said:
        return prompt
    return (*prompt, Message(role="user", content=said[0]))


def _checked(value: JSON, row: Row) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _refused(row, f"must make a list of one or more texts, not {shown(value)}")
    said: list[str] = []
    for number, item in enumerate(value, start=1):
        if not isinstance(item, str):
            raise _refused(row, f"must make a list of texts, but turn {number} is {shown(item)}")
        if not item.strip():
            raise _refused(row, f"make an empty text of turn {number}")
        said.append(item)
    return tuple(said)


def _refused(row: Row, what: str) -> FtevalsError:
    return FtevalsError(
        f"`turns` {what}",
        where=row.where,
        fix='Like "{{ questions }}" over a list of texts, or ["{{ first }}", "{{ second }}"] over '
        "columns.",
    )
