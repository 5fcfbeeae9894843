"""What the terminal says of patterns, of the failure log and of the worst scores."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.failures import (
    FailureLogRow,
    FailureRow,
    Pattern,
    PatternRow,
    Recurring,
)
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.failure_log import failure_log_lines
from pytest_ftevals.reports.html.page import html_parts
from pytest_ftevals.reports.markdown.page import markdown_parts
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.patterns import pattern_lines
from pytest_ftevals.reports.terminal import render_terminal

if TYPE_CHECKING:
    from tests.reports.conftest import Build

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "\x1b[31m</script>@all\u202e" + "x" * 3000


def pattern(feature: str, failed: int, n: int, lift: float, p: float) -> Pattern:
    """Return a pattern."""
    cases = tuple(str(number) for number in range(min(failed, 10)))
    return Pattern(
        feature=feature, n=n, failed=failed, lift=lift, p=p / 31, p_adjusted=p, cases=cases
    )


def patterns(*found: Pattern, **changed: object) -> PatternRow:
    """Return what 237 failures have in common."""
    row = PatternRow(
        task="tickets",
        candidate="trec",
        among="failures",
        n=498,
        failed=237,
        tried=31,
        found=found,
    )
    return replace(row, **changed)  # type: ignore[arg-type]


def logged(**changed: object) -> FailureLogRow:
    """Return four earlier runs of which nothing is known."""
    row = FailureLogRow(task="tickets", candidate="trec", runs=4, again=(), new=(), mended=())
    return replace(row, **changed)  # type: ignore[arg-type]


FOUND = (
    pattern("negation", 24, 30, 1.68, 0.0004),
    pattern("language=de", 80, 120, 1.4, 0.012),
    pattern("words >= 40", 70, 110, 1.337, 0.031),
    pattern("several instructions", 20, 26, 1.62, 0.049),
)
AGAIN = tuple(
    Recurring(case=f"test-{number:04}", failed=max(1, 4 - number // 3), runs=4)
    for number in range(37)
)


@pytest.fixture
def record(build: "Build") -> Record:
    """Return a failing run with all there is to say of its failures."""
    record = build.failing()
    summaries = replace(
        build.task("summaries", 40, "rougeL"), decode={"max_new_tokens": 64, "temperature": 0.0}
    )
    return replace(
        record,
        tasks=(*record.tasks, summaries),
        comparisons=(
            *record.comparisons,
            build.row("summaries", "rougeL", n=40, base=0.31, value=0.287),
        ),
        failures=(
            *record.failures,
            FailureRow(
                task="summaries",
                candidate="trec",
                n=40,
                failed=None,
                labels={},
                regressions=None,
                worst=("s17", "s3", "s20", "s4"),
            ),
        ),
        patterns=(
            patterns(*FOUND),
            patterns(FOUND[0], among="regressions", n=12, failed=2, cluster="passage"),
            patterns(task="mmlu", failed=1),
        ),
        failure_log=(
            logged(again=AGAIN, new=("test-0101", "test-0102"), mended=("a b", "c", "d")),
            logged(task="mmlu", runs=1, mended=("7",)),
        ),
    )


@pytest.fixture
def samples(build: "Build") -> tuple[Sample, ...]:
    """Return what the worst cases were answered; of one summary nothing is known."""
    scores: Mapping[tuple[str, str], float | None] = {
        ("s17", "base"): 0.31,
        ("s17", "trec"): 0.0417,
        ("s3", "trec"): 0.069,
        ("s20", "base"): None,
        ("s20", "trec"): 0.088,
    }
    return (
        *build.samples(),
        *(
            replace(
                build.sample(case, variant, "The town lies on the Rhine.", expected="It rains."),
                task="summaries",
                scores={"rougeL": value},
                passed=None,
            )
            for (case, variant), value in scores.items()
        ),
    )


@pytest.mark.parametrize(("width", "verbose"), [(80, 0), (200, 0), (80, 1)])
def test_page_is_as_reviewed(
    record: Record, samples: tuple[Sample, ...], width: int, verbose: int
) -> None:
    """The page equals the reviewed file; delete the file and run to accept a change."""
    lines = render_terminal(record, width=width, verbose=verbose, samples=samples)
    text = "".join(f"{line.text}\n" for line in lines)
    path = GOLDEN / f"failures_{width}{'_verbose' * verbose}.txt"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was missing and has been written: review and commit it")
    assert text == path.read_text(encoding="utf-8")


def _said(record: Record, width: int = 200, verbose: int = 0) -> list[str]:
    page = Page(width=width)
    found = pattern_lines(record, page, verbose=verbose)
    return [line.text for line in (*found, *failure_log_lines(record, page, verbose=verbose))]


def test_more_is_shown_with_more_v() -> None:
    """3, 10 and 50 of each; what is left out is counted."""
    many = tuple(pattern(f"f{number}", 9, 10, 2, 0.01) for number in range(60))
    again = tuple(Recurring(case=f"c{number}", failed=2, runs=4) for number in range(60))
    names = tuple(f"n{number}" for number in range(60))
    record = Record(
        patterns=(patterns(*many),), failure_log=(logged(again=again, new=names, mended=names),)
    )
    for verbose, most in enumerate((3, 10, 50)):
        text = " ".join(line.strip() for line in _said(record, 2000, verbose))
        assert text.count("(9 of 10, lift 2.0, p 0.01)") == most
        assert f" · {60 - most} more" in text
        assert text.count("(2 of 4)") == most
        assert f"n{most - 1}, ..." in text
        assert ("60 mended: n0" in text) == (verbose > 0)


def test_where_nothing_was_found_only_verbose_says_so() -> None:
    """And where nothing failed before or now."""
    record = Record(patterns=(patterns(),), failure_log=(logged(),))
    assert _said(record) == []
    assert _said(record, verbose=1) == [
        "patterns among 237 failures of trec on tickets: none in 31 features",
        "failure log of trec on tickets (4 earlier runs): no failure, before or now",
    ]


@pytest.mark.parametrize(
    ("again", "said"),
    [
        ([(1, 3)], "1 failed before: c0 (1 of 3)"),
        ([(2, 3)], "1 again and again: c0 (2 of 3)"),
        ([(3, 3), (2, 3), (1, 2)], "2 again and again: c0 (3 of 3), c1 (2 of 3) · 1 failed before"),
        ([(1, 1)], "1 failed before: c0"),
    ],
)
def test_once_is_not_again_and_again(again: list[tuple[int, int]], said: str) -> None:
    """A case that failed once may have been mended in between; every format says it so."""
    cases = tuple(
        Recurring(case=f"c{number}", failed=failed, runs=runs)
        for number, (failed, runs) in enumerate(again)
    )
    runs = max(of for _, of in again)
    record = Record(failure_log=(logged(runs=runs, again=cases),))
    (line,) = _said(record)
    assert line.startswith(f"failure log of trec on tickets ({runs} earlier run")
    assert line.partition("): ")[2].startswith(said)
    often, once = (sum((one.failed > 1) is many for one in cases) for many in (True, False))
    html = re.sub(r"<[^>]*>|\s+", " ", "".join(html_parts(record, ())))
    assert re.findall(r"(?:again and again|failed before) +(\d+)", html) == [str(often), str(once)]
    markdown = "".join(markdown_parts(record, ()))
    row = next(line for line in markdown.splitlines() if "c0" in line)
    cells = [cell.strip().partition(":")[0] for cell in row.split("|")]
    assert cells[4:6] == [str(often), str(once)]


def test_regressions_that_are_all_failures_are_said_once() -> None:
    """Where the base got all right, both rows say the same."""
    both = (patterns(*FOUND), patterns(*FOUND, among="regressions"))
    assert len(_said(Record(patterns=both))) == 1
    fewer = (both[0], patterns(*FOUND[:1], among="regressions"))
    assert len(_said(Record(patterns=fewer))) == 2
    other = (both[0], patterns(*FOUND, among="regressions", candidate="other"))
    assert len(_said(Record(patterns=other))) == 2


def test_cases_of_several_samples_are_called_cases(build: "Build") -> None:
    """The line above counts samples."""
    record = Record(
        tasks=(build.task("tickets", 9, "accuracy", samples=3),), patterns=(patterns(*FOUND),)
    )
    assert _said(record)[0].startswith("patterns among 237 failed cases of trec on tickets: ")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_hostile_names_stay_text(build: "Build", width: int, *, ascii_only: bool) -> None:
    """Features and ids come from data: no control signs, no line too wide."""
    record = replace(
        build.passing(),
        patterns=(patterns(pattern(HOSTILE, 9, 10, 2, 0.01), task=HOSTILE, cluster=HOSTILE),),
        failure_log=(
            logged(
                candidate=HOSTILE,
                again=(Recurring(case=HOSTILE, failed=1, runs=2),),
                new=(HOSTILE,),
                mended=(HOSTILE,),
            ),
        ),
        failures=(
            FailureRow(
                task=HOSTILE,
                candidate=HOSTILE,
                n=1,
                failed=None,
                labels={},
                regressions=None,
                worst=(HOSTILE,),
            ),
        ),
    )
    for verbose in (0, 1, 2):
        lines = render_terminal(record, width=width, verbose=verbose, ascii_only=ascii_only)
        texts = [line.text for line in lines]
        assert max(map(display_width, texts)) <= width
        assert not any("\x1b" in text or "\u202e" in text for text in texts)
        assert not ascii_only or all(text.isascii() for text in texts)


def test_scores_of_a_metric_in_its_own_unit(build: "Build") -> None:
    """A perplexity has no percent; there is no answer to show, however verbose."""
    worst = FailureRow(
        task="wikitext",
        candidate="trec",
        n=62,
        failed=None,
        labels={},
        regressions=None,
        worst=("12", "7"),
    )
    record = Record(
        tasks=(replace(build.task("wikitext", 62, "perplexity"), kind="perplexity"),),
        comparisons=(build.perplexity(),),
        failures=(worst,),
    )
    samples = [
        replace(
            build.sample("12", variant, "", expected=None),
            task="wikitext",
            scores={"perplexity": value},
            passed=None,
        )
        for variant, value in (("base", 39.5), ("trec", 131.25))
    ]
    for verbose in (0, 2):
        lines = render_terminal(record, width=120, samples=samples, verbose=verbose)
        texts = [line.text for line in lines if line.text.startswith("worst of")]
        assert texts == ["worst of trec on wikitext by perplexity: 12 131 (base 40) · 7"]


def test_flaws_of_answers_that_passed_are_told_apart(build: "Build") -> None:
    """A right answer with a bad explanation is no failure, and is counted all the same."""
    row = FailureRow(
        task="tickets",
        candidate="trec",
        n=500,
        failed=0,
        labels={},
        flaws={"correct answer but bad explanation": 1234},
        regressions=0,
        worst=(),
    )
    lines = render_terminal(replace(build.passing(), failures=(row,)), width=100)
    (told,) = [line for line in lines if "flaws" in line.text]
    assert told.text == (
        "flaws of trec on tickets, where it passed: correct answer but bad explanation 1,234"
    )
    assert told.style == "warn"
