"""The terminal section under pytest's options: always the record's own page, and never more."""

import re
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.folder import read_report
from pytest_ftevals.reports.terminal import render_terminal

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TITLE = "ftevals: base and candidates"
STYLE = re.compile(r"\x1b\[[\d;]*m")
COLOURED = re.compile(rf"(?:{STYLE.pattern})*([^\x1b]*)(?:{STYLE.pattern})*")
PLUGINS = ("plugins: ", "metadata: ")
"""What pytest and pytest-metadata begin their lists with."""
TOOK = re.compile(r"\bin \d+\.\d\ds\b|\d+\.\d\ds ")
OPTIONS = {
    "usual": (),
    "quiet": ("-q",),
    "quieter": ("-qq",),
    "verbose": ("-v",),
    "more verbose": ("-vv",),
    "no tracebacks": ("--tb=no",),
    "no summary": ("--no-summary", "-rN"),
    "no header": ("--no-header", "-rA"),
    "coloured": ("--color=yes",),
    "coloured and verbose": ("--color=yes", "-v", "--tb=short"),
}
PLAIN = """
    import pytest
    @pytest.mark.parametrize("number", [1, 2])
    def test_passes(number): pass
    def test_fails(): assert 1 == 2, "no"
    @pytest.mark.skip(reason="later")
    def test_skipped(): pass
    @pytest.mark.xfail
    def test_expected(): assert False
"""


@pytest.fixture
def suite(project: "Project") -> "Project":
    """Return a suite of two tasks and two candidates, in which much goes wrong."""
    rows = [
        {"id": f"c{n}", "word": f"w{n}", "language": "de" if n % 3 else "日本"} for n in range(9)
    ]
    project.task(rows=rows, slices=["language"])
    project.choice("a_quiz_with_quite_a_long_name_for_a_task")
    replies = {
        "c1": "a long reply, " * 40,
        "c2": "東京都は日本の首都です。" * 9,
        "c3": "\x1b[2J\u202e",
    }
    project.adapter("good", replies=replies, wrong=["q1", "q2"])
    project.adapter("another_name", wrong=["c7"])
    project.ini(candidate="\n  good\n  another_name")
    project.tests("""
        quiz = load_task("a_quiz_with_quite_a_long_name_for_a_task.task.yaml")
        @pytest.mark.parametrize("task", [words, quiz])
        def test_kept(compare, task):
            assert compare(task).drop <= 3
            assert compare(task).gain >= -50
        @words.cases()
        def test_short(candidate, case):
            assert len(candidate.generate(case).text) < 40
        @pytest.mark.skip(reason="later")
        @pytest.mark.evaluates(words)
        def test_later(compare): pass
    """)
    return project


def _verbosity(options: tuple[str, ...]) -> int:
    letters = "".join(one[1:] for one in options if re.fullmatch("-(v+|q+)", one))
    return letters.count("v") - letters.count("q")


def _section(result: pytest.RunResult) -> list[str]:
    """Return the lines between our title and pytest's next, colours and all."""
    lines = result.outlines
    (start,) = (index for index, line in enumerate(lines) if TITLE in line)
    rest = lines[start + 1 :]
    return rest[: next(index for index, line in enumerate(rest) if line.startswith("written: "))]


def _page(project: "Project", width: int, verbosity: int, *, ascii_only: bool = False) -> list[str]:
    """Return what the written report looks like on a terminal so wide."""
    record, samples = read_report(project.path / "report")
    lines = render_terminal(
        record,
        width=width - 1,
        verbose=max(verbosity, 0),
        samples=samples if verbosity >= 0 else (),
        ascii_only=ascii_only,
    )
    return [line.text for line in lines]


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_section_is_the_records_page(
    suite: "Project", monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], width: int
) -> None:
    """Whatever pytest is told, it is the page of the written record, in the terminal's width."""
    monkeypatch.setenv("COLUMNS", str(width))
    result = suite.run("--ftevals-report=report", *options)
    assert result.ret == 1
    shown = _section(result)
    texts = [STYLE.sub("", line) for line in shown]
    assert texts == _page(suite, width, _verbosity(options))
    assert max(map(display_width, texts)) < width
    assert all(text.isprintable() for text in texts)
    coloured = [line for line in shown if "\x1b" in line]
    assert bool(coloured) == ("--color=yes" in options)
    # A colour begins and ends with its line: none runs into what follows, or cuts a word.
    for line in coloured:
        assert COLOURED.fullmatch(line), line
        assert line.endswith("\x1b[0m")


@pytest.mark.slow
def test_section_under_xdist(suite: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers make one section, after all of them are done, in narrow ASCII as well."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    result = suite.spawn("--ftevals-report=report", "-n", "2", "--tb=no")
    assert result.ret == 1
    shown = _section(result)
    assert shown == _page(suite, 80, 0, ascii_only=True)
    assert all(line.isascii() for line in result.outlines)
    assert "INTERNALERROR" not in result.stdout.str()


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_nothing_is_printed_without_evals(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    """Output is, to the letter, that of a run without the plugin, but for pytest's list of them."""
    pytester.makepyfile(PLAIN)
    with_us, without_us = (
        _comparable(pytester.runpytest_inprocess("-p", "no:cacheprovider", *options, *disabled))
        for disabled in ((), ("-p", "no:ftevals"))
    )
    assert with_us == without_us
    assert any(".py" in line for line in with_us)
    assert "ftevals" not in "\n".join(with_us)


def _comparable(result: pytest.RunResult) -> list[str]:
    """Return what a run printed without its times, and without the two lists of plugins."""
    assert result.ret == 1
    lines = [*result.outlines, *result.errlines]
    return [TOOK.sub("", line) for line in lines if not line.startswith(PLUGINS)]


def test_collecting_prints_nothing_without_evals(pytester: pytest.Pytester) -> None:
    """The plan's line is for suites that have a plan."""
    pytester.makepyfile(PLAIN)
    runs = (("--collect-only", *more) for more in ((), ("-p", "no:ftevals")))
    with_us, without_us = (
        [
            TOOK.sub("", line)
            for line in pytester.runpytest_inprocess(*arguments).outlines
            if not line.startswith(PLUGINS)
        ]
        for arguments in runs
    )
    assert with_us == without_us


@pytest.mark.slow
def test_workers_print_nothing_without_evals(pytester: pytest.Pytester) -> None:
    """Neither they nor their controller."""
    pytester.makepyfile(PLAIN)
    result = pytester.runpytest_subprocess("-n", "2", "-v")
    assert result.ret == 1
    assert "ftevals" not in "\n".join(_comparable(result))
