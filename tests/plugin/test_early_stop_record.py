"""What a record holds of thresholds: each has its row or a note, the same cold and warm."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

CASES = 900
EARLY = "--ftevals-early-stop"
METRICS = ["exact_match", "accuracy"]
KEPT = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 20
"""


def keys(record: Any) -> list[tuple[str, str | None, str, int]]:
    """Return metric, slice, reference and number of cases of every row."""
    return [
        (row["metric"], row["slice"], row["reference"], row["n"]) for row in record["comparisons"]
    ]


@pytest.mark.parametrize("options", [(), (EARLY,)])
def test_a_threshold_against_a_saved_run_alone_has_its_row(
    project: "Project", options: tuple[str, ...]
) -> None:
    """Though nobody asked the base; with a warm store the rows are the same."""
    project.task(cases=10)
    project.tests("def test_kept(compare):\n    assert compare(words).drop <= 100")
    assert project.run("--ftevals-save=prod").ret == 0
    project.adapter("new", wrong=["c1"])
    project.tests("def test_kept(compare):\n    assert compare(words).against.drop <= 20")
    chosen = ("--ftevals-candidate=new", "--ftevals-against=prod", *options)
    record = project.record(*chosen, "--ftevals-no-store")
    project.result.assert_outcomes(passed=1)
    (row,) = record["comparisons"]
    assert (row["reference"], row["n"]) == ("prod", 10)
    assert [one["text"] for one in row["thresholds"]] == ["drop <= 20"]
    project.result.stdout.fnmatch_lines(["against prod", "*drop <= 20 *"])
    if options:
        project.tests(KEPT)
        project.run("--ftevals-candidate=new")
        project.tests("def test_kept(compare):\n    assert compare(words).against.drop <= 20")
        assert project.record(*chosen)["comparisons"] == record["comparisons"]


def test_a_threshold_without_a_row_is_a_note(project: "Project") -> None:
    """Here the controller cannot read the task any more; in the table nothing would be seen."""
    project.keeps(cases=10)
    (project.path / "conftest.py").write_text(
        "import pathlib\n"
        "def pytest_runtest_teardown():\n"
        "    pathlib.Path('words.task.yaml').unlink(missing_ok=True)\n"
    )
    record = project.record("-n", "1")
    project.result.assert_outcomes(passed=1)
    assert record["comparisons"] == []
    gone, note = sorted(record["run"]["notes"], reverse=True)
    assert gone.startswith("not in this report: ")
    assert note.startswith("drop <= 3 is not in the table")
    assert note.endswith("(good on words exact_match; pass, stated by test_evals.py::test_kept)")
    project.result.stdout.fnmatch_lines(["drop <= 3 is not in the table*"])


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    "tests",
    [
        KEPT,
        KEPT + "        assert compare(words)['accuracy'] >= 0.5\n",
        KEPT + "        assert compare(words)['accuracy'].slice('language=de') >= 0.5\n",
        KEPT.replace("20", "0.5"),
    ],
)
def test_rows_do_not_depend_on_the_store(project: "Project", tests: str, workers: str) -> None:
    """With every answer known, a row still holds the cases that its thresholds took."""
    project.adapter("good", wrong=["c1", "c2", "c3"])
    project.task(cases=CASES, slices=["language"], metrics=METRICS)
    project.tests(tests)
    cold = project.record(EARLY, "--ftevals-no-store")
    project.record()  # answers everything
    warm = project.record(EARLY, "-n", workers)
    assert warm["comparisons"] == cold["comparisons"]
    assert cold["comparisons"]


def test_rows_hold_what_thresholds_took(project: "Project") -> None:
    """A metric without one and slices have rows only where something took all cases."""
    project.task(cases=CASES, slices=["language"], metrics=METRICS)
    project.tests(KEPT)
    project.record()
    (row,) = project.record(EARLY)["comparisons"]
    assert (row["metric"], row["slice"], row["total"]) == ("exact_match", None, CASES)
    assert row["n"] == row["thresholds"][0]["n_used"] < CASES / 2
    project.tests(KEPT + "        assert compare(words)['accuracy'].slice('language=de') >= 0.5\n")
    rows = keys(project.record(EARLY))
    assert rows[:2] == [("exact_match", None, "base", row["n"]), ("accuracy", None, "base", CASES)]
    assert {(metric, where) for metric, where, _, _ in rows[2:]} == {
        (metric, f"language={one}") for metric in METRICS for one in ("de", "en")
    }


def test_a_task_with_tests_per_case_has_all_rows(project: "Project") -> None:
    """It is answered whole, whatever thresholds take."""
    project.task(cases=60, slices=["language"], metrics=METRICS)
    project.tests("""
        @words.cases()
        def test_single(base, candidate, case):
            assert candidate.generate(case).text == base.generate(case).text
    """)
    for workers in ("0", "2"):
        rows = project.record(EARLY, "-n", workers)["comparisons"]
        assert {(row["metric"], row["slice"]) for row in rows} == {
            (metric, where) for metric in METRICS for where in (None, "language=de", "language=en")
        }


