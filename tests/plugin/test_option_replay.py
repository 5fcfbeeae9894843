"""``--ftevals-replay``: a run is decided again from its report, and no model is asked."""

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from pytest_ftevals.reports.schemas import record_schema

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

OF_THE_RUN = ("command", "started", "duration_s", "plan", "notes", "replayed")
"""Keys of `run` that differ between a run and its replay."""
SCHEMA = {"type": "object", "required": ["category"]}
ROWS = [
    {"id": f"t{number}", "queue": "ab"[number % 2], "language": ("de", "en")[number % 3 == 0]}
    for number in range(12)
]
OPTIONS = [{"id": f"q{number}", "choices": ["yes", "no", "maybe"]} for number in range(1, 8)]
DRAWN = {"c1": ["w1", "w1", "no", "w1"], "c2": ["no", "no", "w2", "w2"], "c3": ["w3"] * 4}
SUITE = """
import pytest
from pytest_ftevals import load_task

tickets, drawn, texts, letters = (
    load_task(f"{name}.task.yaml") for name in ("tickets", "drawn", "texts", "letters")
)

@pytest.mark.parametrize("task", [texts, letters])
def test_choices(compare, task):
    result = compare(task)
    assert result.drop <= 10
    assert result["choice_probability"].drop <= 20

@pytest.mark.evaluates(tickets, drawn)
def test_replies(compare):
    result = compare(tickets)
    assert result["f1_macro"].drop <= 60
    assert result["json_valid"] >= 0.5
    assert result["accuracy"].slice("language=de").drop <= 80
    assert result["accuracy"].drop <= 3

def test_undeclared(compare):
    assert compare(drawn)["rouge1"].gain >= -60

@tickets.cases()
def test_reply(candidate, case):
    reply = candidate.generate(case).json(schema="ticket.schema.json")
    assert reply["category"] == case.expected["category"]

@letters.cases()
def test_choice(model, case):
    reply = model.generate(case)
    assert reply.choice == case.expected and reply.text == "yes" and max(reply.logprobs) == -1

@pytest.mark.pass_rate(at_least=0.6, drop=30)
@drawn.cases()
def test_rate(model, case):
    assert model.generate(case).text == case.expected

@tickets.cases()
def test_skips(base, case):
    pytest.skip("not today")
"""
LIBRARIES = ("numpy", "scipy", "sklearn", "rouge_score", "torch", "transformers", "peft")


@pytest.fixture
def suite(project: "Project") -> "Project":
    """A suite with everything a test can ask, some of it wrong, cut or drawn."""
    right = {row["id"]: json.dumps({"category": row["queue"]}) for row in ROWS}
    spoilt = {"t1": '{"category": "a"}', "t4": "no JSON", "t5": '{"queue": "b"}', "t7": "[1]"}
    project.model("base", replies={**right, "t2": '{"category": "z"}'}, wrong=["q2"])
    project.adapter(
        "good", replies={**right, **spoilt}, wrong=["q1", "q5"], samples=DRAWN, cut=["t4"]
    )
    project.adapter("other", replies=right, wrong=["q3"])
    project.ini(candidate="\n  good\n  other")
    (project.path / "ticket.schema.json").write_text(json.dumps(SCHEMA))
    project.task(
        "tickets",
        rows=ROWS,
        prompt="{{ id }} = {{ queue }}",
        expected={"category": "{{ queue }}"},
        metrics=["accuracy", "f1_macro", "json_valid", "json_schema", "field_accuracy"],
        schema="ticket.schema.json",
        slices=["language"],
    )
    project.task(
        "drawn",
        cases=3,
        decode={"temperature": 0.7, "samples": 4},
        metrics=["exact_match", "f1_macro", "rouge1"],
    )
    for name, reply in (("texts", "yes"), ("letters", "A")):
        project.task(
            name,
            rows=OPTIONS,
            kind="choice",
            prompt=f"{{{{ id }}}} = {reply}",
            expected=None,
            answer="yes",
            score=name,
            metrics=["accuracy", "choice_probability", "f1_macro"],
        )
    (project.path / "test_evals.py").write_text(SUITE)
    return project


