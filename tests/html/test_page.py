"""The page without a browser: every number and every fact of the record is in it."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace

import pytest

from pytest_ftevals.core.record import ComparisonRow, Record, Sample, TaskRow, VariantRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.beside_full import beside_full
from pytest_ftevals.reports.clean import clean
from pytest_ftevals.reports.deltas import condition, number_cells
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.html.page import html_parts
from pytest_ftevals.reports.limitations import limitations
from pytest_ftevals.reports.notes import note_lines
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.summary import summary
from pytest_ftevals.reports.tradeoff import said_of_tradeoff, traded_cells
from pytest_ftevals.reports.verdicts import Verdicts
from tests.html.candidates import answers, candidates
from tests.html.parsed import found, one, parsed, text_of
from tests.reports.conftest import Build

BUILD = Build()
WIDE = Page(width=100_000)
NUMBERS = ("n", "base", "value", "delta", "interval", "won")


def page_of(record: Record, samples: Sequence[Sample] = ()) -> ET.Element:
    """Return the parsed page."""
    return parsed("".join(html_parts(record, samples)))


@pytest.fixture(scope="module")
def page() -> ET.Element:
    """Three candidates with everything that a page shows."""
    return page_of(candidates(), answers())


Shown = tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]


def shown(page: ET.Element) -> Counter[Shown]:
    """Return every row of the delta tables: its names, its numbers, what its thresholds say."""
    rows: Counter[Shown] = Counter()
    for table in found(page, "table", class_="deltas"):
        names = {"slice": ""}
        for row in found(table, "tr"):
            for cell in found(row, "th", class_="measure"):
                parts = ("task", "slice", "metric")
                names = {part: "".join(map(_bdi, found(cell, "*", class_=part))) for part in parts}
            if not list(found(row, "td", class_="delta")):
                continue
            cells = [text_of(one(row, "td", class_=key)) for key in NUMBERS]
            name = "".join(_bdi(cell) for cell in found(row, "td", class_="candidate"))
            said = tuple(text_of(each) for each in found(row, "div", class_="demand"))
            rows[names["task"], names["slice"], names["metric"], name, tuple(cells), said] += 1
    return rows


def _bdi(cell: ET.Element) -> str:
    return text_of(next(cell.iter("bdi")))


def expected(row: ComparisonRow, verdicts: Verdicts, *, several: bool) -> Shown:
    """Return what a row of the record reads as."""
    cells = {"n": numbers.count(row.n), **number_cells(row, "±")}
    said = tuple(f"{condition(row, each.threshold)} {each.text}" for each in verdicts.on(row))
    name = row.candidate if several else ""
    return (
        *(row.task, row.slice or "", row.metric, name),
        tuple(cells[key] for key in NUMBERS),
        said,
    )


@pytest.mark.parametrize(
    "record",
    [BUILD.passing(), BUILD.failing(), BUILD.two_candidates(), candidates()],
    ids=["passing", "failing", "two", "three"],
)
def test_every_comparison_is_shown_as_in_every_format(record: Record) -> None:
    """All values, deltas, intervals and verdicts, and no row that the record has not.

    A slice with a threshold stands among the tasks and among its slices.
    """
    verdicts = Verdicts.of(record)
    several = len({row.candidate for row in record.comparisons}) > 1
    wanted: Counter[Shown] = Counter()
    for row in record.comparisons:
        twice = row.slice is not None and bool(row.thresholds)
        wanted[expected(row, verdicts, several=several)] += 2 if twice else 1
    assert shown(page_of(record)) == wanted


def test_candidates_stand_side_by_side(page: ET.Element) -> None:
    """Each whole task and metric once, with the delta of each candidate against the base."""
    table = one(page, "table", class_="glance")
    lines = [[text_of(cell) for cell in found(row, "td")] for row in found(table, "tr")][1:]
    record = candidates()
    wanted = {
        (row.task, row.metric): [
            number_cells(other, "±")["delta"]
            for other in record.comparisons
            if (other.task, other.metric) == (row.task, row.metric)
            and other.slice is None
            and other.reference == "base"
        ]
        for row in record.comparisons
    }
    assert lines == list(wanted.values())


def test_an_adapter_stands_beside_the_full_fine_tune(page: ET.Element) -> None:
    """With its gap and the share of the gain that it keeps, as in the terminal."""
    (cells,) = beside_full(candidates(), WIDE)["r4", "full"]
    section = one(page, "section", id="deltas")
    rows = [[text_of(cell) for cell in row] for row in found(section, "tr")]
    keys = ("task", "metric", "base", "value", "full", "gap", "interval", "kept")
    assert [cells[key] for key in keys] in rows
    assert cells["kept"].endswith("of full's gain")


def test_what_gives_way_first_is_folded(page: ET.Element) -> None:
    """Slices and comparisons with another candidate; the tasks are open."""
    folded = [one(each, "summary") for each in found(page, "details", class_="fold")]
    assert [text_of(each) for each in folded] == [
        "mmlu by subject 9 rows",
        "against full 1 row",
        "All thresholds 3",
        "How each interval was computed 9",
        "All tests by function 1",
    ]


def test_the_head_says_what_became_of_what(page: ET.Element) -> None:
    """The headline, the models, the summary and the limitations are the other formats'."""
    record = candidates()
    assert text_of(one(page, "h1")) == headline(record).text
    assert text_of(one(page, "p", class_="verdict")) == headline(record).word
    models = text_of(one(page, "dl", class_="models"))
    assert models.startswith("base SmolLM2-135M-Instruct@12fd25f · float32 · cpu candidate r4 out/")
    said = [text_of(each) for each in found(page, "bdi")]
    for text in (*summary(record), *limitations(record)):
        assert clean(text) in said


