"""Rules for labels that a task file brings, made ready: patterns compiled, functions found."""

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.label_rule import LabelEntry, LabelRule, RuleFaultError
from pytest_ftevals.core.response import Response
from pytest_ftevals.metrics.custom_found import function_at, is_path
from pytest_ftevals.metrics.patterns import Pattern, PatternError, TooSlowError
from pytest_ftevals.run.users_word import handed_out, users_word
from pytest_ftevals.tasks import TaskFile

_HOW = "Like `function: rules:wrong_dose`, for the function wrong_dose of rules.py beside the task."
_PLAIN = "It is called as function(case, response), and returns true or false."


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
    function = function_at(path, folder, "label rule")
    if inspect.iscoroutinefunction(function):
        raise FtevalsError(f"`labels`: {written!r} is an async function", fix=_PLAIN)
    return function


def _matches(pattern: Pattern, absent: bool, case: Case, response: Response) -> bool:
    """Return whether a pattern matches in a reply, or in the text of the chosen option."""
    choice = response.choice
    text = response.text if choice is None or not case.options else case.options[choice]
    try:
        return pattern.matches(text) != absent
    except TooSlowError as error:
        raise RuleFaultError(str(error), slow=True) from None


def _says(function: Callable[..., object], case: Case, response: Response) -> bool:
    """Return what a user's function says; raises RuleFaultError where it fails."""
    said = users_word(function, handed_out(case), response)
    if said is None:
        raise RuleFaultError("returned None, and not true or false")
    return said
