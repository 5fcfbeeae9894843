"""Perplexity tasks: the text of a row that is scored, and what its words are counted in."""

from collections.abc import Callable

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.expectation import Expectation
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates, TextTemplate


def text_reader(task_file: TaskFile, templates: Templates) -> Callable[[Row], Expectation]:
    """Return what reads a perplexity task's texts from a row.

    The text is the one continuation: of nothing, of a plain prompt after a space, or the reply of a
    chat. What is counted is the one option. It raises FtevalsError naming the row where one of them
    is empty.
    """
    text = templates.text("text", task_file.text)
    counted = text
    if task_file.counted is not None:
        counted = templates.text("counted", task_file.counted)
    lead = " " if task_file.prompt is not None else ""

    def read(row: Row) -> Expectation:
        scored = _filled(text, row, "there is nothing to score")
        words = scored if counted is text else _filled(counted, row, "there is nothing to count")
        return Expectation(
            expected=None, answer=scored, options=(words,), continuations=(lead + scored,)
        )

    return read


def _filled(template: TextTemplate, row: Row, so: str) -> str:
    made = template.render(row)
    if not made.strip():
        raise FtevalsError(
            f"`{template.key}` makes an empty text of this row: {so}",
            where=row.where,
            fix="Leave such rows out of the data.",
        )
    return made
