"""Hostile answers and names in a browser: text, all of it to be seen, and nothing but text."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.html.page import html_parts
from tests.html.conftest import Tab
from tests.html.hostile_cases import HOSTILE, SCRIPT, SHOWN, hostile
from tests.html.shown_cases import case_hash, heading, ready, scores, sides, texts
from tests.reports.strategies import any_float, records
from tests.reports.strategies import samples as any_samples
from tests.reports.strategies import texts as any_text


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of hostile answers."""
    path = tmp_path_factory.mktemp("report") / "hostile.html"
    with path.open("w", encoding="utf-8") as out:
        out.writelines(html_parts(*hostile()))
    return path


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Tab]:
    """A window for all tests."""
    tab = Tab(browser)
    yield tab
    tab.close()


@pytest.mark.parametrize("case", [name for name in HOSTILE if name in SHOWN])
def test_hostile_replies_are_text(window: Tab, file: Path, case: str) -> None:
    """Nothing runs, nothing hides, nothing reorders the page."""
    page = window.page
    if "hostile.html" not in page.url:
        window.open(file)
    window.follow(case_hash("hostile", case, "r8"))
    expect(page.locator(".cases-head h3")).to_have_text(f"hostile / {case}")
    assert sides(page)[1]["texts"] == [SHOWN[case]]
    assert page.title() != "stolen"
    assert page.locator("#cases img, #cases h1").count() == 0
    window.check()


def test_a_line_of_a_megabyte_is_cut_until_asked_for(window: Tab, file: Path) -> None:
    """And it wraps: the page is never wider than the window."""
    page = ready(window.open(file, case_hash("hostile", "long line", "r8")))
    page.locator(".cases-head h3").wait_for()
    assert sides(page)[1]["texts"] == ["x" * 20_000]
    page.get_by_role("button", name="Show all 1,000,000 characters").click()
    assert len(sides(page)[1]["texts"][0]) == 1_000_000
    box = page.locator(".cases-detail")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_hostile_names_are_text(window: Tab, file: Path) -> None:
    """Of tasks, cases, labels, slices, metrics, roles: everything that a file may say."""
    page = ready(window.open(file, "#cases?result=error"))
    page.locator(".cases-head").wait_for()
    assert SCRIPT[:60] in heading(page)
    assert heading(page).endswith("/?#&%\\u202e")
    assert texts(page, "Prompt") == [SCRIPT]
    assert json.loads(texts(page, "Expected")[0]) == {SCRIPT: SCRIPT}
    side = sides(page)[0]
    assert side["error"] == [SCRIPT]
    assert side["facts"][2].startswith(SCRIPT[:60])
    assert scores(page)[0][1][1] == "1.5"
    assert page.title() != "stolen"
    window.check()


@pytest.mark.slow
@settings(max_examples=5)
@given(records(any_text, any_float), st.lists(any_samples(any_text), min_size=1, max_size=6))
def test_any_samples_can_be_looked_at(
    window: Tab,
    tmp_path_factory: pytest.TempPathFactory,
    record: Record,
    samples: list[Sample],
) -> None:
    """However odd: each case opens, with all kinds of marks, and no script fails."""
    file = tmp_path_factory.mktemp("any") / "report.html"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(html_parts(record, samples))
    page = ready(window.open(file))
    for row in page.locator(".cases-row").all():
        row.click()
        expect(page.locator(".cases-side").first).to_be_visible()
        for kind in ("expected", "none", "base"):
            page.get_by_role("combobox", name="Mark").select_option(kind)
    window.check()