def forget_models(project: "Project", *, store: bool = False) -> None:
    """Remove the models and the engine, and the store unless told to keep it."""
    for name in ("base", "good", "other"):
        shutil.rmtree(project.path / name, ignore_errors=True)
    for name in ("fakes.py", "engine.log"):
        (project.path / name).unlink(missing_ok=True)
    if not store:
        shutil.rmtree(project.path / ".ftevals")


def told(record: Any) -> Any:
    """Return of a record's `run` what a replay repeats."""
    return {key: value for key, value in record["run"].items() if key not in OF_THE_RUN}


def same(project: "Project", first: Any, second: Any, *folders: str) -> None:
    """Assert that a replay's record is that of the run it came from."""
    assert first.keys() == second.keys() > {"comparisons", "tests", "failures"}
    for part in first.keys() - {"run"}:
        assert first[part] == second[part], part
    assert told(first) == told(second)
    Draft202012Validator(record_schema()).validate(second)
    one, other = map(project.samples, folders or ("first", "second"))
    assert one
    assert one == other


def test_a_replay_gives_the_same_record(suite: "Project") -> None:
    """Comparisons, tests, failures and samples, of every kind of task and test."""
    first = suite.record(folder="first")
    outcomes = suite.result.parseoutcomes()
    assert {"passed", "failed", "skipped"} <= set(outcomes)
    assert {row["slice"] for row in first["comparisons"]} > {None}
    assert first["run"]["plan"]["computed"] > 0
    forget_models(suite)
    second = suite.record("--ftevals-replay=first", folder="second")
    assert suite.result.parseoutcomes() == outcomes
    same(suite, first, second)
    assert not suite.log()
    assert not (suite.path / ".ftevals").exists()
    assert second["run"]["plan"]["computed"] == 0
    assert second["run"]["plan"]["unique"] == first["run"]["plan"]["unique"]
    assert first["run"]["replayed"] is None
    assert second["run"]["replayed"] == {"path": "first", "started": first["run"]["started"]}
    notice, *notes = second["run"]["notes"]
    assert notice.startswith(f"decided again from first, a run of {first['run']['started']}: ")
    assert notes == first["run"]["notes"]
    suite.result.stdout.fnmatch_lines(["ftevals: * unique * stored", f"{notice[:50]}*"])


@pytest.mark.slow
def test_real_models_are_replayed_to_the_last_digit(real: "Project") -> None:
    """Log-probabilities of options that take several tokens, and replies with any bytes."""
    real.task(cases=4, decode={"max_new_tokens": 6}, metrics=["exact_match", "rouge1"])
    real.choice()
    real.tests("""
        @pytest.mark.parametrize("task", [words, load_task("quiz.task.yaml")])
        def test_kept(compare, task): assert compare(task).drop <= 0
    """)
    first = real.record(folder="first")
    assert any(one["tokens"] > 1 for row in real.samples("first") for one in row["choices"] or ())
    real.ini(base=None, candidate=None, engine=None)
    shutil.rmtree(real.path / ".ftevals")
    second = real.record("--ftevals-replay=first", folder="second")
    same(real, first, second)
    assert second["run"]["numerics"] == first["run"]["numerics"] is not None


@pytest.mark.slow
def test_workers_replay_as_one_process_does(suite: "Project") -> None:
    """Each reads the report; the controller makes the same record."""
    first = suite.record(folder="first")
    forget_models(suite)
    second = suite.record("--ftevals-replay=first", "-n2", folder="second", spawn=True)
    same(suite, first, second)
    assert second["run"]["replayed"]["path"] == "first"


@pytest.mark.slow
@pytest.mark.parametrize("store", [True, False])
def test_a_replay_imports_no_more_than_a_stored_run(suite: "Project", *, store: bool) -> None:
    """With the run's store not even what its scores took; without it, nothing of models."""
    first = suite.record(folder="first")
    forget_models(suite, store=store)
    (suite.path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        f"    print('loaded:', [one for one in {LIBRARIES!r} if one in sys.modules])\n"
        "    print('engines:', [one for one in sys.modules if '.engines.transformers' in one])\n"
    )
    second = suite.record("--ftevals-replay=first", folder="second", spawn=True)
    expected = [] if store else ["numpy", "scipy", "sklearn", "rouge_score"]
    suite.result.stdout.fnmatch_lines([f"loaded: [[]{str(expected)[1:]}", "engines: [[]]"])
    same(suite, first, second)


