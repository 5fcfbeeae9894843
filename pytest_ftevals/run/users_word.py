"""What a user's function says of an answer (a label rule, a judge): yes or no, read with care."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.label_rule import RuleFaultError
from pytest_ftevals.metrics.custom import raised
from pytest_ftevals.metrics.wording import quoted


def users_word(function: Callable[..., object], *given: object) -> bool | None:
    """Return the truth value that a function returns, numpy's and torch's too, or its None.

    Raises RuleFaultError where it raises anything, returns anything else, or is async.
    """
    try:
        return _truth(function(*given))
    except (RuleFaultError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's code raises: pytest.skip, too
        raise RuleFaultError(raised(error)) from None


def handed_out(case: Case) -> Case:
    """Return a case of its own to a user's function: what it changes in it changes no other."""
    return replace(
        case,
        expected=_copied(case.expected),
        row=_copied(case.row),
        slices=dict(case.slices),
    )


def _copied(value: Any) -> Any:
    """Return JSON with new objects and lists; copy.deepcopy takes several times as long."""
    if isinstance(value, Mapping):
        return {key: _copied(one) for key, one in value.items()}
    return list(map(_copied, value)) if isinstance(value, list) else value


def _truth(found: object) -> bool | None:
    if inspect.iscoroutine(found):
        found.close()  # else Python warns of it, who knows where
        raise RuleFaultError("is async, and is called as a plain function")
    if found is None or isinstance(found, bool):
        return found
    value = _scalar(found)
    if isinstance(value, bool):
        return value
    raise RuleFaultError(f"returned {quoted(found)}, and not true or false")


def _scalar(found: object) -> object:
    """Return what numpy's and torch's values are in Python; None for an array of several."""
    try:
        item: object = getattr(found, "item", None)
        return item() if callable(item) else None
    except Exception:  # noqa: BLE001 - then it is no truth value
        return None
