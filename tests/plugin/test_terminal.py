"""The terminal section in the shapes in which people look at it."""

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\x00\u202eevil\u2028line\ntwo"


def _section(result: pytest.RunResult) -> list[str]:
    """Return the lines of our section, without its title and the paths of files."""
    lines = result.outlines
    start = next(index for index, line in enumerate(lines) if "ftevals: base and" in line)
    rest = lines[start + 1 :]
    end = next(index for index, line in enumerate(rest) if line.startswith("="))
    return [line for line in rest[:end] if not line.startswith("written: ")]


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """Write a suite with two tasks, slices, two candidates and some failures."""
    project.task(slices=["language"])
    project.choice("a_quiz_with_quite_a_long_name_for_a_task")
    project.adapter("good", wrong=["c1", "c2"])
    project.adapter("other")
    project.ini(candidate="\n  good\n  other")
    project.tests("""
        quiz = load_task("a_quiz_with_quite_a_long_name_for_a_task.task.yaml")
        @pytest.mark.parametrize("task", [words, quiz])
        def test_kept(compare, task):
            assert compare(task).drop <= 3
            assert compare(task).gain >= -50
    """)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_fits_the_terminal(project: "Project", monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """No line is longer than the terminal is wide; delta and verdict are always there."""
    monkeypatch.setenv("COLUMNS", str(width))
    lines = _section(project.run())
    assert max(map(len, lines)) < width
    text = "\n".join(lines)
    for word in ("good", "other", "-33.3", "FAIL, not proven", "pass, not proven", "answers: "):
        assert word in text


def test_shows_what_was_compared(project: "Project") -> None:
    """The header names base and candidates with kind and size, the end counts the answers."""
    project.run().stdout.fnmatch_lines(
        [
            "base * base * float32 * cpu",
            "candidate * good * LoRA r=8 q_proj * 10 bytes",
            "candidate * other *",
            "task *metric *n *base * *delta *95% * *threshold *verdict*",
            "words *exact_match *6 *100.0 *66.7 *-33.3 *drop <= 3 *FAIL, not proven*",
            "2 failures of good on words: wrong answer 2 * (regression from base 2)",
            '  c1  wrong answer * expected "w1" *good "wrong"',
            "answers: 30 * 0 stored, 30 computed in *",
        ]
    )  # fmt: skip


def test_second_run_says_that_all_was_stored(project: "Project") -> None:
    """What was found and what was computed is told apart."""
    project.run()
    project.run().stdout.fnmatch_lines(["answers: 30 * 30 stored, 0 computed in *"])


def test_verbosity(project: "Project") -> None:
    """``-v`` adds slices without thresholds and a legend; ``-q`` leaves the worst replies out."""
    usual, verbose, quiet = (_section(project.run(*args)) for args in ((), ("-v",), ("-q",)))
    assert not any("words by language" in line for line in usual)
    assert any("words by language" in line for line in verbose)
    assert any(line.startswith("proven: ") for line in verbose)
    assert any('"wrong"' in line for line in usual)
    assert not any('"wrong"' in line for line in quiet)
    assert any("-33.3" in line for line in quiet)


@pytest.mark.parametrize("option", ["--tb=no", "--tb=line", "--no-summary", "--no-header", "-rA"])
def test_with_pytests_own_options(project: "Project", option: str) -> None:
    """The section stands beside any traceback style and summary."""
    result = project.run(option)
    result.assert_outcomes(passed=3, failed=1)
    assert any("-33.3" in line and "FAIL, not proven" in line for line in _section(result))


def test_colours(project: "Project") -> None:
    """Colours are pytest's: none in a pipe, green, red and yellow where asked for."""
    assert "\x1b" not in project.run().stdout.str()
    coloured = project.run("--color=yes").outlines
    failed = next(line for line in coloured if "FAIL, not proven" in line)
    assert failed.startswith("\x1b[31m")
    passed = next(line for line in coloured if "pass, not proven" in line)
    assert passed.startswith("\x1b[33m")


def test_without_a_terminal_reporter(project: "Project") -> None:
    """``-p no:terminal`` runs and writes the report all the same."""
    record = project.record("-p", "no:terminal")
    assert project.result.ret == 1
    assert len(record["tests"]) == 4


def test_collect_only_shows_the_plan_and_no_table(project: "Project") -> None:
    """Nothing was decided, so nothing is reported."""
    result = project.run("--collect-only")
    result.stdout.fnmatch_lines(["ftevals: 4 tests *"])
    result.stdout.no_fnmatch_line("*ftevals: base and candidates*")
    assert not (project.path / ".ftevals").exists()


@pytest.mark.slow
def test_ascii_only_output(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """Where output knows ASCII only, the section uses ASCII only."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    result = project.spawn()
    result.assert_outcomes(passed=3, failed=1)
    assert "INTERNALERROR" not in result.stdout.str()
    assert all(line.isascii() for line in _section(result))


@pytest.mark.parametrize("arguments", [(), ("-v",), ("-vv", "--showlocals"), ("--color=yes",)])
def test_hostile_output_is_inert(project: "Project", arguments: tuple[str, ...]) -> None:
    """What a model writes reaches neither the terminal nor the files as control characters."""
    project.ini()
    project.adapter("good", replies={f"c{number}": HOSTILE for number in range(1, 7)})
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 3
        @words.cases()
        def test_json(candidate, case):
            assert candidate.generate(case).json()
        @pytest.mark.pass_rate(at_least=1)
        @words.cases()
        def test_rate(model, case):
            assert model.generate(case).text == case.expected, model.generate(case).text
    """)
    project.record(*arguments)
    project.result.assert_outcomes(failed=8)
    output = project.result.stdout.str()
    if arguments == ("--color=yes",):
        output = re.sub(r"\x1b\[[\d;]*m", "", output)
    found = {char for char in output if not char.isprintable()} - {"\n", "\t"}
    assert not found & {"\x1b", "\x9b", "\x07", "\x00", "\u202e", "\u2028"}
    assert "evil" in output
    for name in ("record.json", "samples.jsonl"):
        text = (project.path / "report" / name).read_text(encoding="utf-8")
        assert {char for char in text if not char.isprintable()} <= {"\n"}


def test_hostile_names_are_inert(project: "Project") -> None:
    """Case ids and slices come from data files and are no more trusted."""
    project.ini()
    names = [f"c{number}{HOSTILE.replace(chr(10), '')}" for number in range(1, 4)]
    rows = [{"id": name, "word": "x", "language": HOSTILE} for name in names]
    project.task(rows=rows, slices=["language"])
    project.adapter("good", wrong=names)
    project.tests("""
        def test_kept(compare): assert compare(words).drop <= 3
        @pytest.mark.pass_rate(at_least=1)
        @words.cases()
        def test_rate(model, case):
            assert model.generate(case).text == case.expected
    """)
    failed = project.run("-v")
    failed.assert_outcomes(failed=2)
    project.model("base", refused=names[:1])
    unanswered = project.run("-v")
    unanswered.assert_outcomes(failed=1, errors=1)
    for result in (failed, unanswered):
        found = {char for char in result.stdout.str() if not char.isprintable()}
        assert found <= {"\n", "\t"}
