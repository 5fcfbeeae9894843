"""Custom metrics: the number of a user's function for a case, read with care.

Range and direction are what its author declares. A function that fails leaves the case unscored,
with the reason: a mistake in a metric says nothing about the model.
"""

import inspect
import math
import traceback
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from numbers import Real
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.custom_metric import CustomMetric
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.custom_source import source_digest
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.wording import quoted, short, unaddressed

_HOW = "It is called as function(case, response), and returns a number, true or false, or a Score."


def custom_metric(found: CustomMetric, options: Mapping[str, JSON]) -> PerCase:
    """Return the metric that a user's function makes with the options that it takes itself.

    Raises FtevalsError where it cannot be called so.
    """
    _check_callable(found, options)
    return PerCase(
        name=found.name,
        binary=found.binary,
        needs=anything,
        rate=partial(rate, found, dict(options)),
        higher_is_better=found.higher_is_better,
        points=found.points,
        settings={"source": source_digest(found.function), "options": dict(options)},
    )


def anything(task: Task) -> None:
    """Ask nothing of a task: a function knows what it needs, and says so case by case."""


def rate(
    found: CustomMetric,
    options: Mapping[str, JSON],
    task: Task,  # noqa: ARG001 - PerCase's shape
    case: Case,
    response: Response,
) -> Score:
    """Return the function's number; None with the reason where it fails or returns none."""
    try:
        returned = found.function(case, response, **options)
        if not isinstance(returned, Score):
            return Score(value=_number(found, returned))
        if returned.value is None:
            reason = _printable(str(returned.reason)) or f"metric {found.name!r} gave no score"
            return Score(value=None, reason=reason)
        return Score(value=_number(found, returned.value), reason=_printable(str(returned.reason)))
    except NoNumberError as fault:
        return Score(value=None, reason=f"metric {found.name!r} {fault}")
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's code raises: pytest.skip, too
        return Score(value=None, reason=f"metric {found.name!r} {raised(error)}")


def raised(error: BaseException) -> str:
    """Return what a user's function raised and where, in one printable line.

    It must have been called by the function that caught it.
    """
    return f"{raised_what(error)} ({_line(error)})"


def raised_what(error: BaseException) -> str:
    """Return what was raised, in one printable line: of code that others call."""
    return f"raised {_printable(unaddressed(traceback.format_exception_only(error)[-1]))}"


class NoNumberError(ValueError):
    """Why what a function returned is no score."""


def _number(found: CustomMetric, returned: object) -> float:
    """Return a number as a float; raises NoNumberError for what is none, or not as declared."""
    scalar = getattr(returned, "item", None)  # numpy's and torch's numbers
    value = scalar() if callable(scalar) else returned
    if not isinstance(value, Real | Decimal):
        raise NoNumberError(f"returned {_kind(value)}, not a number, true or false, or a Score")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NoNumberError(f"returned {number}, which is no score")
    if found.binary and number not in (0, 1):
        raise NoNumberError(f"returned {number:g}, and it is declared as 0 or 1")
    if found.points and not 0 <= number <= 1:
        raise NoNumberError(
            f"returned {number:g}, and it is declared to lie between 0 and 1 "
            "(if it does not, declare points=False)"
        )
    return number


def _kind(value: object) -> str:
    if value is None:
        return "nothing (None)"
    return f"a value of type {type(value).__name__}: {quoted(value)}"


def _line(error: BaseException) -> str:
    """Return the function's ``FILE:LINE`` at an exception, the file without its folder."""
    # The first frame is ours; a call with wrong arguments has no other.
    frames = traceback.extract_tb(error.__traceback__)[1:]
    if not frames:
        return "in its call"
    # The last frames may be a library's, such as that of pytest.skip.
    lines = [frame.lineno for frame in frames if frame.filename == frames[0].filename]
    return f"{Path(frames[0].filename).name}:{lines[-1]}"


def _check_callable(found: CustomMetric, options: Mapping[str, JSON]) -> None:
    """Refuse what is no plain function of a case, a response and its options."""
    if inspect.iscoroutinefunction(found.function):
        what = f"metric {found.name!r} is an async function ({found.where})"
        raise FtevalsError(what, fix=_HOW)
    try:
        signature = inspect.signature(found.function)
    except (TypeError, ValueError):  # built in: nothing is known of its arguments
        return
    try:
        signature.bind(None, None, **options)
    except TypeError as error:
        what = f"metric {found.name!r} cannot be called ({found.where}{signature}): {error}"
        taken = [*signature.parameters][2:]
        names = f" The options it takes: {', '.join(taken)}." if taken else ""
        raise FtevalsError(what, fix=f"{_HOW}{names if options else ''}") from None


def _printable(text: str) -> str:
    return short("".join(char if char.isprintable() else " " for char in text).strip())
