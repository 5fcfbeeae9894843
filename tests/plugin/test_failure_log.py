"""The failure log of real runs: new weights are held against earlier ones, and nothing else is."""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

WHOLE = """
@pytest.mark.evaluates(words)
def test_kept(compare):
    assert compare(words).drop <= 100
"""


@pytest.fixture
def suite(project: "Project") -> "Project":
    """A task of six cases, asked once of weights that miss two of them."""
    project.task()
    project.tests(WHOLE)
    asked(project, "c1", "c2")
    return project


def asked(project: "Project", *wrong: str, options: tuple[str, ...] = ()) -> list[Any]:
    """Train the adapter anew, so that it misses some cases; run; return the log's rows."""
    project.adapter("good", wrong=list(wrong))
    record = project.record(*options)
    project.result.assert_outcomes(passed=1)
    rows: list[Any] = record["failure_log"]
    return rows


def test_the_first_run_has_no_log(suite: "Project") -> None:
    """Neither has the same weights again: the report stays the same."""
    first = suite.read()
    assert first["failure_log"] == []
    assert [row["failed"] for row in first["failures"]] == [2]
    again = suite.record()
    assert suite.comparable(again) == suite.comparable(first)
    assert "failure log" not in suite.result.stdout.str()


def test_other_weights_under_the_name(suite: "Project") -> None:
    """What fails again, what is new, what was mended; the terminal says it below the failures."""
    rows = asked(suite, "c2", "c5")
    assert rows == [
        {
            "task": "words",
            "candidate": "good",
            "runs": 1,
            "again": [{"case": "c2", "failed": 1, "runs": 1}],
            "new": ["c5"],
            "mended": ["c1"],
        }
    ]
    suite.result.stdout.fnmatch_lines(
        [
            "2 failures of good on words: *",
            "failure log of good on words (1 earlier run): 1 failed before: c2 · 1 new: c5 · *",
        ]
    )
    (row,) = asked(suite, "c2")
    assert (row["runs"], row["mended"]) == (2, ["c5"])
    assert row["again"] == [{"case": "c2", "failed": 2, "runs": 2}]


def test_another_name_is_another_candidate(suite: "Project") -> None:
    """A log is of what a team calls one model."""
    suite.adapter("other", wrong=["c1"])
    assert asked(suite, "c1", options=("--ftevals-candidate=new=other",)) == []


@pytest.mark.parametrize(
    ("tests", "options"),
    [
        (WHOLE, ("--ftevals-no-store",)),
        (
            "@words.cases()\ndef test_case(candidate, case):\n    candidate.generate(case)\n",
            ("--ftevals-case=c3",),
        ),
    ],
    ids=["no store", "a case"],
)
def test_what_adds_nothing(suite: "Project", tests: str, options: tuple[str, ...]) -> None:
    """A run without a store, and a part of the cases: no entry of theirs, so none to be against."""
    suite.tests(tests)
    assert asked(suite, "c3", options=options) == []
    suite.tests(WHOLE)
    (row,) = asked(suite, "c1")
    assert (row["runs"], row["mended"]) == (1, ["c2"])


def test_early_stop_adds_nothing(suite: "Project") -> None:
    """Not even where a walk came to the end of the task: how far it goes is chance."""
    suite.tests(WHOLE.replace("<= 100", "<= 99"))
    assert asked(suite, "c3", options=("--ftevals-early-stop",)) == []
    suite.tests(WHOLE)
    assert asked(suite, "c1")[0]["runs"] == 1


def test_a_replay_adds_nothing(suite: "Project") -> None:
    """It asks no model; its weights may be another run's."""
    suite.record("--ftevals-no-store", folder="saved")
    suite.adapter("good", wrong=["c6"])
    replayed = suite.record("--ftevals-replay=saved", folder="again")
    assert replayed["failure_log"] == []
    assert asked(suite, "c1")[0]["runs"] == 1


def test_a_case_that_could_not_be_answered_leaves_no_entry(suite: "Project") -> None:
    """The task was not asked whole."""
    suite.model("base", refused=["c4"])
    suite.record()
    suite.result.assert_outcomes(errors=1)
    suite.model("base")
    assert asked(suite, "c1")[0]["runs"] == 1


def test_a_locked_store_costs_a_note(suite: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """All is answered from the store; only the log is not kept, and the report says so."""
    monkeypatch.setattr("pytest_ftevals.store.failure_log._WAIT_MILLISECONDS", 50)
    monkeypatch.setattr("pytest_ftevals.store.rows._TOUCH_MILLISECONDS", 50)
    (store,) = suite.path.rglob("responses.sqlite")
    with closing(sqlite3.connect(store)) as other:
        other.execute("BEGIN IMMEDIATE")
        record = suite.record()
        other.rollback()
    suite.result.assert_outcomes(passed=1)
    (note,) = record["run"]["notes"]
    assert note.startswith("which cases failed is not remembered: ")
    assert note.endswith("the store cannot be used: database is locked")


@pytest.mark.slow
def test_workers_leave_it_to_the_controller(suite: "Project") -> None:
    """One process reads and writes, whoever answered: two runs, one entry each."""
    suite.adapter("good", wrong=["c2", "c5"])
    record = suite.record("-n2", spawn=True)
    (row,) = record["failure_log"]
    assert (row["runs"], row["new"], row["mended"]) == (1, ["c5"], ["c1"])
    (store,) = suite.path.rglob("responses.sqlite")
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT count(*) FROM failures").fetchone() == (2,)


def test_patterns_reach_the_record_and_the_terminal(project: "Project") -> None:
    """A fine-tune that fails negations: found by the question, whatever else differs."""
    rows = [
        {"id": f"c{number}", "word": f"w{number}", "q": "is not" if number % 4 == 0 else "is now"}
        for number in range(40)
    ]
    project.task(rows=rows, prompt="What {{ q }} {{ word }}?\n{{ id }} = {{ word }}")
    project.adapter("good", wrong=[f"c{number}" for number in (0, 4, 8, 12, 16, 20, 24, 7)])
    project.tests(WHOLE)
    record = project.record()
    both = [(row["among"], row["n"], row["failed"]) for row in record["patterns"]]
    assert both == [("failures", 40, 8), ("regressions", 40, 8)]
    for row in record["patterns"]:
        (found,) = row["found"]
        assert (found["feature"], found["n"], found["failed"]) == ("negation", 10, 7)
        assert found["cases"] == ["c0", "c4", "c8", "c12", "c16", "c20", "c24"]
    project.result.stdout.fnmatch_lines(
        ["patterns among 8 failures of good on words: negation (7 of 10, lift 3.5, p < 0.001)"]
    )
    project.result.stdout.no_fnmatch_line("patterns among * regressions*")
