"""Rules for labels that a task file brings, made ready: patterns compiled, functions found."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.label_rule import LabelEntry, LabelRule, RuleFaultError
from pytest_ftevals.core.response import Response
from pytest_ftevals.metrics.custom import raised
from pytest_ftevals.metrics.custom_found import function_at, is_path
from pytest_ftevals.metrics.patterns import Pattern, PatternError, TooSlowError
from pytest_ftevals.metrics.wording import quoted
from pytest_ftevals.tasks import TaskFile

_HOW = "Like `function: rules:wrong_dose`, for the function wrong_dose of rules.py beside the task."


def label_rules(task_file: TaskFile) -> tuple[LabelRule, ...]:
    """Return a task file's rules in their order.

    Raises FtevalsError with FILE:LINE where a pattern is none, or a function cannot be found.
    """
    return tuple(
        LabelRule(
            label=entry.label,
            applies=_applies(task_file, f"labels.{index}", entry),
            meaning=entry.meaning,
        )
        for index, entry in enumerate(task_file.labels)
    )


def _applies(
    task_file: TaskFile, place: str, entry: LabelEntry
) -> Callable[[Case, Response], bool]:
    if entry.pattern is not None:
        try:
            pattern = Pattern(entry.pattern, groups=None)
        except PatternError as error:
            where = task_file.where(f"{place}.pattern")
            raise FtevalsError(f"`labels`: {error}", where=where, fix=error.fix) from None
        return partial(_matches, pattern, entry.absent)
    try:
        return partial(_says, _function(entry.function or "", task_file.path.parent))
    except FtevalsError as error:
        where = task_file.where(f"{place}.function")
        raise FtevalsError(str(error), where=where) from None


def _function(written: str, folder: Path) -> Callable[..., object]:
    """Return the function at ``module:function``, or at ``FILE.py:function`` beside the task."""
    module, _, name = written.partition(":")
    path = f"{module.removesuffix('.py').replace('/', '.')}:{name}"
    if not is_path(path):
        raise FtevalsError(f"`labels`: {written!r} names no function", fix=_HOW)
    return function_at(path, folder, "label rule")


def _matches(pattern: Pattern, absent: bool, case: Case, response: Response) -> bool:
    """Return whether a pattern matches in a reply, or in the text of the chosen option."""
    choice = response.choice
    text = response.text if choice is None or not case.options else case.options[choice]
    try:
        return pattern.matches(text) != absent
    except TooSlowError as error:
        raise RuleFaultError(str(error)) from None


def _says(function: Callable[..., object], case: Case, response: Response) -> bool:
    """Return what a user's function says; raises RuleFaultError where it fails."""
    try:
        found = function(case, response)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's code raises: pytest.skip, too
        raise RuleFaultError(raised(error)) from None
    if isinstance(found, bool):
        return found
    scalar = getattr(found, "item", None)  # numpy's and torch's truth values
    if callable(scalar) and isinstance(value := scalar(), bool):
        return value
    raise RuleFaultError(f"returned {quoted(found)}, and not true or false")
