"""Explanations: short, complete in their first line, and safe to print."""

from collections.abc import Callable

from pytest_ftevals.core.comparison import Comparison
from pytest_ftevals.verdicts.explain import LONGEST_LINE, MOST_LINES, explain
from pytest_ftevals.verdicts.verdict import decide

Make = Callable[..., Comparison]


def test_the_whole_message(comparison: Make) -> None:
    """First line: what, where, how sure; then both values, the pairs, the evidence, the cases."""
    verdict = decide(comparison(), "drop", "<=", 1, first=True)
    first, *rest = explain(verdict, ["case 17: wrong answer", "case 4: invalid JSON"])
    assert first == (
        "drop <= 1 does not hold for r8 on tickets: "
        "drop is 5.2 points (95% 2.1 .. 8.3, n=400), refuted"
    )
    assert rest == [
        "accuracy: base 0.552, r8 0.500, -5.2 points (95% -8.3 .. -2.1)",
        "case by case: 12 better, 33 worse, 355 the same (exact two-sided p = 0.002)",
        "refuted: the threshold is missed by more than chance explains",
        "case 17: wrong answer",
        "case 4: invalid JSON",
    ]


def test_excluded_cases_are_counted(comparison: Make) -> None:
    """Cases left out are named by number; without per-case scores no pairs are shown."""
    odd = comparison(excluded=("a", "b"), wins=0, losses=0, ties=0)
    lines = explain(decide(odd, "drop", "<=", 3, first=True))
    assert "left out, one side not scored: 2 cases" in lines
    assert not any(line.startswith("case by case") for line in lines)
    assert lines[-1] == "not proven: the sample is too small to tell either way"


def test_true_verdicts_read_right(comparison: Make) -> None:
    """A threshold that holds (under ``not``) is explained as holding."""
    first, *rest = explain(decide(comparison(wins=300), "value", "<=", 0.9, first=True))
    assert first.startswith("accuracy <= 0.9 holds for r8 on tickets: accuracy is 0.500 (95%")
    assert "(exact two-sided p < 0.001)" in rest[1]


def test_never_too_long(comparison: Make) -> None:
    """However many cases failed, pytest shows all lines without cutting."""
    lines = explain(decide(comparison(), "drop", "<=", 3, first=True), ["x" * 900] * 50)
    assert len(lines) == MOST_LINES
    assert all(len(line) <= LONGEST_LINE for line in lines)


def test_control_characters_do_not_reach_the_terminal(comparison: Make) -> None:
    """What a model wrote cannot colour, ring, break lines or turn text around."""
    hostile = "case 1: \x1b[31mred\x07\nnext\r\u202eabc\ud800"
    line = explain(decide(comparison(), "drop", "<=", 3, first=True), [hostile])[-1]
    assert line.isprintable()
    assert line.startswith("case 1: \N{REPLACEMENT CHARACTER}[31mred")
