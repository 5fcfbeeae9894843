"""The case browser in a browser: links, history, keys, and what is left without scripts."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.html.case_pairs import CASES, Made, badness, named, pairs
from tests.html.conftest import Tab
from tests.html.shown_cases import case_hash, heading, listed, ready, rows


def test_a_link_opens_its_case(tall: Tab, made_file: Path) -> None:
    """With or without filters; of a case that is not there the page says so."""
    page = ready(tall.open(made_file, case_hash("chat", "7", "r16")))
    expect(page.locator(".cases-head h3")).to_have_text("chat / 7")
    assert page.locator(".cases-row[aria-selected=true] .cases-id").inner_text() == "7"
    ready(tall.open(made_file, case_hash("chat", "7", "r16") + "?outcome=lost"))
    expect(page.locator(".cases-head h3")).to_have_text("chat / 7")
    assert {one[3] for one in rows(page)} == {"lost"}
    ready(tall.open(made_file, case_hash("chat", "none", "r16")))
    expect(page.get_by_role("alert")).to_have_text("This report has no case chat / none / r16.")
    tall.check()


def test_back_and_forward(tall_page: Page) -> None:
    """Every case that was opened and every filter is a step; other links on the page are not."""
    page = tall_page
    page.locator(".cases-row").nth(3).click()
    third = heading(page)
    page.locator("select[name=task]").select_option("plain")
    expect(page).to_have_url(re.compile("#cases.task=plain$"))
    page.locator(".cases-row").nth(5).click()
    page.evaluate("location.hash = '#deltas'")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile("#cases.task=plain$"))
    expect(page.locator(".cases-row")).to_have_count(CASES)
    assert {where for where, _, _ in listed(page)} == {"plain"}
    page.go_back()
    expect(page.locator(".cases-head h3")).to_have_text(third)
    expect(page.locator(".cases-row")).to_have_count(2 * CASES)
    page.go_forward()
    expect(page.locator("select[name=task]")).to_have_value("plain")


def test_copies_a_link_without_the_clipboard(tall_page: Page, made_file: Path) -> None:
    """Pages from disk may not use the clipboard: then the link is shown, marked for copying."""
    page = tall_page
    page.evaluate(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('denied'));"
        "document.execCommand = () => false"
    )
    page.locator(".cases-row").nth(2).click()
    task, case, candidate = listed(page)[2]
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_label("link to this case")
    expect(field).to_have_value(made_file.as_uri() + case_hash(task, case, candidate))
    assert page.evaluate("document.activeElement.selectionEnd") == len(field.input_value())


def test_keys_reach_everything(tall: Tab, made_file: Path, made: Made) -> None:
    """No mouse: move, read, search, help and back."""
    page = ready(tall.open(made_file))
    order = [named(pair) for pair in sorted(pairs(made), key=badness)]
    press = page.keyboard.press

    def is_at(at: int) -> None:
        expect(page.locator(".cases-head h3")).to_have_text(f"{order[at][0]} / {order[at][1]}")
        expect(page.locator(".cases-list")).to_have_attribute(
            "aria-activedescendant", f"cases-row-{at}"
        )

    page.locator(".cases-list").focus()
    for key, at in (
        ("j", 1),
        ("j", 2),
        ("k", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("End", len(order) - 1),
        ("Home", 0),
    ):
        press(key)
        is_at(at)
    press("j")
    press("Enter")
    expect(page.locator(".cases-detail")).to_be_focused()
    expect(page).to_have_url(made_file.as_uri() + case_hash(*order[1]))
    press("j")  # reading goes on with the next one
    is_at(2)
    press("Escape")
    expect(page.locator(".cases-list")).to_be_focused()
    press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.type("jk/?")
    expect(page.locator("[name=q]")).to_have_value("jk/?")
    expect(page.locator(".cases-count")).to_contain_text("0 of")
    press("Escape")
    expect(page.locator("[name=q]")).to_have_value("")
    expect(page.locator(".cases-row")).to_have_count(len(order))
    press("Escape")
    press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    press("j")
    press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    tall.check()


def test_keys_leave_the_rest_of_the_page_alone(tall_page: Page) -> None:
    """Someone who reads the delta table does not leaf through cases."""
    page = tall_page
    page.set_viewport_size({"width": 1280, "height": 300})
    page.evaluate("scrollTo(0, 0)")
    before = page.url
    page.keyboard.press("j")
    page.evaluate("() => new Promise(done => setTimeout(done, 300))")
    assert page.url == before


def test_without_scripts_the_page_says_what_is_missing(browser: Browser, made_file: Path) -> None:
    """Controls that would do nothing are not shown."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made_file.as_uri())
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator(".cases-filters")).to_be_hidden()
    expect(page.locator(".cases-panes")).to_be_hidden()
    context.close()