def test_sections_stand_in_the_order_of_questions(page: ET.Element) -> None:
    """What the navigation names is there, in this order."""
    sections = [each.get("id") for each in found(page, "section")]
    order = ["deltas", "tradeoff", "failures", "confusion", "cases", "run"]
    assert sections == ["summary", *order]
    assert [each.get("href") for each in one(page, "nav").iter("a")] == [f"#{one}" for one in order]


def test_an_empty_record_has_no_empty_parts() -> None:
    """Nothing to compare, to trade or to browse: the page says so, without a script."""
    page = page_of(Record())
    assert [each.get("id") for each in found(page, "section")][-3:] == ["deltas", "failures", "run"]
    assert "No comparison was made." in text_of(one(page, "section", id="deltas"))
    assert not list(page.iter("script"))
    assert not [each for each in page.iter("a") if "#cases" in (each.get("href") or "")]


def test_the_trade_off_is_the_terminals(page: ET.Element) -> None:
    """The same cells, the same sentences."""
    record, section = candidates(), one(page, "section", id="tradeoff")
    rows = [[text_of(cell) for cell in row][1:] for row in one(section, "tbody")]
    assert rows == [list(traded_cells(row, WIDE).values()) for row in record.tradeoff]
    said = [text_of(each) for each in section.iter("bdi")]
    assert set(said_of_tradeoff(record, WIDE)) <= set(said)


def test_failures_lead_to_their_cases(page: ET.Element) -> None:
    """Counts by label with links that the case browser reads, and the labels' sum made whole."""
    card = next(found(page, "article", class_="card"))
    assert "97 of 500 failed · 3 regressions from base" in text_of(card)
    chips = [text_of(each) for each in found(card, "li")]
    assert chips == ["wrong answer 80", "wrong format 12", "no label 5", "too verbose 9"]
    links = [each.get("href") for each in card.iter("a")]
    assert links[:2] == [
        "#cases?task=tickets&candidate=r4&result=failed",
        "#cases?task=tickets&candidate=r4&label=wrong%20answer&as=primary",
    ]
    assert "#case=tickets/88/r4" in links
    assert "63 more" in text_of(card)
    assert "and 11 in record.json" in text_of(card)


