"""Regular expressions of task files, run on what models wrote.

Matching by backtracking may take time that grows exponentially with the text: `(a|aa)+$` on a
hundred letters takes years, and models do repeat themselves. A bound on the text's length does not
help, so matching is by the library regex, which can stop at a time limit; Python's own cannot. Its
syntax is that of `re` and more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pytest_ftevals.metrics.wording import quoted

LONGEST_SECONDS = 2.0
"""Processor time that a pattern may take on one reply."""
LIBRARY = "regex"

Take = Literal["first", "last"]


class PatternError(ValueError):
    """Why a regular expression cannot be used, in one line, and what to do."""

    def __init__(self, what: str, fix: str = "") -> None:
        """Hold both."""
        super().__init__(what)
        self.fix = fix


class TooSlowError(Exception):
    """A pattern that took too long on a text: nothing is known of the text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression; raises PatternError for what is none, and for too many groups."""

    source: str
    groups: int | None = 1
    """How many groups it may have; None where what they match is not read."""
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile it: a mistake in it is found with the task file, not with a reply."""
        compiled = _compile(self.source)
        if self.groups is not None and compiled.groups > self.groups:
            raise PatternError(
                f"{quoted(self.source)} has {compiled.groups} groups, and only one can be read",
                "Write (?:...) for a group that only holds together.",
            )
        object.__setattr__(self, "_compiled", compiled)

    def found(self, text: str, take: Take = "first") -> str | None:
        """Return what the group matched (the whole match without one), stripped; None for no match.

        ``regex`` and ``take_first`` of lm-evaluation-harness 0.4.13 (`lm_eval.filters.extraction`,
        `group_select` 0 or -1). A group that took no part in the match gives an empty text. Raises
        TooSlowError.
        """
        last = None
        with _limited(self.source):
            for match in self._compiled.finditer(text, timeout=LONGEST_SECONDS):
                last = match
                if take == "first":
                    break
        return None if last is None else (last[self._compiled.groups] or "").strip()

    def matches(self, text: str) -> bool:
        """Return whether it matches anywhere in a text; raises TooSlowError."""
        with _limited(self.source):
            return self._compiled.search(text, timeout=LONGEST_SECONDS) is not None

    def removed(self, text: str) -> str:
        """Return a text without all that it matches; raises TooSlowError."""
        with _limited(self.source):
            return str(self._compiled.sub("", text, timeout=LONGEST_SECONDS))


@cache
def compiled(source: str) -> Pattern:
    """Return a pattern of any groups that many cases use, compiled once; raises PatternError."""
    return Pattern(source, groups=None)


def _compile(source: str) -> Any:
    import warnings

    import regex  # 30 ms: only where a task has a pattern

    try:
        with warnings.catch_warnings():
            # It warns of sets such as [[a] whose meaning a later version of its syntax changes.
            warnings.simplefilter("ignore")
            return regex.compile(source)
    except (regex.error, OverflowError, RecursionError) as error:
        raise PatternError(f"{quoted(source)} is no regular expression: {error}") from None


@contextmanager
def _limited(source: str) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, MemoryError):
        raise TooSlowError(
            f"the pattern {quoted(source)} takes over {LONGEST_SECONDS:g} s on this reply"
        ) from None