@pytest.fixture
def kept(project: "Project") -> "Project":
    """A task on which the candidate drops by 2 of 40 cases: a test, run and reported in `first`."""
    project.adapter("good", wrong=["c1", "c2"])
    project.keeps(cases=40)
    project.record(folder="first")
    project.result.assert_outcomes(failed=1)
    return project


def threshold(record: Any) -> Any:
    """Return the only threshold of a record."""
    (found,) = [one for row in record["comparisons"] for one in row["thresholds"]]
    return found


def replay(project: "Project", *options: str) -> Any:
    """Replay `first` without models; return the only threshold."""
    forget_models(project, store=True)
    return threshold(project.record("--ftevals-replay=first", *options, folder="second"))


def test_a_threshold_that_was_edited_decides(kept: "Project") -> None:
    """As the test files state it now."""
    assert replay(kept)["verdict"] == "fail"
    kept.result.assert_outcomes(failed=1)
    tests = kept.path / "test_evals.py"
    tests.write_text(tests.read_text().replace("drop <= 3", "drop <= 5"))
    found = replay(kept)
    assert (found["text"], found["verdict"]) == ("drop <= 5", "pass")
    kept.result.assert_outcomes(passed=1)


def test_another_mode_decides(kept: "Project") -> None:
    """The same estimate fails, or is inconclusive."""
    found = replay(kept, "--ftevals-decide=refuted")
    assert (found["evidence"], found["verdict"]) == ("not proven", "inconclusive")
    kept.result.assert_outcomes(passed=1)
    options = kept.read("second")["run"]["options"]
    assert (options["decide"], options["base"]) == ("refuted", "base")
    assert options["candidates"] == {"good": "good"}


def test_another_confidence_decides(kept: "Project") -> None:
    """What 95% leaves open, 60% refutes."""
    assert replay(kept)["evidence"] == "not proven"
    found = replay(kept, "--ftevals-confidence=0.6", "--ftevals-decide=refuted")
    assert (found["evidence"], found["verdict"]) == ("refuted", "fail")
    assert kept.read("second")["run"]["confidence"] == 0.6


def test_a_family_shares_the_error(kept: "Project") -> None:
    """With 1,000 thresholds nothing is refuted at 60% any more."""
    options = ("--ftevals-confidence=0.6", "--ftevals-decide=refuted", "--ftevals-family=1000")
    assert replay(kept, *options)["verdict"] == "inconclusive"


def test_metrics_and_slices_may_be_new(kept: "Project") -> None:
    """They are computed from the answers; so is what no test named in the first run."""
    kept.task(cases=40, metrics=["exact_match", "rouge1"], slices=["language"])
    replay(kept)
    rows = {(row["metric"], row["slice"]) for row in kept.read("second")["comparisons"]}
    assert {("rouge1", None), ("exact_match", "language=de")} < rows


def test_a_new_test_of_what_was_asked(kept: "Project") -> None:
    """Per case, or by a rate: the answers are there."""
    kept.tests("""
        @pytest.mark.pass_rate(at_least=0.9)
        @words.cases()
        def test_right(model, case):
            assert model.generate(case).text == case.expected
    """)
    assert replay(kept)["verdict"] == "pass"
    kept.result.assert_outcomes(passed=1)


def test_a_part_of_the_tests(suite: "Project") -> None:
    """What is selected decides as among all others."""
    first = suite.record(folder="first")
    forget_models(suite)
    second = suite.record("--ftevals-replay=first", "-k", "test_rate", folder="second")
    rates = [row for row in first["comparisons"] if row["metric"] == "test_rate"]
    assert rates == [row for row in second["comparisons"] if row["metric"] == "test_rate"]
    assert rates
    assert [task["name"] for task in second["tasks"]] == ["drawn"]


