"""A false verdict explained in the few lines that pytest shows without -vv."""

from collections.abc import Sequence

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.core.threshold import SAID
from pytest_ftevals.stats.exact import mcnemar_p
from pytest_ftevals.verdicts.subgroups import slices_named
from pytest_ftevals.verdicts.verdict import Verdict, observation
from pytest_ftevals.verdicts.wording import decimals, number, sides, span, unit

MOST_LINES = 7
"""pytest cuts an assertion's explanation after 8 lines."""
LONGEST_LINE = 160
SMALLEST_P = 0.001
"""Smaller ones are shown as being below it."""
MEANING = {
    "proven": "the whole confidence bound lies on the demanded side",
    "not proven": "the sample is too small to tell either way",
    "refuted": "the threshold is missed by more than chance explains",
}


def explain(verdict: Verdict, failures: Sequence[str] = ()) -> list[str]:
    """Return lines for the assertion's message: the first says it all, at most 6 follow.

    `failures` describe the worst cases, worst first, one line each; control characters are
    replaced, since models wrote parts of them.
    """
    stated, comparison = verdict.threshold, verdict.comparison
    first = (
        f"{stated.text} {SAID[stated.verdict]} "
        f"for {comparison.candidate} on {comparison.task}: "
        f"{observation(verdict)}, {stated.evidence}"
    )
    lines = [
        first,
        *details(comparison),
        f"{stated.evidence}: {MEANING[stated.evidence]}",
        *failures,
    ]
    return [safe_line(line) for line in lines[:MOST_LINES]]


def details(comparison: Comparison) -> list[str]:
    """Return the comparison in a few lines: both values, pairs or slices, what was left out."""
    digits = decimals(comparison, "gain")
    delta = number(comparison.delta, digits, signed=True) + unit(comparison, "gain")
    lines = [f"{sides(comparison)}, {delta} ({span(comparison.delta_interval, digits)})"]
    lines += slices_named(comparison)
    wins, losses, ties = comparison.wins, comparison.losses, comparison.ties
    if wins or losses or ties:
        told = f"case by case: {wins:,} better, {losses:,} worse, {ties:,} the same"
        p = mcnemar_p(wins, losses)
        shown = "< 0.001" if p < SMALLEST_P else f"= {p:.3f}"
        # It knows nothing of the noise of training, nor of cases that belong together.
        lines.append(told if comparison.seeds else f"{told} (exact two-sided p {shown})")
    if comparison.excluded:
        lines.append(f"left out, one side not scored: {len(comparison.excluded):,} cases")
    return lines


def safe_line(text: str) -> str:
    """Return `text` as one printable line of at most `LONGEST_LINE` characters."""
    cut = text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 3] + "..."
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)
