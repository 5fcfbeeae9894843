"""A fully stored run imports none of the libraries that its scores took, and decides the same."""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

LIBRARIES = ("numpy", "scipy", "sklearn", "rouge_score", "torch", "transformers")
SCHEMA = '{"type": "object", "required": ["category"]}'


@pytest.fixture
def suite(project: "Project") -> "Project":
    """A suite of everything that takes a library: classes, a schema, ROUGE, real-valued means."""
    (project.path / "schema.json").write_text(SCHEMA)
    rows = [
        {"id": f"c{number}", "word": f'{{"category": "{"ab"[number % 2]}"}}', "c": "ab"[number % 2]}
        for number in range(8)
    ]
    project.task(
        rows=rows,
        expected={"category": "{{ c }}"},
        metrics=["f1_macro", "json_schema", "field_accuracy"],
        schema="schema.json",
        slices=["c"],
    )
    project.task("text", metrics=["rouge1"])
    project.adapter("good", wrong=["c2"])
    project.tests("""
        text = load_task("text.task.yaml")

        @pytest.mark.evaluates(words, text)
        def test_kept(compare):
            result = compare(words)
            assert result.drop <= 100
            assert result["json_schema"].drop <= 100
            assert compare(text).drop <= 100

        @pytest.mark.pass_rate(at_least=0)
        @words.cases()
        def test_right(model, case):
            assert model.generate(case).text
    """)
    (project.path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        f"    loaded = [name for name in {LIBRARIES!r} if name in sys.modules]\n"
        "    print('libraries:', loaded)\n"
    )
    return project


def _libraries(result: pytest.RunResult) -> str:
    (line,) = [line for line in result.outlines if line.startswith("libraries:")]
    return line


def _forget(project: "Project", statement: str) -> None:
    (store,) = project.path.rglob("responses.sqlite")
    with closing(sqlite3.connect(store)) as connection, connection:
        assert connection.execute(statement).rowcount > 0


def _run(project: "Project", folder: str, *options: str) -> Any:
    record = project.record(*options, folder=folder, spawn=True)
    project.result.assert_outcomes(passed=2)
    return record


@pytest.mark.slow
def test_a_stored_run_imports_no_library(suite: "Project") -> None:
    """Neither for scores nor for values, intervals and the confusion matrix."""
    first = _run(suite, "first")
    assert "'sklearn', 'rouge_score'" in _libraries(suite.result)
    second = _run(suite, "second")
    assert _libraries(suite.result) == "libraries: []"
    assert suite.comparable(first) == suite.comparable(second)
    assert suite.samples("first") == suite.samples("second")


@pytest.mark.slow
def test_what_changed_is_computed_and_the_rest_is_not(suite: "Project") -> None:
    """Another confidence has other bounds, so estimates are new; ROUGE's scores are not."""
    _run(suite, "first")
    _run(suite, "second", "--ftevals-confidence=0.8")
    assert _libraries(suite.result) == "libraries: ['numpy', 'scipy', 'sklearn']"
    _run(suite, "third", "--ftevals-confidence=0.8")
    assert _libraries(suite.result) == "libraries: []"


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    ["UPDATE scores SET value = replace(value, '1.0', '0.5')", "UPDATE scores SET digest = 'x'"],
)
def test_damaged_scores_are_computed_again(suite: "Project", damage: str) -> None:
    """A row whose checksum does not fit is none, and never decides anything."""
    first = _run(suite, "first")
    _forget(suite, damage)
    second = _run(suite, "second")
    assert "'sklearn', 'rouge_score'" in _libraries(suite.result)
    assert suite.comparable(first) == suite.comparable(second)
    third = _run(suite, "third")
    assert _libraries(suite.result) == "libraries: []"
    assert suite.comparable(first) == suite.comparable(third)