def test_patterns_and_the_failure_log_are_shown(page: ET.Element) -> None:
    """Counts, lift and the adjusted p-value; what fails again, what is new, what was mended."""
    section = one(page, "section", id="failures")
    pattern = next(found(section, "table"))
    assert [text_of(cell) for cell in pattern.findall("tbody/tr/*")] == [
        *("language=de", "166", "51", "1.8", "0.0031", "88"),
    ]
    assert "among failures, 97 of 500 cases; 34 features tried" in text_of(section)
    assert "nothing in common among regressions, 3 of 488 cases" in text_of(section)
    log = text_of(one(section, "article", class_="log"))
    assert log == (
        "tickets r4, 6 earlier runs again and again 1 88 5 of 6 failed before 1 90 1 of 6 "
        "new 1 402 mended 2 test-500 test-501"
    )


def test_where_nothing_failed_there_is_no_bar_and_no_link() -> None:
    """A sliver of red would say that something did."""
    record = candidates()
    rows = (replace(record.failures[0], failed=0, labels={}), record.failures[0])
    page = page_of(replace(record, failures=rows), answers())
    cards = one(one(page, "section", id="failures"), "div", class_="cards")
    shown = [
        (len(list(one(card, "div", class_="share"))), text_of(link) if link is not None else "")
        for card in cards
        for link in [card.find("p/a[@href]")]
    ]
    assert shown == [(0, ""), (1, "97 of 500 failed")]


def test_everything_a_reproducer_needs_is_shown(page: ET.Element) -> None:
    """Command, versions, fingerprints, hashes, decoding, notes, self-check and what failed."""
    record = candidates()
    said = text_of(one(page, "section", id="run"))
    facts = ["pytest evalsuites/", "torch 2.8.0", "cpu x86_64", "tolerance 0.0001", "12.3 s"]
    facts += [variant.fingerprint for variant in record.variants]
    facts += [str(record.variants[0].revision), "out/r16"]
    facts += [hash_ for task in record.tasks for hash_ in (task.data_hash, task.template_hash)]
    facts += ["max_new_tokens 48", "evalsuites/mmlu.task.yaml", '"target_modules": [']
    facts += ["assert drop <= 2", "line 12"]
    facts += [clean(" ".join(line.text.split())) for line in note_lines(record, WIDE, verbose=1)]
    assert [fact for fact in facts if fact not in said] == []


@pytest.mark.parametrize("kind", [VariantRow, TaskRow])
def test_no_field_of_models_and_tasks_is_left_out(kind: type[VariantRow] | type[TaskRow]) -> None:
    """One that the record gains later has to be shown, too."""
    record = candidates()
    texts = {
        field.name: f"<{field.name}>"
        for field in fields(kind)
        if field.name not in {"kind", "name"} and "str" in str(field.type).split("[")[0]
    }
    assert len(texts) >= 4
    if kind is VariantRow:
        row = replace(record.variants[1], **texts)  # type: ignore[arg-type]
        record = replace(record, variants=(record.variants[0], row))
    else:
        record = replace(record, tasks=(replace(record.tasks[0], **texts),))  # type: ignore[arg-type]
    said = text_of(one(page_of(record), "section", id="run"))
    assert [text for text in texts.values() if text not in said] == []


def test_thresholds_have_their_evidence(page: ET.Element) -> None:
    """Each with its p-values and its test."""
    (row,) = [
        [text_of(cell) for cell in row]
        for row in found(page, "tr")
        if text_of(row).startswith("drop <= 2 r16 on mmlu accuracy")
    ]
    assert row[2:] == ["FAIL, refuted", "point", "14,042", "0.01", "0.02", _test_of("r16")]


def _test_of(name: str) -> str:
    return f"evalsuites/test_kept.py::test_ability_is_kept[{name}-mmlu]"


def test_many_tests_are_counted_and_the_red_ones_named() -> None:
    """Cases are tests too: thousands of them are a line for their function."""
    record = candidates()
    many = tuple(
        replace(record.tests[0], nodeid=f"e.py::test_case[{number}]", outcome=outcome)
        for outcome in ("passed", "failed")
        for number in range(300)
    )
    section = text_of(one(page_of(replace(record, tests=many)), "section", id="run"))
    assert "e.py::test_case 300 passed · 300 failed" in section
    assert section.count("e.py::test_case[") == 200 + section.count("failed: e.py::test_case[")
    assert "and 100 more tests that did not pass, all in record.json" in section
