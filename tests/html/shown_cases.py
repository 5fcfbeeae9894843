"""What a page's case browser shows, read from its elements."""

from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page

READY = "#cases[data-state=ready]"

_ROWS = """rows => rows.map(row => {
  const text = name => row.querySelector(`.cases-${name}`).textContent;
  return [text("where"), text("id"), text("scores"), row.dataset.outcome, text("tags")];
})"""

_NAMES = "rows => rows.map(({ row }) => [row.task, row.id, row.candidate])"

_SIDES = """sides => sides.map(side => ({
  variant: side.querySelector("h5").textContent,
  facts: [...side.querySelectorAll(".cases-facts > *")].map(one => one.textContent),
  texts: [...side.querySelectorAll(":is(.cases-side, .cases-cut, .cases-message) > .cases-text")]
    .map(one => one.textContent),
  error: [...side.querySelectorAll(".cases-error")].map(one => one.textContent),
  choices: [...side.querySelectorAll("tbody tr")]
    .map(row => [...row.cells].map(cell => cell.textContent)),
}))"""

_SCORES = """tables => tables.map(table => [...table.rows].map(
  row => [...row.cells].map(cell => cell.textContent)
))"""

Row = tuple[str, str, str]
"""(task, case, candidate), as links name it."""


def ready(page: Page) -> Page:
    """Wait until all that was asked for is found and shown."""
    page.wait_for_selector(READY)
    return page


def rows(page: Page) -> list[list[str]]:
    """Return the rows that have elements: where, id, scores, outcome and primary label."""
    found: list[list[str]] = page.locator(".cases-row").evaluate_all(_ROWS)
    return found


def listed(page: Page) -> list[Row]:
    """Return the rows of a page that is tall enough for all."""
    found = page.locator(".cases-row").evaluate_all(_NAMES)
    return [(task, case, candidate) for task, case, candidate in found]


def case_hash(*parts: str) -> str:
    """Return the hash of a case's link."""
    return "#case=" + "/".join(quote(part, safe="") for part in parts)


def sides(page: Page) -> list[dict[str, Any]]:
    """Return what stands side by side: variant, facts, texts, error and table of choices."""
    found: list[dict[str, Any]] = page.locator(".cases-side").evaluate_all(_SIDES)
    return found


def scores(page: Page) -> list[list[list[str]]]:
    """Return the tables of scores, a pair of answers each, heads included."""
    found: list[list[list[str]]] = page.locator(".cases-score").evaluate_all(_SCORES)
    return found


def heading(page: Page) -> str:
    """Return the heading of the case that is shown."""
    return page.locator(".cases-head h3").inner_text()


def texts(page: Page, part: str) -> list[str]:
    """Return the texts under a heading of the case."""
    within = page.locator(".cases-part", has=page.get_by_role("heading", name=part))
    return within.locator(".cases-text").all_text_contents()
