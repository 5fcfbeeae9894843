"""Red tests as annotations of a pull request: GitHub shows them beside the lines of the tests.

The format is that of workflow commands, ``::error file=F,line=L,title=T::MESSAGE``; names and
escapes are those of GitHub's documentation and of the package ``@actions/core``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.record import ComparisonRow, Record, TestRow
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import excerpt
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.headline import RED, headline
from pytest_ftevals.reports.references import place_of
from pytest_ftevals.reports.verdicts import FAILED_ELSEWHERE, RowVerdict, Verdicts

MOST = 10
"""GitHub shows no more errors of one step."""
_TITLE = 100
_LINE = 500
_MOST_LINES = 20
_REFUTED = "FAIL, refuted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation; its texts are cleaned, and of one line each."""

    level: Literal["error", "warning"]
    title: str
    lines: tuple[str, ...]
    file: str | None = None
    """Relative to the repository's root; None where it is of no file."""
    line: int | None = None

    @property
    def command(self) -> str:
        """What is printed for it."""
        given = {"file": self.file, "line": self.line, "title": self.title}
        listed = ",".join(
            f"{key}={_property(str(value))}" for key, value in given.items() if value is not None
        )
        return f"::{self.level} {listed}::{_data(chr(10).join(self.lines))}"


def annotations(record: Record, place: Callable[[str], str | None]) -> list[Annotation]:
    """Return at most `MOST` annotations, the worst first; the last counts what is left out.

    Refuted thresholds come before others that are missed, these before errors, failures without a
    threshold and tests that did not run. `place` gives a test's file, as its node id names it,
    relative to the repository. A run without a verdict is a warning.
    """
    verdicts = Verdicts.of(record)
    missed = _missed(record, verdicts)
    red = [test for test in record.tests if test.outcome in RED]
    red.sort(key=lambda test: _rank(test, missed.get(test.nodeid, []), verdicts))
    found = [_annotation(test, missed.get(test.nodeid, []), verdicts, place) for test in red]
    if len(found) > MOST:
        left = numbers.counted(len(found) - MOST + 1, "more test")
        rest = Annotation(
            level="error", title=f"{left} did not pass", lines=("See the report of this run.",)
        )
        found[MOST - 1 :] = [rest]
    said = headline(record)
    if said.word == "FAIL" and not red:
        found.append(Annotation(level="error", title=said.word, lines=(said.text,)))
    if said.word == "NO VERDICT":
        found.append(Annotation(level="warning", title=said.word, lines=(said.text,)))
    return found


_Missed = list[tuple[ComparisonRow, RowVerdict]]


def _missed(record: Record, verdicts: Verdicts) -> dict[str, _Missed]:
    """Return the missed thresholds of every test, refuted ones first."""
    found: dict[str, _Missed] = {}
    for row in record.comparisons:
        for one in verdicts.on(row):
            if one.style == "bad":
                found.setdefault(one.threshold.test, []).append((row, one))
    for rows in found.values():
        rows.sort(key=lambda pair: pair[1].text != _REFUTED)
    return found


def _rank(test: TestRow, missed: _Missed, verdicts: Verdicts) -> int:
    if missed:
        return 0 if missed[0][1].text == _REFUTED else 1
    if test.outcome == "error":
        return 2
    if test.outcome == "not run":
        return 5
    return 3 if verdicts.of_test(test) == FAILED_ELSEWHERE else 4


def _annotation(
    test: TestRow, missed: _Missed, verdicts: Verdicts, place: Callable[[str], str | None]
) -> Annotation:
    path, _, name = test.nodeid.partition("::")
    word = verdicts.of_test(test)
    lines = [_threshold(row, one) for row, one in missed[:_MOST_LINES]]
    if len(missed) > _MOST_LINES:
        lines.append(f"and {numbers.counted(len(missed) - _MOST_LINES, 'more threshold')}")
    file = place(path)
    return Annotation(
        level="error",
        title=f"{'did not run' if word == 'not run' else word}: {excerpt(name, _TITLE)}",
        lines=tuple(lines) or (excerpt(test.message or test.outcome, _LINE),),
        file=file,
        line=None if file is None else test.line,
    )


def _threshold(row: ComparisonRow, verdict: RowVerdict) -> str:
    """Return what a missed threshold was held against, in the words of the delta table."""
    shown = number_cells(row, "±")
    against = "base" if row.reference == BASE else row.reference
    text = (
        f"{verdict.text}: {verdict.threshold.text} ({row.candidate} on {place_of(row)}): "
        f"{shown['value']}, "
        f"{against} {shown['base']}, delta {shown['delta']}, {numbers.level(row.level)} interval "
        f"{shown['interval']}, {numbers.counted(row.n, 'case')}"
    )
    return excerpt(text, _LINE)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
