"""The one line that every report begins with: whether the run is red or green, and by what."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from pytest_ftevals.core.record import Outcome, Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.verdicts import stated_on

Word = Literal["PASS", "FAIL", "NO VERDICT"]

RED: tuple[Outcome, ...] = ("failed", "error", "not run")
"""Outcomes that are no pass, and no skip."""
_SKIPPED: Outcome = "skipped"
_NOTHING = "no adapter changed"
_INTERRUPTED, _NO_TESTS = 2, 5
"""pytest's exit statuses: by a person or an error of collection, and where there was no test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What became of a run."""

    word: Word
    """``FAIL`` where any test failed, is in error or did not run, or where pytest did not end well
    for another reason; ``NO VERDICT`` where none passed that states a threshold or is about a case,
    or where no adapter changed of which those that did were to be tested."""
    text: str
    """The counts behind it: ``3 of 24 tests failed · 2 of 9 thresholds refuted``."""


def headline(record: Record) -> Headline:
    """Return the verdict of a run: its tests decide, thresholds are the evidence."""
    outcomes = Counter(test.outcome for test in record.tests)
    total = numbers.counted(len(record.tests), "test")
    parts = [
        f"{numbers.count(outcomes[key])} of {total} {'in error' if key == 'error' else key}"
        for key in (*RED, _SKIPPED)
        if outcomes[key]
    ]
    if any(outcomes[key] for key in RED):
        word: Word = "FAIL"
    elif status := _bad_status(record):
        word = "FAIL"
        why = (
            "it was interrupted"
            if status == _INTERRUPTED
            else "something beside the evaluations failed"
        )
        parts = [f"pytest ended with status {status}: {why}", *parts]
    elif _nothing_changed(record):
        word, parts = "NO VERDICT", [_NOTHING, *parts]
    elif any(test.outcome == "passed" and test.states_threshold for test in record.tests):
        word = "PASS"
        parts.insert(0, f"{numbers.count(outcomes['passed'])} of {total} passed")
    else:
        word = "NO VERDICT"
        parts = parts or ["no test stated a threshold" if record.tests else "no test ran"]
    return Headline(word=word, text=" · ".join([*parts, *_evidence(record)]))


def _bad_status(record: Record) -> int:
    """Return pytest's exit status where it says that something went wrong; 0 where it does not.

    A record knows only the tests that ask models: a plain test that failed beside them, or a file
    that could not be imported, shows here alone.
    """
    status = record.run.get("exitstatus")
    if not isinstance(status, int) or (status == _NO_TESTS and not record.tests):
        return 0
    return status


def _nothing_changed(record: Record) -> bool:
    """Return whether the run was to test the adapters that changed, and none did.

    Tests of the base alone may have passed: they say nothing of any adapter.
    """
    chosen = record.run.get("changed")
    return isinstance(chosen, dict) and not chosen.get("adapters")


def _evidence(record: Record) -> list[str]:
    """Return how many of the thresholds are no pass, by what speaks against them."""
    stated = stated_on(record.comparisons)
    of = f"of {numbers.counted(len(stated), 'threshold')}"
    missed = sum(not one.met and one.verdict == "fail" for one in stated)
    open_ = sum(one.verdict == "inconclusive" for one in stated)
    parts = []
    if missed:
        parts.append(f"{numbers.count(missed)} {of} missed")
    if open_:
        parts.append(f"{numbers.count(open_)} {of} inconclusive")
    return parts
