"""One case in a browser: all its samples and their differences, on a desk and on a phone."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.html.page import html_parts
from tests.html.conftest import PHONE, Tab
from tests.html.hostile_cases import hostile, shapes
from tests.html.many_cases import many
from tests.html.shown_cases import case_hash, ready, scores, sides, texts

Made = tuple[Record, list[Sample]]
MAKERS: dict[str, Callable[[], Made]] = {
    "many": lambda: many(40),
    "shapes": shapes,
    "hostile": hostile,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of each kind of record."""
    folder = tmp_path_factory.mktemp("reports")
    for name, make in MAKERS.items():
        with (folder / f"{name}.html").open("w", encoding="utf-8") as out:
            out.writelines(html_parts(*make()))
    return {name: folder / f"{name}.html" for name in MAKERS}


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Tab]:
    """A window for all tests."""
    tab = Tab(browser)
    yield tab
    tab.close()


@pytest.fixture
def opened(window: Tab, files: dict[str, Path]) -> Iterator[Callable[..., Page]]:
    """``opened("shapes", task, case, candidate)`` -> the page at this case."""

    def go(name: str, *case: str) -> Page:
        page = ready(window.open(files[name], case_hash(*case)))
        page.locator(".cases-head h3").wait_for()
        return page

    yield go
    window.check()


def facts(sample: Sample) -> list[str]:
    """Return what a side says of its sample."""
    words = {True: "passed", False: "failed", None: "not judged"}
    word = words[sample.passed] if sample.error is None else "error"
    return [word, f"finish: {sample.finish}", *sample.labels]


def test_a_case_is_what_its_samples_say(window: Tab, files: dict[str, Path]) -> None:
    """Prompt, expected, replies, scores and labels of base and candidate, as recorded."""
    samples = MAKERS["many"]()[1]
    page = window.open(files["many"])
    chosen = random.Random(3).sample([one for one in samples if one.variant != "base"], 12)  # noqa: S311
    for own in chosen:
        base = next(
            one
            for one in samples
            if (one.task, one.case, one.variant) == (own.task, own.case, "base")
        )
        window.follow(case_hash(own.task, own.case, own.variant))
        expect(page.locator(".cases-head h3")).to_have_text(f"{own.task} / {own.case}")
        expect(page.locator(".cases-side h5").last).to_have_text(own.variant)
        for button in page.locator("button", has_text="Show the first").all()[::-1]:
            button.dispatch_event("click")
        prompt = own.prompt if isinstance(own.prompt, list) else [{"content": own.prompt}]
        assert texts(page, "Prompt") == [one["content"] for one in prompt]  # type: ignore[index, call-overload]
        assert texts(page, "Expected") == [own.expected]
        assert sides(page) == [
            {
                "variant": one.variant,
                "facts": facts(one),
                "texts": [one.response],
                "error": [],
                "choices": [],
            }
            for one in (base, own)
        ]
        assert scores(page) == [score_table(base, own)]
        chips = page.locator(".cases-head .cases-label").all_text_contents()
        assert tuple(chips) == own.labels
        assert page.locator(".cases-slice").all_text_contents() == [
            f"language={own.slices['language']}"
        ]
    window.check()


def score_table(*samples: Sample) -> list[list[str]]:
    """Return the table of their scores."""
    lines = [
        [metric, *(f"{one.scores[metric]:.6g}" for one in samples)]
        for metric in sorted(samples[0].scores)
    ]
    return [["metric", *(one.variant for one in samples)], *lines]


def test_conversations_show_every_turn(opened: Callable[..., Page]) -> None:
    """The prompt holds the first thing the user said."""
    page = opened("shapes", "talk", "1", "r8")
    assert texts(page, "Prompt") == ["Be brief.", "Hello?"]
    assert [side["texts"] for side in sides(page)] == [
        ["Hi from base.", "Why?", "So."],
        ["Hi from r8.", "Why?", "So."],
    ]


def test_choices_are_a_table(opened: Callable[..., Page]) -> None:
    """Each continuation with its log-probability, the chosen and the expected one named."""
    page = opened("shapes", "quiz", "1", "r8")
    assert texts(page, "Expected") == [" B"]
    assert [side["choices"] for side in sides(page)] == [
        [
            [" A", "-1.5", "1", ""],
            [" B", "-2.5", "1", "chosen, expected"],
            [" C", "-3.5", "1", ""],
        ],
        [
            [" A", "-1.5", "1", "chosen"],
            [" B", "-2.5", "1", "expected"],
            [" C", "-3.5", "1", ""],
        ],
    ]
    assert "worst tenth" in page.locator(".cases-head .cases-facts").inner_text()


def test_all_drawn_samples_are_shown(opened: Callable[..., Page]) -> None:
    """Pair by pair: samples of one number drew the same random numbers."""
    page = opened("shapes", "drawn", "1", "r8")
    assert [side["texts"] for side in sides(page)] == [
        [f"sample {number} of {variant}"] for number in range(3) for variant in ("base", "r8")
    ]
    assert page.locator(".cases-part > h5").all_text_contents() == [
        f"Sample {number} of 3" for number in (1, 2, 3)
    ]


