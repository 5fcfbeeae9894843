"""The word for every threshold: a test's outcome is the verdict, thresholds are its evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_ftevals.core.record import ComparisonRow, Outcome, Record, TestRow, ThresholdRow
from pytest_ftevals.reports.page import Style

NOT_REQUIRED = "not required"
FAILED = "failed"
FAILED_ELSEWHERE = "failed elsewhere"
STATES_NONE = "states no threshold"
NO_VERDICT = "no verdict"
INCONCLUSIVE = "inconclusive"


def stated_on(rows: Iterable[ComparisonRow]) -> list[ThresholdRow]:
    """Return the thresholds on `rows`; what one test states twice on a row counts once."""
    return [threshold for row in rows for threshold in dict.fromkeys(row.thresholds)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """What became of one threshold."""

    text: str
    """``pass, proven``, ``FAIL, not proven``, ``inconclusive``, ``not required``, ..."""
    style: Style | None
    threshold: ThresholdRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The tests of a record joined with the thresholds that they stated."""

    outcomes: Mapping[str, Outcome]
    """By node id; the last outcome where a test ran more than once."""
    stated: frozenset[str]
    """Node ids of the tests that stated any threshold."""
    missed: frozenset[str]
    """Node ids of the tests that stated a threshold which is not met."""

    @classmethod
    def of(cls, record: Record) -> "Verdicts":
        """Return the join for one record."""
        rows = [threshold for row in record.comparisons for threshold in row.thresholds]
        return cls(
            outcomes={test.nodeid: test.outcome for test in record.tests},
            stated=frozenset(row.test for row in rows),
            missed=frozenset(row.test for row in rows if not row.met),
        )

    def on(self, row: ComparisonRow) -> tuple[RowVerdict, ...]:
        """Return a verdict per threshold on `row`; what one test states twice counts once."""
        return tuple(map(self._of_threshold, stated_on([row])))

    def of_test(self, test: TestRow) -> str:
        """Return what became of a test as a whole.

        ``pass``, ``FAIL``, ``failed elsewhere``, ``failed`` (a test without thresholds, one of a
        case for example), ``states no threshold``, or its outcome where it neither passed nor
        failed.
        """
        if test.outcome not in ("passed", "failed"):
            return test.outcome
        if test.outcome == "passed":
            return "pass" if test.states_threshold else STATES_NONE
        if test.nodeid not in self.stated:
            return FAILED
        return "FAIL" if test.nodeid in self.missed else FAILED_ELSEWHERE

    def _of_threshold(self, row: ThresholdRow) -> RowVerdict:
        text, style = self._word(row)
        return RowVerdict(text=text, style=style, threshold=row)

    def _word(self, row: ThresholdRow) -> tuple[str, Style | None]:
        outcome, open_ = self.outcomes.get(row.test), row.verdict == INCONCLUSIVE
        if outcome not in ("passed", "failed"):
            return NO_VERDICT, "warn"
        if not row.met:
            if outcome == "passed":
                return NOT_REQUIRED, None
            return f"FAIL, {INCONCLUSIVE if open_ else row.evidence}", "bad"
        if outcome == "failed" and row.test not in self.missed:
            return FAILED_ELSEWHERE, "warn"
        # A test that failed by another of its thresholds: this one is no pass, and no fault.
        word = "pass" if outcome == "passed" else "holds"
        style: Style | None = "good" if row.evidence == "proven" else "warn"
        text = INCONCLUSIVE if open_ else f"{word}, {row.evidence}"
        return text, style if outcome == "passed" else None
