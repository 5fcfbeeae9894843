"""pytest-html: thresholds and worst cases in a test's row, with links, and no hostile markup."""

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

EVIL = "<script>alert(1)</script>\x1b[2J\u202e&\"'"
TESTS = """
    def test_kept(compare): assert compare(words).drop <= 3
    def test_passes(compare): assert compare(words)["exact_match"] >= 0.5
    @words.cases()
    def test_case(candidate, case): assert candidate.generate(case).text == case.expected
    def test_nothing(compare): compare(words)
    def test_plain(): pass
"""


class Page(HTMLParser):
    """Finds what pytest-html keeps of its tests, and counts script elements."""

    def __init__(self) -> None:
        """Read nothing yet."""
        super().__init__()
        self.tests: Any = {}
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the tests' data from the element that holds them."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "data-jsonblob":
                self.tests = json.loads(str(value))["tests"]


@pytest.fixture(autouse=True)
def worse(project: "Project") -> None:
    """Make the candidate miss four of twenty cases, one with a hostile reply."""
    project.adapter("good", wrong=["c2", "c3", "c4"], replies={"c1": EVIL})
    project.task(cases=20)
    project.tests(TESTS)


def extras(project: "Project", page: str = "html/index.html") -> dict[str, list[Any]]:
    """Return the extras of every test, by its name."""
    parser = Page()
    parser.feed((project.path / page).read_text(encoding="utf-8"))
    assert parser.tests
    return {
        nodeid.partition("::")[2]: entries[0]["extras"] for nodeid, entries in parser.tests.items()
    }


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_rows_and_links(project: "Project", workers: str) -> None:
    """Of every test that evaluates, failed or not; its links are relative to the page."""
    project.record("--html=html/index.html", "-n", workers)
    project.result.assert_outcomes(failed=5, passed=19)
    found = extras(project)
    table, link = found["test_kept"]
    assert (table["format_type"], link["format_type"]) == ("html", "url")
    for text in ("words", "-20.0", "drop &lt;= 3", "FAIL, refuted", "worst cases", "case c1"):
        assert text in table["content"]
    assert (link["name"], link["content"]) == ("evaluations", "../report/report.html")
    assert "pass, proven" in found["test_passes"][0]["content"]
    labels, _, case = found["test_case[c2]"]
    assert "wrong answer" in labels["content"]
    assert case["content"] == "../report/report.html#case=words/c2/good"
    assert [one["format_type"] for one in found["test_case[c9]"]] == ["url"]
    assert [one["format_type"] for one in found["test_nothing"]] == ["url"]
    assert found["test_plain"] == []


def test_hostile_replies_are_text(project: "Project") -> None:
    """No element comes of them, and what is invisible is spelled out."""
    project.run("--html=html/index.html")
    content = extras(project)["test_kept"][0]["content"]
    parser = Page()
    parser.feed(content)
    assert not {"script", "img"} & set(parser.tags)
    assert "&lt;script&gt;alert(1)" in content
    assert not {"\x1b", "\u202e"} & set(content)


def test_without_a_report_there_is_no_link(project: "Project") -> None:
    """Thresholds and labels alone, even where nothing else is written."""
    project.run("--html=index.html", "--self-contained-html")
    found = extras(project, "index.html")
    assert [one["format_type"] for one in found["test_kept"]] == ["html"]
    assert found["test_case[c9]"] == found["test_nothing"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (("-p", "no:html", "-p", "no:html_fixtures"), False),
        ((), True),
        (("--html=index.html",), True),
    ],
)
def test_without_pytest_html_nothing_happens(
    project: "Project", arguments: tuple[str, ...], *, loaded: bool
) -> None:
    """Nothing of it is imported, and reports carry nothing where no page is written."""
    (project.path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_runtest_logreport(report):\n"
        "    if report.when == 'call' and 'kept' in report.nodeid:\n"
        "        print('extras:', len(getattr(report, 'extras', [])))\n"
        "def pytest_unconfigure():\n"
        "    print('loaded:', 'pytest_html' in sys.modules)\n"
    )
    result = project.spawn("-s", *arguments)
    result.assert_outcomes(failed=5, passed=19)
    written = any(one.startswith("--html") for one in arguments)
    result.stdout.fnmatch_lines([f"*extras: {int(written)}", f"*loaded: {loaded}"])