def test_counts_are_of_all_workers(project: "Project") -> None:
    """Each walks the tasks of its own tests, and may ask whole ones besides."""
    names = ("one", "two", "three", "four")
    for name in names:
        project.task(name, cases=CASES)
    project.tests(
        "".join(
            f"""
    {name} = load_task("{name}.task.yaml")
    @pytest.mark.evaluates({name})
    def test_{name}(compare):
        assert compare({name}).drop <= 20
    @pytest.mark.evaluates({name})
    def test_{name}_too(compare):
        assert compare({name})["exact_match"] >= 0.5
"""
            for name in names
        )
        + """
    def test_whole(compare):
        assert compare(four)["exact_match"].value > 0.5
"""
    )
    alone = project.record(EARLY)["run"]["plan"]
    assert alone["unique"] == alone["stored"] + alone["computed"]
    shared = project.record(EARLY, "-n", "2", "--dist=each", "--tx=2*popen")["run"]["plan"]
    assert shared["unique"] == alone["unique"]
    shared = project.record(EARLY, "-n", "2")["run"]["plan"]
    for name in ("variants", "unique", "requests"):
        assert shared[name] == alone[name], name
    assert shared["stored"] == alone["unique"]


def test_helpers_and_loops_are_warned_of(project: "Project") -> None:
    """What the source does not show is counted when it is stated."""
    project.task(cases=60)
    project.tests("""
        def hold(measure, limits):
            for limit in limits:
                assert measure <= limit

        @pytest.mark.evaluates(words)
        def test_kept(compare):
            hold(compare(words).drop, range(10, 67))
    """)
    says = "57 thresholds were stated, but the error of refuting was shared by 1: give *"
    result = project.run("--ftevals-decide=refuted")
    result.stdout.fnmatch_lines([says])
    assert result.stdout.str().count("shared by 1") == 1
    project.run("--ftevals-decide=refuted", "--ftevals-family=57").stdout.no_fnmatch_line(
        "*were stated, but*"
    )
    project.run().stdout.no_fnmatch_line("*were stated, but*")


def test_the_plan_line_says_what_may_be_asked(project: "Project") -> None:
    """At most everything that tests name, since nobody knows where a threshold stops."""
    project.task(cases=CASES)
    project.tests(KEPT + KEPT.replace("kept", "kept_too"))
    result = project.run(EARLY, "--collect-only")
    result.stdout.fnmatch_lines(
        ["ftevals: 2 tests · 2 variants · up to 3,600 requests · 1,800 unique, early stop"]
    )


def test_few_cases_are_those_of_the_task(project: "Project") -> None:
    """A clear threshold of a large task, decided on a few, is nothing to warn of."""
    project.task(cases=CASES)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_good(compare):
            assert compare(words)["exact_match"] >= 0.5
    """)
    record = project.record(EARLY)
    assert record["comparisons"][0]["n"] < 50
    project.result.stdout.no_fnmatch_line("*under 50 cases*")
    project.task(cases=40)
    project.run(EARLY).stdout.fnmatch_lines(["under 50 cases, which tell little: * (40)"])


def test_a_candidate_called_like_the_saved_run(project: "Project") -> None:
    """Its rows against that run are shown, and it stands beside no full fine-tune."""
    project.task(cases=60)
    project.tests(KEPT)
    project.model("full", wrong=["c1"])
    assert project.run("--ftevals-save=prod").ret == 0
    result = project.run("--ftevals-candidate=prod=full", "--ftevals-against=prod")
    result.stdout.fnmatch_lines(["against prod", "words *-1.7 *"])
    result.stdout.no_fnmatch_line("*beside the full fine-tune*")


def test_no_step_across_different_cases(project: "Project") -> None:
    """Candidates that were decided on different cases are not held against each other."""
    project.adapter("r8", wrong=[f"c{number}" for number in range(1, CASES, 8)])
    for name, size in (("good", 4), ("r8", 8)):
        weights = project.path / name / "adapter_model.safetensors"
        weights.write_bytes(weights.read_bytes() + b" " * size)
    project.task(cases=CASES)
    project.tests("""
        @pytest.mark.evaluates(words)
        def test_good(compare):
            assert compare(words)["exact_match"] >= 0.7
    """)
    both = ("--ftevals-candidate=good", "--ftevals-candidate=r8")
    record = project.record(EARLY, *both)
    project.result.assert_outcomes(passed=2)
    assert len({row["n"] for row in record["comparisons"]}) == 2
    assert {(row["met"], row["marginal"], row["best"]) for row in record["tradeoff"]} == {
        (True, None, False)
    }
    text = " ".join(project.result.stdout.str().split())
    assert "words exact_match was decided on different numbers of cases (good " in text
    assert "no step, no Pareto set and no best across them" in text
    record = project.record(*both)
    assert [row["best"] for row in record["tradeoff"]] == [True, False]
    assert record["tradeoff"][1]["marginal"] < -5
