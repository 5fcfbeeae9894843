"""The page as a reader sees it: the record's numbers, readable in light and dark and on a phone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pytest_ftevals.reports.deltas import number_cells
from pytest_ftevals.reports.html.forest import scale_of
from pytest_ftevals.reports.html.page import html_parts
from tests.html.candidates import answers, candidates
from tests.html.conftest import PHONE, Scheme

Open = Callable[..., Page]

HOSTILE = "<img src=x onerror=\"document.title='stolen'\">\u202e\ud800\x00 العربية " + "x" * 100_000

# The contrast of WCAG 2.2 for every text that is seen, against the grounds behind it.
CONTRASTS = """() => {
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, ground) => {
    const mixed = [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));
    return [...mixed, 1];
  };
  const light = (color) => {
    const parts = color.slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ground = (element) => {
    const own = rgba(getComputedStyle(element).backgroundColor);
    if (own[3] === 1 || !element.parentElement) return own;
    return over(own, ground(element.parentElement));
  };
  const low = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    if (!text || !element.checkVisibility() || element.closest("script, style, title, desc")) {
      continue;
    }
    seen += 1;
    const style = getComputedStyle(element);
    const back = ground(element);
    const ink = rgba(element.closest("svg") ? style.fill : style.color);
    const both = [light(over(ink, back)), light(back)].sort((a, b) => b - a);
    const ratio = (both[0] + 0.05) / (both[1] + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return {seen, low};
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of three candidates."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text("".join(html_parts(candidates(), answers())), encoding="utf-8")
    return file


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def test_what_is_seen_is_the_record(open_report: Open, report: Path) -> None:
    """Numbers as the other formats write them, and each mark where its number is on the axis."""
    page = open_report(report)
    rows = [
        row
        for row in candidates().comparisons
        if row.slice is None and row.unit == "points" and row.reference == "base"
    ]
    scale = scale_of(rows)
    table = page.locator("table.deltas").first
    assert table.locator("td.interval").all_inner_texts() == [
        number_cells(row, "±")["interval"] for row in sorted(rows, key=lambda one: one.task)
    ]
    cell = table.locator("td.plot").first
    drawing = cell.locator("svg").bounding_box()
    mark = cell.locator("use[href='#m-pass']").bounding_box()
    assert drawing is not None
    assert mark is not None
    middle = mark["x"] + mark["width"] / 2
    share = scale.at(rows[0].delta) / 100
    assert middle == pytest.approx(drawing["x"] + share * drawing["width"], abs=1)
    grid = page.locator("table.deltas").first.locator("td.plot use[href^='#grid']").first
    box = grid.bounding_box()
    assert box is not None
    assert box["height"] == pytest.approx(drawing["height"], abs=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable(open_report: Open, report: Path, scheme: Scheme) -> None:
    """A contrast of at least 4.5 to 1, and a ground that follows the reader's setting."""
    page = open_report(report, scheme=scheme)
    unfold(page)
    result = page.evaluate(CONTRASTS)
    assert result["seen"] > 300
    assert result["low"] == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("width", [PHONE, 768, 1280])
def test_the_page_itself_never_scrolls_sideways(
    open_report: Open, report: Path, width: int
) -> None:
    """Wide tables scroll in their own boxes, with everything unfolded."""
    page = open_report(report, width=width)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_shows_each_row_as_a_block(open_report: Open, report: Path) -> None:
    """All of a row's numbers are in view, with their names, and its plot has the whole width."""
    page = open_report(report, width=PHONE)
    row = page.locator("table.deltas tbody tr").first
    box = row.bounding_box()
    assert box is not None
    assert box["width"] <= PHONE
    plot = row.locator("td.plot").bounding_box()
    assert plot is not None
    assert plot["width"] > 0.85 * PHONE
    for cell in row.locator("td").all():
        place = cell.bounding_box()
        if place is not None:
            assert place["x"] + place["width"] <= PHONE
    assert row.locator("td.delta").evaluate("e => getComputedStyle(e, '::before').content")


def test_hostile_names_show_as_text(open_report: Open) -> None:
    """No element comes of them, nothing runs, and they stay in their boxes."""
    made = candidates()
    name = f"t{HOSTILE}"
    rows = tuple(replace(row, task=name) for row in made.comparisons)
    record = replace(made, run={**made.run, "command": HOSTILE}, tasks=(), comparisons=rows)
    page = open_report(html_parts(record, ()), width=PHONE)
    unfold(page)
    shown = page.locator("table.deltas span.task").first
    expect(shown).to_contain_text("t<img src=x onerror=\"document.title='stolen'\">")
    assert page.locator("img").count() == 0
    assert page.title().startswith("FAIL")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_a_label_leads_to_its_cases(open_report: Open, report: Path) -> None:
    """A click on a count filters the case browser, a click on an id shows the case."""
    page = open_report(report)
    page.locator("#failures a", has_text="wrong answer").first.click()
    expect(page.locator("#cases select[name=label]")).to_have_value("wrong answer")
    expect(page.locator("#cases select[name=task]")).to_have_value("tickets")
    page.locator("#failures a.case", has_text="88").first.click()
    assert page.evaluate("location.hash").startswith("#case=tickets/88/r4")


def test_keys_reach_and_open_everything(open_report: Open, report: Path) -> None:
    """The first tab is a way past the head; folded parts open with Enter, with a visible focus."""
    page = open_report(report)
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    folded = page.locator("details.fold").first
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert folded.evaluate("one => one.open")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_print_is_light_and_whole(open_report: Open, report: Path) -> None:
    """Folded tables are printed, whatever the screen's colours are."""
    page = open_report(report, scheme="dark", width=718)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    box = page.locator("details.fold table").first.bounding_box()
    assert box is not None
    assert box["height"] > 100
