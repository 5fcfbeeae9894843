"""A custom metric: a user's function of a case and a response, and how to read its numbers."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomMetric:
    """A user's function as a metric; it can still be called as the function that it is."""

    name: str
    """What task files call it."""
    function: Callable[..., object]
    """``(case, response, **options)`` -> a number, true or false, or a `Score`."""
    higher_is_better: bool = True
    points: bool = True
    """Whether its numbers lie between 0 and 1, so that differences are percentage points."""
    binary: bool = False
    """Whether every number is 0 or 1."""

    def __call__(self, *args: Any, **options: Any) -> object:
        """Call the function."""
        return self.function(*args, **options)

    @property
    def where(self) -> str:
        """``FILE:LINE`` of the function, or its module where it has no source."""
        function = inspect.unwrap(self.function)
        while isinstance(function, partial):
            function = inspect.unwrap(function.func)
        code = getattr(function, "__code__", None)
        if code is None:
            return str(getattr(function, "__module__", "?"))
        return f"{code.co_filename}:{code.co_firstlineno}"


def says_bool(function: Callable[..., object]) -> bool:
    """Return whether a function's annotation says that it returns true or false."""
    try:
        returned = inspect.signature(function).return_annotation
    except (TypeError, ValueError):
        return False
    return returned in (bool, "bool")
