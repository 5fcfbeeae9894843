"""A difference on a page: the statement first, no line too wide, nothing hostile in it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.diff.as_json import difference_json
from pytest_ftevals.reports.diff.difference import Difference, difference
from pytest_ftevals.reports.diff.names import Names
from pytest_ftevals.reports.diff.page import difference_lines
from pytest_ftevals.reports.page import Page
from tests.reports.rich import rich
from tests.reports.runs import Run, runs

if TYPE_CHECKING:
    from tests.reports.conftest import Build

NARROW, WIDE = Page(width=79), Page(width=199)
TITLES = ("out/before", "out/after")
WRONG = "wrong answer"


def between(
    before: Record,
    after: Record,
    samples: tuple[list[Sample], list[Sample]] | None = None,
    **pairs: str,
) -> Difference:
    """Return the difference of two records, with or without samples."""
    old, new = samples or (None, None)
    return difference((before, old), (after, new), Names.of(pairs, before, after))


@pytest.fixture
def changed(build: "Build") -> Difference:
    """Return a difference of every kind."""
    before = build.failing()
    missed = build.threshold("accuracy >= 0.80", holds=False, evidence="refuted")
    rows = tuple(
        build.row("tickets", "accuracy", missed, value=0.4, n=498)
        if (row.task, row.metric) == ("tickets", "accuracy")
        else row
        for row in before.comparisons
    )
    de = next(index for index, row in enumerate(rows) if row.slice == "language=en")
    rows = (*rows[:de], replace(rows[de], value=0.7), *rows[de + 1 :])
    tests = (replace(before.tests[0], outcome="failed"), *before.tests[1:])
    run: dict[str, JSON] = {**before.run, "versions": {"torch": "2.9.0", "pytest-ftevals": "0.1.0"}}
    after = replace(before, run=run, comparisons=rows, tests=tests)
    old = [build.sample("88", "trec", "LOC"), build.sample("89", "trec", "HUM", WRONG)]
    new = [
        build.sample("88", "trec", "HUM\x1b[2J\u202e", WRONG),
        build.sample("89", "trec", "ABBR", WRONG),
    ]
    return between(before, after, (old, new))


def test_what_a_user_reads(changed: Difference) -> None:
    """In 80 columns, settings before values before cases."""
    assert difference_lines(changed, NARROW, titles=TITLES) == PAGE.splitlines()


PAGE = """\
1 setting changed; 2 of 6 values changed; 2 verdicts changed; 1 test changed;
  2 cases changed

before  out/before · 2025-05-06T07:08:09+00:00 · FAIL · 4 of 9 tests failed
        1 of 9 tests in error · 1 of 9 tests not run · 3 of 6 thresholds missed
after   out/after · 2025-05-06T07:08:09+00:00 · FAIL · 5 of 9 tests failed
        1 of 9 tests in error · 1 of 9 tests not run · 3 of 5 thresholds missed

settings
  version torch: 2.8.0 -> 2.9.0

values
  task     metric      n  base          trec           delta  cases
  tickets  accuracy  498   0.0  52.6 -> 40.0  +52.6 -> +40.0  +0 -1
  and 1 value on slices; --all lists them
  cases: how many of them the candidate scores higher (+) and lower (-) than
  before

verdicts
  mmlu accuracy trec
    before  drop <= 3: pass, proven
    after   drop <= 3: failed elsewhere
  tickets accuracy trec
    before  gain > 0: holds, proven
    after   not stated

tests
  evalsuites/test_kept.py::test_general_ability_is_kept[mmlu]: passed -> failed

cases
  trec on tickets, of 2 in both
    1 newly failing
      88  "LOC" -> "HUM\\x1b[2J\\u202e"
    1 with another reply, as good or bad
      89  "HUM" -> "ABBR"
