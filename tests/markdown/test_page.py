"""The report as a whole: inert, short enough, and with the record's own numbers."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.failures import FailureLogRow, Pattern, PatternRow, Recurring
from pytest_ftevals.core.label import Label
from pytest_ftevals.core.record import Record, Sample, TestRow, TradeoffMeasure, TradeoffRow
from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.markdown.layout import size
from pytest_ftevals.reports.markdown.page import MOST, markdown_parts
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.tradeoff import traded_cells
from tests.markdown.rendered import Rendered, html, read, render
from tests.reports.hostile import HOSTILE
from tests.reports.runs import Run, runs
from tests.reports.strategies import any_float, hostile, records, samples

if TYPE_CHECKING:
    from tests.reports.conftest import Build

GOLDEN = Path(__file__).with_name("golden")
OURS = {
    *["p", "h2", "h3", "pre", "code", "strong", "em", "ul", "li", "details", "summary"],
    *["table", "thead", "tbody", "tr", "th", "td"],
}
ATTRIBUTES = {("pre", "lang", "text"), ("th", "align", "right"), ("td", "align", "right")}
WORDS = set(
    re.findall(
        r"\w+",
        """
        PASS FAIL NO VERDICT tests test failed in error skipped not run passed of thresholds missed
        threshold inconclusive no stated a ran Candidate task metric slice against n base reference
        candidate delta interval verdict pass proven refuted holds required elsewhere
        more row rows slices seeds seed other candidates Tests that did not Trade off size target
        general step Pareto best yes all met undecided Targets steps and full fine tunes
        Failures by label labels failed was right Patterns among failures regressions feature
        lift p adjusted Against earlier runs again before new mended regression on which the got
        asked expected sample from Notes comparison made No pytest ftevals min s h bytes kB MB GB
        worst cases case one each Adapters since adapter changed unchanged tested gone none
        ended with status something beside evaluations before it interrupted
        inf e see See folder report this Left out for room states note trade history pattern
        """,
    )
) | {word for label in Label for word in label.value.split()}


def text_of(record: Record, answers: tuple[Sample, ...] = ()) -> str:
    """Return the report."""
    return "".join(markdown_parts(record, answers))


def is_inert(text: str) -> Rendered:
    """Assert that a report has no element, attribute or word that is not ours."""
    found = render(text)
    assert set(found.tags) <= OURS
    assert found.attributes <= ATTRIBUTES
    assert found.comments == 0
    assert found.words <= WORDS, found.words - WORDS
    # A p-value below what is shown is the one sign of ours that HTML knows too.
    assert not set("@#$[]{}<>`\\&~|!_") & set(found.plain.replace("< 0.001", ""))
    assert found.tags.count("details") == found.tags.count("summary") == len(found.folds)
    # As a browser reads it, with an end where we put it: nothing closed a section early.
    assert html(text).count("</details>") == found.tags.count("details")
    assert found.tags[0] == "h2"
    assert size(text) <= MOST
    assert text.replace("\n", "").isprintable()
    return found


@settings(max_examples=40)
@given(runs())
def test_any_run_is_inert(run: Run) -> None:
    """Whatever names, replies and rules hold, the comment has our elements and words alone."""
    is_inert(text_of(run.record, run.samples))


@settings(max_examples=40)
@given(records(hostile, any_float), samples(hostile))
def test_any_record_is_inert(record: Record, answer: Sample) -> None:
    """So it does where rows of a record do not belong together."""
    is_inert(text_of(record, (answer,)))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_replies_stand_in_code(build: "Build", text: str) -> None:
    """A reply, a case's id, a label and a prompt at once."""
    labels = ("wrong answer", text)
    answers = (
        replace(build.sample("x", "base", "LOC"), case=text),
        replace(build.sample("x", "trec", text, *labels), case=text, prompt=text),
    )
    record = build.failing()
    failure = replace(record.failures[0], labels={text: 3}, flaws={text: 1})
    found = is_inert(text_of(replace(record, failures=(failure,)), answers))
    assert any(code.startswith('"') for code in found.codes)


@pytest.mark.parametrize("name", ["failing", "two_candidates", "passing"])
def test_page_is_as_reviewed(build: "Build", name: str) -> None:
    """The report equals the reviewed file; delete the file and run to accept a change."""
    text = text_of(getattr(build, name)(), build.samples())
    is_inert(text)
    path = GOLDEN / f"{name}.md"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was missing and has been written: review and commit it")
    assert text == path.read_text(encoding="utf-8")