def test_errors_and_graded_scores(opened: Callable[..., Page]) -> None:
    """An error is no empty reply; a score that nothing judges is a score."""
    found = sides(opened("shapes", "graded", "2", "r8"))
    assert [side["error"] for side in found] == [["the context holds 512 tokens"]] * 2
    assert [side["texts"] for side in found] == [[], []]
    assert found[0]["facts"] == ["error", "finish: error"]
    page = opened("shapes", "graded", "1", "r8")
    assert sides(page)[0]["facts"] == ["not judged", "finish: stop"]
    assert scores(page) == [[["metric", "base", "r8"], ["rouge", "0.25", "0.25"]]]


def test_perplexity_and_empty_lists(opened: Callable[..., Page]) -> None:
    """Where nothing is expected nothing is said of it; lists without anything hide no reply."""
    page = opened("shapes", "text", "1", "r8")
    assert texts(page, "Expected") == []
    assert sides(page)[1]["choices"] == [["Once upon a time.", "-20.25", "5", ""]]
    page = opened("shapes", "empty", "1", "r8")
    page.get_by_role("combobox", name="Mark").select_option("expected")
    assert [side["texts"] for side in sides(page)] == [["?"], ["?"]]


def marked(page: Page, tag: str) -> list[str]:
    """Return the words that are marked."""
    return page.locator(f".cases-side {tag}").all_text_contents()


def test_words_that_differ_are_marked(opened: Callable[..., Page]) -> None:
    """Against the base, against what was expected, or not at all."""
    page = opened("shapes", "drawn", "1", "r8")
    assert (marked(page, "del"), marked(page, "ins")) == (["base"] * 3, ["r8"] * 3)
    page = opened("shapes", "talk", "1", "r8")
    assert (marked(page, "del"), marked(page, "ins")) == (["base"], ["r8"])
    mark = page.get_by_role("combobox", name="Mark")
    mark.select_option("expected")
    assert (marked(page, "del"), marked(page, "ins")) == ([], [])  # both end with what was expected
    expect(page.get_by_role("combobox", name="Mark")).to_be_focused()
    page = opened("shapes", "graded", "1", "r8")
    page.get_by_role("combobox", name="Mark").select_option("none")
    assert (marked(page, "del"), marked(page, "ins")) == ([], [])


def test_another_candidate_may_stand_beside(opened: Callable[..., Page]) -> None:
    """With several candidates any of them, not the base alone."""
    page = opened("many", "chat", "2", "r16")
    assert [side["variant"] for side in sides(page)] == ["base", "r16"]
    page.get_by_role("combobox", name="Beside").select_option("r8")
    assert [side["variant"] for side in sides(page)] == ["r8", "r16"]


@pytest.mark.parametrize("name", ["many", "shapes", "hostile"])
def test_a_phone_shows_list_then_case(browser: Browser, files: dict[str, Path], name: str) -> None:
    """One pane at a time, a way back, and no sideways scrolling of the page."""
    tab = Tab(browser, width=PHONE, height=800)
    page = ready(tab.open(files[name]))
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    expect(page.locator(".cases-detail")).to_be_hidden()
    assert page.evaluate(fits)
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("select[name=sort]")).to_be_visible()
    assert page.evaluate(fits)
    for at in range(min(page.locator(".cases-row").count(), 12)):
        page.locator(".cases-row").nth(at).click()
        expect(page.locator(".cases-side").first).to_be_visible()
        expect(page.locator(".cases-list")).to_be_hidden()
        assert page.evaluate(fits)
        page.get_by_role("button", name="List").click()
        expect(page.locator(".cases-list")).to_be_visible()
    tab.close()


def test_a_page_that_was_cut_off_says_so(browser: Browser, tmp_path: Path) -> None:
    """A report of which a block is missing still shows its list."""
    text = "".join(html_parts(*many(4)))
    start = text.index('<script type="application/octet-stream" id="cases-0"')
    end = text.index("</script>", start) + len("</script>")
    file = tmp_path / "report.html"
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    tab = Tab(browser)
    page = ready(tab.open(file))
    expect(page.get_by_role("alert")).to_contain_text("no data block cases-0")
    assert page.locator(".cases-row").count() == 8
    tab.close()


def test_the_base_alone_is_shown_by_itself(browser: Browser, tmp_path: Path) -> None:
    """A run without a candidate still has cases to look at."""
    record, samples = many(4)
    alone = [one for one in samples if one.variant == "base"]
    file = tmp_path / "report.html"
    file.write_text("".join(html_parts(record, alone)), encoding="utf-8")
    tab = Tab(browser)
    page = ready(tab.open(file))
    expect(page.locator(".cases-row")).to_have_count(4)
    expect(page.locator(".cases-side")).to_have_count(1)
    assert sides(page)[0]["variant"] == "base"
    tab.close()


@pytest.mark.parametrize(("words", "is_folded"), [(150, False), (190, False), (260, True)])
def test_only_what_is_much_longer_is_folded(
    open_report: Callable[..., Page], words: int, *, is_folded: bool
) -> None:
    """A prompt that is little longer than the end that would be shown stands there whole."""
    record, samples = many(4)
    prompt = " ".join(["word"] * words)
    page = ready(open_report(html_parts(record, [replace(one, prompt=prompt) for one in samples])))
    assert (page.locator("button", has_text="Show the first").count() == 1) == is_folded
    assert (texts(page, "Prompt") == [prompt]) != is_folded
