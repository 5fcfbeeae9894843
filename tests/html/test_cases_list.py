"""The case browser's list in a browser: filters, sorting and search."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.html.page import html_parts
from tests.html.case_pairs import CASES, Made, Pair, badness, change, is_worst, named, pairs, texts
from tests.html.conftest import Tab
from tests.html.many_cases import many
from tests.html.shown_cases import listed, ready, rows

Test = Callable[[Pair, Record], bool]


FILTERS: dict[str, tuple[dict[str, str], Test]] = {
    "all": ({}, lambda _, __: True),
    "task": ({"task": "chat"}, lambda pair, _: pair[1].task == "chat"),
    "candidate": ({"candidate": "r16"}, lambda pair, _: pair[1].variant == "r16"),
    "label": ({"label": "too verbose"}, lambda pair, _: "too verbose" in pair[1].labels),
    "second label": (
        {"label": "regression from base"},
        lambda pair, _: "regression from base" in pair[1].labels,
    ),
    "slice": ({"slice": "language=fr"}, lambda pair, _: pair[1].slices["language"] == "fr"),
    "lost": ({"outcome": "lost"}, lambda pair, _: change(pair) < 0),
    "won": ({"outcome": "won"}, lambda pair, _: change(pair) > 0),
    "tied": ({"outcome": "tied"}, lambda pair, _: change(pair) == 0),
    "passed": ({"result": "passed"}, lambda pair, _: pair[1].passed is True),
    "failed": ({"result": "failed"}, lambda pair, _: pair[1].passed is False),
    "worst": ({"worst": "1"}, is_worst),
    "several": (
        {"task": "plain", "result": "failed", "slice": "language=de", "candidate": "r8"},
        lambda pair, _: (
            (pair[1].task, pair[1].variant, pair[1].passed, pair[1].slices["language"])
            == ("plain", "r8", False, "de")
        ),
    ),
    "text": ({"q": "refund ANSWER"}, lambda pair, _: "refund answer" in texts(pair)),
    "text beyond ASCII": ({"q": "straße river"}, lambda pair, _: "straße river" in texts(pair)),
    "text and filter": (
        {"q": "late wrong", "outcome": "lost"},
        lambda pair, _: "late wrong" in texts(pair) and change(pair) < 0,
    ),
    "no such text": ({"q": "zebra"}, lambda _, __: False),
    "no such label": ({"label": "<b>none</b>"}, lambda _, __: False),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_show_what_the_record_says(tall: Tab, made: Made, name: str) -> None:
    """Exactly these rows, counted; a link with the filters opens them, its controls set."""
    filters, wanted = FILTERS[name]
    all_pairs = pairs(made)
    expected = {named(pair) for pair in all_pairs if wanted(pair, made[0])}
    tall.follow(f"#cases?{urlencode(filters)}")
    page = ready(tall.page)
    assert set(listed(page)) == expected
    count = page.locator(".cases-count").inner_text()
    assert count == f"{len(expected)} of {len(all_pairs)} answers to {CASES} cases"
    for control, value in filters.items():
        field = page.locator(f"[name={control}]")
        assert field.is_checked() if control == "worst" else field.input_value() == value
    tall.check()


@pytest.mark.parametrize(
    "query",
    [
        *("sort=constructor", "sort=toString", "sort=__proto__", "sort=best&worst=0", "worst=no"),
        *("as=constructor&varied=toString", "as=primary", "__proto__=x&hasOwnProperty=y"),
    ],
)
def test_a_link_that_says_nothing_filters_nothing(tall: Tab, made_file: Path, query: str) -> None:
    """Also where JavaScript's objects have what it names."""
    page = ready(tall.open(made_file, f"#cases?{query}"))
    assert len(listed(page)) == 2 * CASES
    assert page.locator("[name=sort]").input_value() == ("best" if "best" in query else "")
    assert not page.locator("[name=worst]").is_checked()
    page.locator("[name=task]").select_option("chat")
    expect(page.locator(".cases-row")).to_have_count(CASES)
    tall.check()


def test_no_key_is_an_objects_own(tall_page: Page) -> None:
    """A key of such a name, from a script or an odd keyboard, is left alone."""
    taken = tall_page.locator(".cases-list").evaluate(
        "list => ['constructor', 'toString', '__proto__', 'j'].filter(key => {"
        "  const event = new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true});"
        "  return !list.dispatchEvent(event);"
        "})"
    )
    assert taken == ["j"]