def test_every_comparison_is_there(build: "Build") -> None:
    """Values, deltas and intervals as every format writes them, in the rendered table."""
    record = build.two_candidates()
    found = render(text_of(record))
    for row in record.comparisons:
        shown = number_cells(row, "±")
        wanted = [shown[key] for key in ("base", "value", "delta", "interval")]
        assert any(
            cells[:2] == [row.task, " ".join(filter(None, [row.metric, row.slice]))]
            and cells[2:6] == wanted
            and cells[-1] == f"{row.n:,}"
            for cells in found.rows
        ), row


def test_missed_thresholds_come_first(build: "Build") -> None:
    """A reader meets what speaks against the candidate before all else."""
    rows = render(text_of(build.failing())).rows[1:]
    verdicts = [cells[-2] for cells in rows]
    assert verdicts[0] == "FAIL, refuted"
    first_pass = verdicts.index("pass, proven")
    assert not any(word.startswith("FAIL") for word in verdicts[first_pass:])


def test_it_begins_with_the_headline(build: "Build") -> None:
    """The same word and counts as in every format."""
    for record in (build.failing(), build.passing(), Record()):
        found = headline(record)
        lines = text_of(record).splitlines()
        assert lines[0].startswith("## ")
        assert lines[0].endswith(found.word)
        assert lines[2] == found.text


def test_the_trade_off_is_a_table(build: "Build") -> None:
    """A row per candidate, with the texts of the terminal's own cells."""
    record = replace(
        build.two_candidates(),
        tradeoff=(traded("trec", best=True), traded("r16|@team", target=-1.5, seeds=3)),
    )
    found = is_inert(text_of(record))
    for row in record.tradeoff:
        wanted = list(traded_cells(row, Page(width=200)).values())[1:]
        assert wanted in [cells[1:] for cells in found.rows]
    assert any("best within the thresholds" in code for code in found.codes)


def traded(
    name: str, *, target: float = 52.6, seeds: int | None = None, best: bool = False
) -> TradeoffRow:
    """Return a candidate's line of the trade-off."""
    return TradeoffRow(
        candidate=name,
        seeds=seeds,
        size=1_840_000,
        target=target,
        general=-0.4,
        met=best,
        pareto=best,
        best=best,
        smaller=None,
        marginal=None,
        pays=None,
        measures=(
            TradeoffMeasure(
                task="tickets", metric="accuracy", role="target", unit="points", gain=target
            ),
        ),
    )


def test_patterns_and_earlier_runs(build: "Build") -> None:
    """What failures have in common, and which of them are old."""
    pattern = Pattern(
        feature="words >= 40", n=80, failed=31, lift=2.34, p=1e-5, p_adjusted=2e-4, cases=("88",)
    )
    record = replace(
        build.failing(),
        patterns=(
            PatternRow(
                task="tickets",
                candidate="trec",
                among="failures",
                n=498,
                failed=237,
                tried=20,
                found=(pattern,),
            ),
        ),
        failure_log=(
            FailureLogRow(
                task="tickets",
                candidate="trec",
                runs=4,
                again=(
                    Recurring(case="88", failed=3, runs=4),
                    Recurring(case="90", failed=1, runs=3),
                ),
                new=("402", "403", "404", "405"),
                mended=(),
            ),
        ),
    )
    found = is_inert(text_of(record))
    row = ["tickets", "trec", "failures", "words >= 40", "31 of 80", "2.3", "< 0.001"]
    assert row in found.rows
    told = ["1: 88 (3 of 4)", "1: 90 (1 of 3)", "4: 402, 403, 404, …", "0"]
    assert ["tickets", "trec", "4", *told] in found.rows


def test_regressions_are_folded_the_worst_first(build: "Build") -> None:
    """Only cases that the base got right; base and candidate side by side; a count of the rest."""
    cases = [str(number) for number in range(60)]
    answers = [build.sample(case, "base", "LOC") for case in cases]
    answers += [build.sample(case, "trec", "HUM", "wrong answer") for case in cases]
    answers += [build.sample("both", "base", "NUM", "wrong answer")]
    answers += [build.sample("both", "trec", "NUM", "wrong answer")]
    record = build.failing()
    row = replace(record.failures[0], regressions=60, worst=("41", "both", "7"))
    found = is_inert(text_of(replace(record, failures=(row,)), tuple(answers)))
    assert found.folds[1] == "60 regressions of trec on tickets, which the base got right"
    codes = found.codes[found.codes.index("Wo liegt Köln?") - 1 :]
    assert codes[:5] == ["41", "Wo liegt Köln?", '"LOC"', '"LOC"', '"HUM"']
    assert codes[5] == "7"
    assert "both" not in codes
    assert "10 more regressions: see " in found.plain


