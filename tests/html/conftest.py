"""A real browser for report pages: one a process, and every page's mistakes are its test's."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from pytest_ftevals.reports.html.page import html_parts
from tests.html.case_pairs import CASES, Made
from tests.html.many_cases import many
from tests.html.shown_cases import ready

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = 390, 1280
TALL = 10_000
"""Pixels that hold every row of a list."""

Scheme = Literal["light", "dark"]


class Tab:
    """A window of its own; it remembers what its pages did wrong until `check`."""

    def __init__(
        self, browser: Browser, *, width: int = DESK, height: int = 900, scheme: Scheme = "light"
    ) -> None:
        self.problems: list[str] = []
        self._files: set[str] = set()
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self._context.set_default_timeout(20_000)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("request", self._asked)

    def open(self, file: Path, fragment: str = "") -> Page:
        """Load a file from disk as a fresh page; `fragment` starts with ``#``."""
        self._files.add(file.as_uri())
        self.page.goto("about:blank")  # the same file with another fragment would not load again
        self.page.goto(file.as_uri() + fragment)
        return self.page

    def follow(self, fragment: str) -> None:
        """Go to another place of the same page, as a click on a link does."""
        self.page.evaluate(
            "fragment => new Promise(done => {"
            "  location.hash = fragment;"
            "  requestAnimationFrame(() => setTimeout(done));"
            "})",
            fragment,
        )

    def check(self) -> None:
        """Fail where a page logged an error or a warning, threw, or asked for any other file."""
        found, self.problems = self.problems, []
        assert not found, "\n".join(found)

    def close(self) -> None:
        """Close the window, then check."""
        self._context.close()
        self.check()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        address = request.url.partition("#")[0]
        if address not in self._files and address != "about:blank":
            self.problems.append(f"request: {request.method} {request.url[:200]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, started once a process; skips, naming it, where there is none."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"needs a browser: none of {', '.join(BROWSERS)} is installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A window that is checked when the test ends."""
    opened = Tab(browser)
    yield opened
    opened.close()


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """``open_report(html, "#fragment", width=, height=, scheme=)`` -> the loaded page.

    `html` is text, parts of text, or a file. All pages are checked when the test ends.
    """
    tabs: list[Tab] = []

    def opened(html: object, fragment: str = "", **settings: object) -> Page:
        file = html if isinstance(html, Path) else tmp_path / f"report{len(tabs)}.html"
        if not isinstance(html, Path):
            parts = [html] if isinstance(html, str) else html
            with file.open("w", encoding="utf-8", newline="\n") as out:
                out.writelines(parts)  # type: ignore[arg-type]
        tabs.append(Tab(browser, **settings))  # type: ignore[arg-type]
        return tabs[-1].open(file, fragment)

    yield opened
    for one in tabs:
        one.close()


@pytest.fixture(scope="session")
def made() -> Made:
    """60 cases of two tasks, answered by the base and two candidates."""
    return many(CASES)


@pytest.fixture(scope="session")
def made_file(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of them."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    with path.open("w", encoding="utf-8") as out:
        out.writelines(html_parts(*made))
    return path


@pytest.fixture(scope="module")
def tall(browser: Browser, made_file: Path) -> Iterator[Tab]:
    """A window in which all rows of the report are in view."""
    opened = Tab(browser, height=TALL)
    opened.open(made_file)
    yield opened
    opened.close()


@pytest.fixture
def tall_page(tall: Tab, made_file: Path) -> Iterator[Page]:
    """The report in that window, opened afresh."""
    yield ready(tall.open(made_file))
    tall.check()
