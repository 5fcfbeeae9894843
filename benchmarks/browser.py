"""How a large report opens, filters and scrolls in headless Chromium."""

import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import NotRunError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
WINDOW = {"width": 1280, "height": 900}
_READY = "#cases[data-state=ready] .cases-list [role=option]"
_SHOWN = """
() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))
"""
_SCROLL = """
async () => {
  const box = document.querySelector(".cases-list");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const step = (box.scrollHeight - box.clientHeight) / 60;
  const taken = [];
  for (let number = 0; number < 60; number += 1) {
    const before = performance.now();
    box.scrollTop += step;
    await frame();
    await frame();
    taken.push(performance.now() - before);
  }
  return taken;
}
"""
"""Through the whole list in 60 steps: milliseconds until each has been drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Seconds, each the median of some runs."""

    opened: float
    """From navigation until the list of cases can be used."""
    filtered: float
    """From choosing a label until its cases are drawn."""
    searched: float
    """From typing a word until every text of every case has been searched."""
    scrolled: float
    """Until the slowest of 60 steps through the list has been drawn."""


def measure(report: Path, word: str, *, runs: int) -> Opened:
    """Open a report so many times; raises NotRunError where there is no browser to open it in."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not needed by the others
    except ImportError:
        raise NotRunError("playwright is not installed") from None
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise NotRunError(f"none of {', '.join(BROWSERS)} is installed")
    found: list[Opened] = []
    with sync_playwright() as playwright:
        for _ in range(runs):
            browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
            found.append(_opened(browser, report, word))
            browser.close()
    return Opened(
        opened=statistics.median(one.opened for one in found),
        filtered=statistics.median(one.filtered for one in found),
        searched=statistics.median(one.searched for one in found),
        scrolled=statistics.median(one.scrolled for one in found),
    )


def _opened(browser: "Browser", report: Path, word: str) -> Opened:
    page = browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    opened = _taken(page, lambda: page.goto(report.as_uri() + "#cases"))
    label = page.locator("#cases select[name=label]")
    filtered = _taken(page, lambda: label.select_option(index=1))
    scrolled = max(page.evaluate(_SCROLL)) / 1000
    page.locator("#cases button[type=reset]").click()
    page.wait_for_selector(_READY)

    def search() -> None:
        page.locator("#cases input[name=q]").fill(word)
        page.wait_for_selector("#cases[data-state=searching]", timeout=5_000)

    return Opened(
        opened=opened, filtered=filtered, searched=_taken(page, search), scrolled=scrolled
    )


def _taken(page: "Page", act: Callable[[], object]) -> float:
    """Return the seconds from an act until what it leads to is drawn."""
    began = time.perf_counter()
    act()
    page.wait_for_selector(_READY)
    page.evaluate(_SHOWN)
    return time.perf_counter() - began
