"""Every number of the failures section that is a link is the number of cases that it opens."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from pytest_ftevals.reports.html.page import html_parts
from tests.html.failing import failing
from tests.html.shown_cases import listed, ready

Open = Callable[..., Page]

TEXTS = [
    # German cases fail, and two others.
    *("12 of 40 failed", "wrong answer 7", "wrong format 5", "too verbose 6"),
    # Several samples a case: answers are counted, cases are listed.
    *("12 cases", "wrong answer 11 in 7 cases", "wrong format 11 in 5 cases"),
    "too verbose 20 in 7 cases",
    # Patterns among failures, and among regressions: a slice, and how many of it failed.
    *("language=de", "10", "language=de", "10"),
    # Where most samples of a case decide, no list has as many.
    *("language=de", "language=de"),
]


def test_a_linked_number_is_what_its_list_shows(open_report: Open) -> None:
    """Labels, flaws, several samples a case, varied cases and patterns, all in one page."""
    record, samples = failing()
    page = ready(open_report(html_parts(record, samples), height=6000))
    links = page.locator("#failures a[href^='#cases?']").all()
    said = [(_text(link), link.get_attribute("href") or "") for link in links]
    assert [text for text, _ in said] == TEXTS
    numbered = [(_number(text), _opened(page, href)) for text, href in said]
    assert [given for given, _ in numbered if given is None] == [None] * TEXTS.count("language=de")
    assert [given for given, _ in numbered if given] == [n for given, n in numbered if given]
    varied = [href for _, href in said if "task=once" in href]
    assert varied
    assert all(href.endswith("&varied=no") for href in varied)


def _text(link: Locator) -> str:
    return " ".join(link.inner_text().split())


def _number(text: str) -> int | None:
    """Return the number that a link gives: of cases where it says so, else the first or last."""
    cases = re.search(r"([\d,]+) cases?$", text) or re.search(r"^([\d,]+)|([\d,]+)$", text)
    return None if cases is None else int((cases[1] or cases[2]).replace(",", ""))


def _opened(page: Page, href: str) -> int:
    # The address changes at once, and the list when the page hears of it.
    page.locator(f'#failures a[href="{href}"]').first.evaluate(
        "link => new Promise(done => {"
        "  if (location.hash === link.hash) done();"
        "  addEventListener('hashchange', () => setTimeout(done), {once: true});"
        "  link.click();"
        "})"
    )
    return len(listed(ready(page)))
