"""The browser fixture sees what a page does wrong: the other tests rest on it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.html.conftest import Tab


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<p>fine</p>", ""),
        ("<script>console.error('broken')</script>", "console error: broken"),
        ("<script>console.warn('odd')</script>", "console warning: odd"),
        ("<script>throw new Error('thrown')</script>", "page error: thrown"),
        ("<img src='other.png'>", "request: GET file://"),
        ("<script>fetch('http://127.0.0.1:9/x').catch(() => 0)</script>", "http://127.0.0.1:9/x"),
    ],
)
def test_mistakes_are_seen(browser: Browser, tmp_path: Path, body: str, problem: str) -> None:
    """An error, a warning, an exception and a request for anything but the file itself."""
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><title>x</title>{body}", encoding="utf-8")
    tab = Tab(browser)
    tab.open(file, "#here").wait_for_load_state("networkidle")
    if problem:
        with pytest.raises(AssertionError, match=problem.replace("?", ".")):
            tab.check()
    tab.close()


def test_a_page_may_open_at_a_fragment(tab: Tab, tmp_path: Path) -> None:
    """The same file with another fragment is loaded afresh."""
    file = tmp_path / "page.html"
    script = "document.title = location.hash"
    file.write_text(f"<!doctype html><script>{script}</script>", encoding="utf-8")
    assert tab.open(file, "#one").title() == "#one"
    assert tab.open(file, "#two").title() == "#two"