def test_one_case_is_looked_at(kept: "Project") -> None:
    """``--ftevals-case`` narrows per-case tests as ever."""
    kept.tests("""
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
    """)
    forget_models(kept)
    result = kept.run("--ftevals-replay=first", "--ftevals-case=c2")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'wrong' == 'w2'*"])


@pytest.mark.parametrize("broken", ["a prompt", "an adapter"])
def test_what_could_not_be_answered_fails_as_before(project: "Project", broken: str) -> None:
    """Errors are answers too: the same tests fail with the same messages."""
    if broken == "a prompt":
        project.model("base", refused=["c2"])
    else:
        project.adapter("good", broken="it does not fit")
    project.keeps(cases=3)
    first = project.record(folder="first")
    project.result.assert_outcomes(errors=1)
    forget_models(project)
    second = project.record("--ftevals-replay=first", folder="second")
    same(project, first, second)
    assert [test["outcome"] for test in second["tests"]] == ["error"]


def test_a_replay_can_be_replayed(kept: "Project") -> None:
    """Its record says what it came from, and only that."""
    first = kept.read("first")
    replay(kept)
    second = kept.read("second")
    third = kept.record("--ftevals-replay=second", folder="third")
    same(kept, first, third, "first", "third")
    assert third["run"]["replayed"] == {"path": "second", "started": second["run"]["started"]}
    assert len(third["run"]["notes"]) == len(first["run"]["notes"]) + 1


def test_an_early_stop_is_replayed(project: "Project") -> None:
    """Thresholds walk the same blocks; a full run's answers can be walked as well."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, 300, 2)])
    project.keeps(cases=300)
    first = project.record("--ftevals-early-stop", folder="first")
    assert threshold(first)["n_used"] < 300
    full = project.record(folder="full")
    assert threshold(full)["n_used"] == 300
    forget_models(project, store=True)
    second = project.record("--ftevals-replay=first", "--ftevals-early-stop", folder="second")
    same(project, first, second)
    walked = project.record("--ftevals-replay=full", "--ftevals-early-stop", folder="walked")
    assert threshold(walked) == threshold(first)


def test_the_report_needs_no_other_folder_name(kept: "Project") -> None:
    """Without a report of its own a replay writes nothing."""
    before = {path: path.stat().st_mtime_ns for path in (kept.path / "first").iterdir()}
    forget_models(kept)
    kept.run("--ftevals-replay", "first").assert_outcomes(failed=1)
    assert before == {path: path.stat().st_mtime_ns for path in (kept.path / "first").iterdir()}
    assert not (kept.path / ".ftevals").exists()


def test_seeds_of_a_recipe_stay_a_group(project: "Project") -> None:
    """The report says which candidates belong together."""
    for number, wrong in enumerate((["c1"], ["c2", "c3"])):
        project.adapter(f"s{number}", wrong=wrong)
    project.ini(candidate="r8=[s0,s1]")
    project.keeps(cases=60)
    first = project.record(folder="first")
    project.result.assert_outcomes(passed=1)
    assert {row["candidate"] for row in first["comparisons"]} >= {"r8"}
    forget_models(project)
    second = project.record("--ftevals-replay=first", folder="second")
    same(project, first, second)


def test_a_saved_run_is_compared_in_runs_alone(kept: "Project") -> None:
    """A test that compares with one says so; the others decide."""
    kept.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 5

        @pytest.mark.evaluates(words)
        def test_against(compare):
            assert compare(words).against.drop <= 5
    """)
    saved = kept.record("--ftevals-save=live", "--ftevals-against=live", folder="first")
    assert saved["run"]["replayed"] is None
    kept.ini(against="live")
    forget_models(kept, store=True)
    kept.record("--ftevals-replay=first", folder="second")
    kept.result.assert_outcomes(passed=1, failed=1)
    kept.result.stdout.fnmatch_lines(["*a replay is not compared with a saved run*"])
    assert "INTERNALERROR" not in kept.result.stdout.str()