"""


def test_everything_lists_slices(changed: Difference) -> None:
    """Only where asked for."""
    some, every = (
        difference_lines(changed, WIDE, titles=TITLES, everything=one) for one in (False, True)
    )
    assert not any("language=en" in line for line in some)
    assert any("f1_macro[language=en]" in line for line in every)


def test_identical_records(build: "Build") -> None:
    """One plain word; without samples nothing is claimed of cases."""
    record = build.failing()
    samples = [build.sample("1", "trec", "x")]
    same = between(record, record, (samples, samples))
    assert same.is_none
    assert same.statement == "identical: same settings; no value changed; no case changed"
    found = between(record, record)
    assert found.is_none
    assert found.statement.startswith("no difference found: same settings; ")
    assert difference_lines(found, NARROW, titles=TITLES)[-2:] == [
        "",
        "cases are not compared: a report without samples.jsonl does not hold them",
    ]


def test_facts_about_failures_differ(build: "Build") -> None:
    """Counts, patterns and the log: never identical where one of them changed."""
    before, _ = rich(build)
    failures = replace(before.failures[0], labels={"wrong answer": 1}, flaws={"rude": 2})
    after = replace(
        before,
        failures=(failures, *before.failures[1:]),
        patterns=(replace(before.patterns[0], found=()), *before.patterns[1:]),
        failure_log=before.failure_log[1:],
    )
    for part in ("failures", "patterns", "failure_log"):
        changed = replace(before, **{part: getattr(after, part)})
        assert not between(before, changed).is_none, part
        assert not between(changed, before, ([], [])).is_none, part
    found = between(before, after)
    many = f"{len(found.failures)} facts about failures changed"
    assert found.statement == f"same settings; no value changed; {many}; cases not compared"
    lines = difference_lines(found, NARROW, titles=TITLES, everything=True)
    assert "failures of trec on tickets" in lines
    assert "  flaws.rude: 0 -> 2" in lines
    assert "failure log of trec on tickets" in lines
    assert any(line.startswith("patterns among ") for line in lines)
    data = json.loads(json.dumps(difference_json(found)))
    wanted = {"of": "failures of trec on tickets", "name": "flaws.rude", "before": 0, "after": 2}
    assert wanted in data["failures"]
    assert data["different"] is True


def test_scores_and_labels_alone_are_shown(build: "Build") -> None:
    """What is another one of them stands beside the case."""
    record = build.passing()
    sample = build.sample("1", "trec", "x", WRONG)
    scored = replace(sample, scores={"accuracy": 0.25})
    found = between(record, record, ([sample], [scored]))
    lines = difference_lines(found, NARROW, titles=TITLES)
    assert found.statement == "same settings; no value changed; 1 case changed"
    assert "    1 of the same reply, scored otherwise" in lines
    assert "      1  accuracy 0 -> accuracy 0.25" in lines
    labelled = replace(sample, labels=("invalid JSON",))
    lines = difference_lines(between(record, record, ([sample], [labelled])), NARROW, titles=TITLES)
    assert "    1 of the same reply, labelled otherwise" in lines
    assert "      1  wrong answer -> invalid JSON" in lines


def test_a_case_of_one_report_only_is_a_difference(build: "Build") -> None:
    """What both hold is compared, and "identical" claims more."""
    record = build.passing()
    samples = [build.sample(case, "trec", "x") for case in "12"]
    found = between(record, record, (samples, samples[:1]))
    assert not found.is_none
    assert found.statement.endswith("; no case changed; 1 answer to cases of one report only")


def test_headers_of_several_candidates_are_whole(build: "Build") -> None:
    """In 80 columns: columns give way, and one without a cell is left out."""
    before = build.two_candidates()
    rows = [replace(row, base=0.5, value=row.value / 2) for row in before.comparisons]
    found = between(before, replace(before, comparisons=tuple(rows)))
    lines = difference_lines(found, NARROW, titles=TITLES)
    header = lines[lines.index("values") + 1].split()
    assert header[:3] == ["task", "metric", "candidate"]
    assert header[-1] == "delta"
    assert set(header) <= {"task", "metric", "candidate", "n", "base", "value", "delta"}


def test_the_first_of_many_cases(build: "Build") -> None:
    """More are counted, unless everything is asked for."""
    record = build.passing()
    cases = [str(number) for number in range(1, 2001)]
    samples = (
        [build.sample(case, "trec", "x") for case in cases],
        [build.sample(case, "trec", "y", WRONG) for case in cases],
    )
    found = between(record, record, samples)
    assert "; 2,000 cases changed" in found.statement
    lines = difference_lines(found, NARROW, titles=TITLES)
    assert "    2,000 newly failing" in lines
    assert "      and 1,995 more; --all lists them" in lines
    every = difference_lines(found, NARROW, titles=TITLES, everything=True)
    assert len(every) == len(lines) + 1994


def test_candidates_of_other_names(build: "Build") -> None:
    """How to compare them is said where there is one of each, and that it was done."""
    before = build.passing()
    variants = (before.variants[0], replace(before.variants[1], name="r16"))
    rows = tuple(replace(row, candidate="r16") for row in before.comparisons)
    after = replace(before, variants=variants, comparisons=rows)
    lines = difference_lines(between(before, after), NARROW, titles=TITLES)
    assert "  candidates of other names are compared with --candidate trec=r16" in lines
    found = between(before, after, trec="r16")
    assert found.is_none
    lines = difference_lines(found, NARROW, titles=TITLES)
    assert "trec of the first report is compared with r16 of the second" in lines


def test_json_holds_all_of_it(changed: Difference) -> None:
    """Numbers as in the records, every case."""
    found = json.loads(json.dumps(difference_json(changed)))
    assert found["statement"] == changed.statement
    assert found["different"] is True
    assert found["settings"] == [
        {"of": "version", "name": "torch", "before": "2.8.0", "after": "2.9.0"}
    ]
    decided, first, second = found["values"]
    assert (decided["task"], decided["after"]["verdicts"]) == (
        "mmlu",
        ["drop <= 3: failed elsewhere"],
    )
    assert (first["before"]["value"], first["after"]["value"]) == (0.526, 0.4)
    assert first["cases"] == {"higher": 0, "lower": 1}
    assert second["slice"] == "language=en"
    (cases,) = found["cases"]
    assert [(one["case"], one["kind"]) for one in cases["changes"]] == [
        ("88", "lost"),
        ("89", "reply"),
    ]
    assert cases["changes"][0]["after"] == {
        "samples": 1,
        "passed": 0,
        "scores": {"accuracy": 0.0},
        "labels": [WRONG],
        "reply": "HUM\x1b[2J\u202e",
    }


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=runs(), other=runs(), width=st.sampled_from([40, 79, 199]), ascii_only=st.booleans())
def test_any_two_records(one: Run, other: Run, width: int, *, ascii_only: bool) -> None:
    """No crash, no line too wide, nothing that steers a terminal; JSON is JSON."""
    names = Names.of({}, one.record, other.record)
    for after in (one, other):
        found = difference((one.record, one.samples), (after.record, after.samples), names)
        page = Page(width=width, ascii_only=ascii_only)
        for everything in (False, True):
            for line in difference_lines(found, page, titles=TITLES, everything=everything):
                assert line.isprintable()
                assert display_width(line) <= width
                assert line.isascii() or not ascii_only
        json.dumps(difference_json(found), allow_nan=False)
        assert found.is_none or after is not one
