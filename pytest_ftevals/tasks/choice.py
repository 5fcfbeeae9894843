"""Choice tasks: a row's options, the index of the right one, and what is scored for each."""

from collections.abc import Callable

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.expectation import Expectation
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.task_file import MIN_OPTIONS, TaskFile
from pytest_ftevals.tasks.template import LETTERS, Templates


def choice_reader(task_file: TaskFile, templates: Templates) -> Callable[[Row], Expectation]:
    """Return what reads a choice task's options and answer from a row.

    It raises FtevalsError naming the row where the options are not two or more texts, the answer is
    none of them, or there is nothing to score after them.
    """
    read_options = _options_reader(task_file, templates)
    answer = templates.value("answer", task_file.answer)
    by_letter = task_file.score == "letters"
    # After a plain prompt an answer stands behind a space. In a chat it begins the reply, right
    # behind the template's own line break, where models are trained to write no space.
    lead = " " if task_file.prompt is not None else ""
    ending = None if task_file.ending is None else templates.text("ending", task_file.ending)

    def read(row: Row) -> Expectation:
        options = read_options(row)
        _check_options(options, row, by_letter=by_letter)
        try:
            right = right_options(answer.render(row), options)
        except (TypeError, ValueError) as error:
            raise FtevalsError(
                str(error),
                where=row.where,
                fix='An index from 0: "{{ answer | int }}"; an option\'s text: '
                '"{{ choices.index(answer) }}".',
            ) from error
        names = [*LETTERS[: len(options)]] if by_letter else [*options]
        expected: JSON = right[0] if len(right) == 1 else [*right]
        named = tuple(lead + name for name in names)
        if ending is None:
            return Expectation(
                expected=expected, answer=names[right[0]], options=options, continuations=named
            )
        end = ending.render(row)
        if not end.strip():
            what = "`ending` makes an empty text of this row: there is nothing to score"
            raise FtevalsError(what, where=row.where)
        return Expectation(
            expected=expected,
            answer=f"{names[right[0]]} {end}",
            options=options,
            continuations=(f" {end}",) * len(options),
            givens=named,
        )

    return read


def right_options(answer: JSON, options: tuple[str, ...]) -> list[int]:
    """Return the indexes of the options that an answer names, of a list in its order.

    Raises ValueError or TypeError as `answer_index` does, and ValueError for an empty list or one
    that names an option twice.
    """
    if not isinstance(answer, list):
        return [answer_index(answer, options)]
    if not answer:
        message = "`answer` is an empty list: no option is right"
        raise ValueError(message)
    found: list[int] = []
    for item in answer:
        index = answer_index(item, options)
        if index in found:
            message = f"`answer` names the option {index} twice ({options[index][:40]!r})"
            raise ValueError(message)
        found.append(index)
    return found


def answer_index(answer: JSON, options: tuple[str, ...]) -> int:
    """Return the index of the option that an answer names.

    A whole number is an index from 0. A text may be an option's text, an index in digits, or a
    letter from A. Raises ValueError, worded for the user, where it is none of these, or where two
    readings name different options; TypeError where it is neither a number nor a text.
    """
    last = len(options) - 1
    if isinstance(answer, int) and not isinstance(answer, bool):
        if 0 <= answer <= last:
            return answer
        message = f"`answer` is {answer}, and the options have the indexes 0 to {last}"
        raise ValueError(message)
    if not isinstance(answer, str):
        message = f"`answer` must be an index, a letter or an option's text, not {shown(answer)}"
        raise TypeError(message)
    readings = _readings(answer, options)
    if not readings:
        letters = f"a letter from A to {LETTERS[last]}, " if last < len(LETTERS) else ""
        message = (
            f"`answer` is {answer[:80]!r}, which is no index from 0 to {last}, {letters}"
            f"and no option's text ({', '.join(repr(option[:40]) for option in options)})"
        )
        raise ValueError(message)
    if len({index for _, index in readings}) > 1:
        ways = " and ".join(f"{how} {index}" for how, index in readings)
        message = f"`answer` is {answer[:80]!r}, which means more than one option: {ways}"
        raise ValueError(message)
    return readings[0][1]


def _readings(answer: str, options: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return every option that a text may name, with the way of reading that names it."""
    readings = [("the text of option", i) for i, text in enumerate(options) if text == answer]
    word = answer.strip()
    readings += [("the index", i) for i in range(len(options)) if word == str(i)]
    if len(word) == 1 and word in LETTERS[: len(options)]:
        readings.append(("the letter of option", LETTERS.index(word)))
    return readings


def _options_reader(task_file: TaskFile, templates: Templates) -> Callable[[Row], tuple[str, ...]]:
    if not isinstance(task_file.options, str):
        texts = [
            templates.text(f"options.{index}", source)
            for index, source in enumerate(task_file.options)
        ]
        return lambda row: tuple(text.render(row) for text in texts)
    template = templates.value("options", task_file.options)

    def read(row: Row) -> tuple[str, ...]:
        value = template.render(row)
        if not isinstance(value, list):
            raise _no_options(row, f"must make a list of texts, not {shown(value)}")
        for item in value:
            if not isinstance(item, str):
                raise _no_options(row, f"must make a list of texts, but it holds {shown(item)}")
        return tuple(str(item) for item in value)

    return read


def _check_options(options: tuple[str, ...], row: Row, *, by_letter: bool) -> None:
    if len(options) < MIN_OPTIONS:
        raise _no_options(row, f"must make two or more texts, not {len(options)}")
    if by_letter and len(options) > len(LETTERS):
        raise _no_options(row, f"make {len(options)} texts, and there are 26 letters to score")
    if not by_letter and not all(option.strip() for option in options):
        raise _no_options(row, "hold an empty text, which cannot be scored")


def _no_options(row: Row, what: str) -> FtevalsError:
    return FtevalsError(
        f"`options` {what}",
        where=row.where,
        fix='Like "{{ choices }}" over a list of texts, "{{ choices | map(\'string\') | list }}" '
        'over numbers, or ["{{ a }}", "{{ b }}"] over columns.',
    )