def test_adapters_that_changed_are_named(build: "Build") -> None:
    """Below the headline: what was tested, what was not, what is gone."""
    names: dict[str, JSON] = {"adapters": ["r8", "@team"], "unchanged": ["r4"], "gone": []}
    chosen: JSON = {"since": "origin/main", "commit": "ab", "file": "adapters.toml", **names}
    record = replace(build.passing(), run={**build.run(), "changed": chosen})
    text = text_of(record)
    is_inert(text)
    told = "changed: `r8`, `@team`; unchanged, not tested: `r4`\n"
    assert f"\nAdapters of `adapters.toml` since `origin/main`: {told}" in text


def test_models_that_are_left_out_are_counted(build: "Build") -> None:
    """Of many candidates the first twenty stand in the list; never fewer without a word."""
    record = build.passing()
    (base, one) = record.variants
    for number in (20, 21, 60):
        more = tuple(replace(one, name=f"c{index}") for index in range(number))
        text = text_of(replace(record, variants=(base, *more)))
        listed = text.partition("```text\n")[2].partition("```")[0].splitlines()
        assert len(listed) == min(number + 1, 22)
        left = number - 20
        said = f"... and {left} more line{'s' if left > 1 else ''}"
        assert (listed[-1] == said) == (left > 0)


def test_the_last_message_of_a_prompt_is_shown(build: "Build") -> None:
    """Of a long prompt the end: few-shot examples are the same for all."""
    prompt = "Examples. " * 100 + "Where is Bonn?"
    answers = (
        build.sample("88", "base", "LOC"),
        replace(build.sample("88", "trec", "HUM", "wrong answer"), prompt=prompt),
    )
    assert "Where is Bonn?`" in text_of(build.failing(), answers)


def big(build: "Build", rows: int) -> tuple[Record, tuple[Sample, ...]]:
    """Return a run with far more of everything than a comment holds."""
    record = build.failing()
    accuracy = record.comparisons[1]
    cases = [f"case {number}" for number in range(rows)]
    long = "漢😀`|" * 200
    answers = [build.sample(case, "base", long) for case in cases]
    answers += [build.sample(case, "trec", long, "wrong answer") for case in cases]
    sliced = [replace(accuracy, slice=f"language={case}", thresholds=()) for case in cases]
    tests = [
        TestRow(nodeid=f"a.py::test[{case}]", outcome="failed", states_threshold=False)
        for case in cases
    ]
    return (
        replace(
            record,
            comparisons=(*record.comparisons, *sliced),
            tests=(*record.tests, *tests),
            failures=(replace(record.failures[0], regressions=rows, worst=tuple(cases)),),
            run={**record.run, "notes": [f"note {number} {long}" for number in range(rows // 10)]},
        ),
        tuple(answers),
    )


def test_a_large_run_is_cut_from_the_least_important_on(build: "Build") -> None:
    """The tables of the headline stay whole; what is left out is counted, and where it is."""
    record, answers = big(build, 1000)
    text = text_of(record, answers)
    assert size(text) <= MOST
    assert len(text.encode()) <= 4 * MOST
    found = is_inert(text)
    for row in build.failing().comparisons:
        if row.slice is None:
            assert [row.task, row.metric] in [cells[:2] for cells in found.rows]
    assert "986 more tests: see " in found.plain
    assert re.search(r"\b9\d\d more regressions: see ", found.plain)
    assert re.search(r"\b\d\d\d more delta rows: see ", found.plain)
    assert any(re.search(r"and [\d,]+ more lines\n$", shown) for shown in found.codes)


def test_even_the_delta_table_is_cut(build: "Build") -> None:
    """Thousands of thresholds: those that are missed come first, and the rest are counted."""
    record = build.failing()
    rows = [
        replace(record.comparisons[1], task=f"task {number}", metric="m" * 90)
        for number in range(2000)
    ]
    text = text_of(replace(record, comparisons=tuple(rows)))
    assert size(text) <= MOST
    found = is_inert(text)
    assert "more delta rows: see" in found.plain
    assert "Tests that did not pass" in found.plain
    assert "Failures by label" in found.plain


def test_a_length_counts_as_github_counts() -> None:
    """Characters beyond the first plane count twice, as in JavaScript."""
    assert [size(text) for text in ("abc", "äöü", "漢字", "😀", "")] == [3, 3, 2, 2, 0]


def test_the_checks_see_what_is_not_ours() -> None:
    """An element, an attribute, a mention or a word too many would be found."""
    for harm in ("@team", "<b>x</b>", "[x](y)", "www.x.org", "evil", "#12", "<!-- x -->"):
        with pytest.raises(AssertionError):
            is_inert(f"## PASS\n\n{harm}\n")
    assert read("<p class=x>").attributes == {("p", "class", "x")}