def test_controls_filter_and_write_the_link(tall_page: Page, made: Made) -> None:
    """What a hand does is what a link says."""
    page = tall_page
    page.locator("select[name=label]").select_option("wrong format")
    page.locator("[name=worst]").check()
    page.locator("[name=q]").fill("ORDER")
    expect(page).to_have_url(re.compile("q=ORDER$"))
    ready(page)
    expected = {
        named(pair)
        for pair in pairs(made)
        if "wrong format" in pair[1].labels and is_worst(pair, made[0]) and "order" in texts(pair)
    }
    assert expected
    assert set(listed(page)) == expected
    assert page.evaluate("location.hash") == "#cases?label=wrong+format&worst=1&q=ORDER"
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".cases-row")).to_have_count(2 * CASES)
    assert page.evaluate("location.hash") == "#cases"


def test_rows_show_scores_outcome_and_primary_label(tall_page: Page, made: Made) -> None:
    """Each row as its samples say; what all rows have in common is left out."""
    page = tall_page
    expected = []
    for base, own in sorted(pairs(made), key=badness):
        more = f" +{len(own.labels) - 1}" if len(own.labels) > 1 else ""
        gain = change((base, own))
        expected.append(
            [
                f"{own.task} · {own.variant}",
                own.case,
                f"{base.scores['accuracy']:g} → {own.scores['accuracy']:g}",
                "won" if gain > 0 else "lost" if gain < 0 else "tied",
                own.labels[0] + more if own.labels else "",
            ]
        )
    assert rows(page) == expected
    page.locator("select[name=task]").select_option("chat")
    expect(page.locator(".cases-row")).to_have_count(CASES)
    assert {where for where, *_ in rows(page)} == {"r8", "r16"}
    page.locator("select[name=candidate]").select_option("r8")
    expect(page.locator(".cases-row")).to_have_count(CASES // 2)
    assert {where for where, *_ in rows(page)} == {""}


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("", badness),
        ("best", lambda pair: (-change(pair), pair[1].passed is not True)),
        ("low", lambda pair: pair[1].scores["accuracy"]),
        ("high", lambda pair: -(pair[1].scores["accuracy"] or 0)),
        ("order", lambda _: 0),
    ],
)
def test_sorting(tall_page: Page, made: Made, sort: str, key: Callable[[Pair], Any]) -> None:
    """Those that are equal stay in the order of the data."""
    page = tall_page
    page.locator("select[name=sort]").select_option(sort)
    expected = [named(pair) for pair in sorted(pairs(made), key=key)]
    expect(page.locator("#cases-row-0 .cases-id")).to_have_text(expected[0][1])
    assert listed(page) == expected


def test_roles_say_what_the_list_is(tall_page: Page) -> None:
    """A listbox whose options know their place among all, though few have elements."""
    page = tall_page
    box = page.get_by_role("listbox", name="Cases")
    options = box.get_by_role("option")
    assert options.first.get_attribute("aria-setsize") == str(2 * CASES)
    assert options.nth(4).get_attribute("aria-posinset") == "5"
    assert options.first.get_attribute("aria-selected") == "true"
    unnamed = page.locator("#cases :is(select, input, button)").evaluate_all(
        "all => all.filter(one => !(one.labels?.length || one.textContent || one.ariaLabel)).length"
    )
    assert unnamed == 0


@pytest.mark.slow
def test_twenty_thousand_cases(browser: Browser, tmp_path: Path) -> None:
    """Few rows have elements however many there are; the last one is reached, and found."""
    file = tmp_path / "report.html"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(html_parts(*many(20_000, shots=2)))
    tab = Tab(browser)
    page = ready(tab.open(file, "#cases?sort=order"))
    most = 40
    box = page.locator(".cases-list")
    for place in (0.1, 0.5, 0.9, 1):
        box.evaluate("(box, place) => { box.scrollTop = place * box.scrollHeight }", place)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        assert 0 < page.locator(".cases-row").count() < most
    assert rows(page)[-1][:2] == ["chat · r16", "10000"]
    box.focus()
    page.keyboard.press("End")
    expect(page.locator(".cases-head h3")).to_have_text("chat / 10000")
    page.evaluate(
        "window.said = [];"
        "const count = document.querySelector('.cases-count');"
        "new MutationObserver(() => said.push(count.textContent))"
        ".observe(count, {childList: true, characterData: true, subtree: true})"
    )
    page.locator("[name=q]").fill("10000")
    expect(page).to_have_url(re.compile("q=10000"))
    ready(page)
    said = page.evaluate("said")
    assert said[0] == "4 of 40,000 answers to 20,000 cases, searching: 0 of 100 parts"
    assert said[-1] == "4 of 40,000 answers to 20,000 cases"
    assert {(where, id_) for where, id_, *_ in rows(page)} == {
        (f"{task} · {one}", "10000") for task in ("plain", "chat") for one in ("r8", "r16")
    }
    tab.close()
