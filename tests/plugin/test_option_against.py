"""``--ftevals-against``: candidates compared with a saved run as well as with the base."""

import gzip
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pytest_ftevals.reports import schemas

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

SAVE, AGAINST = "--ftevals-save=prod", "--ftevals-against=prod"
NEW = "--ftevals-candidate=new"
SUITE = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 100

    @pytest.mark.evaluates(words)
    def test_not_worse(compare):
        assert compare(words).against.drop <= 20
"""


@pytest.fixture
def suite(project: "Project") -> "Project":
    """A run saved as ``prod`` that missed c1 of 10 cases; ``new`` misses c2 and c3."""
    project.adapter("good", wrong=["c1"])
    project.adapter("new", wrong=["c2", "c3"])
    project.task(cases=10, slices=["language"])
    project.tests("def test_kept(compare):\n    assert compare(words).drop <= 100")
    assert project.run(SAVE).ret == 0
    project.tests(SUITE)
    return project


def rows(record: Any, reference: str) -> dict[tuple[str, str | None], Any]:
    """Return the rows against a reference, by metric and slice."""
    return {
        (row["metric"], row["slice"]): row
        for row in record["comparisons"]
        if row["reference"] == reference
    }


def rewrite(project: "Project", change: Callable[[Any], None], name: str = "prod") -> None:
    """Change what a saved run holds."""
    path = project.path / f"ftevals-baselines/{name}.json.gz"
    data = json.loads(gzip.decompress(path.read_bytes()))
    change(data)
    path.write_bytes(gzip.compress(json.dumps(data).encode()))


def test_compares_with_the_saved_run(suite: "Project") -> None:
    """Pairs are the saved run's case by case; the base is compared with as before."""
    record = suite.record(NEW, AGAINST)
    suite.result.assert_outcomes(passed=2)
    against = rows(record, "prod")
    whole = against["exact_match", None]
    assert (whole["candidate"], whole["base"], whole["value"]) == ("new", 0.9, 0.8)
    assert whole["delta"] == pytest.approx(-10)
    assert (whole["wins"], whole["losses"], whole["ties"], whole["n"]) == (1, 2, 7, 10)
    assert [(one["text"], one["test"]) for one in whole["thresholds"]] == [
        ("drop <= 20", "test_evals.py::test_not_worse")
    ]
    base = rows(record, "base")
    assert base["exact_match", None]["base"] == 1.0
    assert [one["text"] for one in base["exact_match", None]["thresholds"]] == ["drop <= 100"]
    slices = {("exact_match", f"language={one}") for one in ("de", "en")}
    assert against.keys() == base.keys() == slices | {("exact_match", None)}
    assert against["exact_match", "language=en"]["base"] == 0.8
    assert record["run"]["options"]["against"] == "prod"
    jsonschema.validate(record, schemas.record_schema(), cls=jsonschema.Draft202012Validator)


def test_the_record_says_what_was_saved(suite: "Project") -> None:
    """Name, file and models, with the digests of their contents; null where there is none."""
    saved = suite.record(NEW, AGAINST)["run"]["against"]
    good, base = (suite.record(folder="other")["variants"][index] for index in (1, 0))
    assert saved == {
        "name": "prod",
        "path": "ftevals-baselines/prod.json.gz",
        "candidate": {"name": "good", "source": "good", "fingerprint": good["fingerprint"]},
        "base": {"name": "base", "source": "base", "fingerprint": base["fingerprint"]},
    }
    assert suite.read("other")["run"]["against"] is None


def test_decides(suite: "Project") -> None:
    """A drop against the saved run fails, whatever the base says; slices and metrics work too."""
    suite.tests("""
        def test_drop(compare):
            assert compare(words).against.drop <= 5
        def test_slice(compare):
            assert compare(words).against["exact_match"].slice("language=en").drop <= 0
        def test_value(compare):
            result = compare(words).against
            assert result["exact_match"].base == 0.9
            assert result["exact_match"] >= 0.8
            assert result.gain.value == pytest.approx(-10)
            assert (result.task.name, result.candidate) == ("words", "new")
    """)
    record = suite.record(NEW, AGAINST)
    outcomes = {test["nodeid"].partition("::")[2]: test["outcome"] for test in record["tests"]}
    assert outcomes == {"test_drop": "failed", "test_slice": "passed", "test_value": "passed"}


def test_mode_of_deciding(suite: "Project") -> None:
    """What decides thresholds decides those against the saved run, too."""
    suite.tests("""
        def test_proven(compare):
            assert compare(words, decide="proven").against.drop <= 20
        def test_run(compare):
            assert compare(words).against.drop <= 5
    """)
    record = suite.record(NEW, AGAINST, "--ftevals-decide=refuted")
    suite.result.assert_outcomes(passed=1, failed=1)
    stated = rows(record, "prod")["exact_match", None]["thresholds"]
    assert {one["text"]: (one["decide"], one["verdict"]) for one in stated} == {
        "drop <= 20": ("proven", "inconclusive"),
        "drop <= 5": ("refuted", "inconclusive"),
    }


def test_rows_without_a_threshold(suite: "Project") -> None:
    """The record compares with the saved run whether or not a test asks for it."""
    suite.tests("def test_kept(compare):\n    assert compare(words).drop <= 100")
    record = suite.record(NEW, AGAINST)
    assert rows(record, "prod")["exact_match", None]["delta"] == pytest.approx(-10)
    assert record["run"]["notes"] == []


def test_the_same_model_changes_nothing(suite: "Project") -> None:
    """The saved model itself has no wins and no losses."""
    found = rows(suite.record(AGAINST), "prod")["exact_match", None]
    assert (found["delta"], found["ties"]) == (0, 10)


def test_metrics_over_classes(project: "Project") -> None:
    """Macro F1 of the saved run, on slices too, is what its own run found."""
    data = [
        {"id": f"r{number}", "word": "abc"[number % 3], "language": "de" if number < 7 else "en"}
        for number in range(12)
    ]
    project.adapter("good", replies={"r1": "a", "r2": "none", "r5": "b", "r8": "a"})
    project.adapter("new", replies={"r0": "c"})
    project.task(rows=data, metrics=["f1_macro", "exact_match"], slices=["language"])
    project.tests("def test_kept(compare):\n    assert compare(words).drop <= 100")
    saved = rows(project.record(SAVE), "base")
    found = rows(project.record(NEW, AGAINST, folder="second"), "prod")
    assert found.keys() == saved.keys()
    assert len(found) == 6
    for key, row in found.items():
        assert row["base"] == saved[key]["value"]
    assert 0 < saved["f1_macro", None]["value"] < 1


def test_samples(project: "Project") -> None:
    """Of a task that asks each case several times, means are compared."""
    project.adapter("good", samples={"c1": ["w1", "no"], "c2": ["w2", "w2"]})
    project.adapter("new", samples={"c1": ["no", "no"]})
    project.keeps(cases=2, decode={"temperature": 1.0, "samples": 2}, metrics=["f1_macro"])
    saved = rows(project.record(SAVE), "base")["f1_macro", None]
    found = rows(project.record(NEW, AGAINST, folder="second"), "prod")["f1_macro", None]
    assert found["base"] == saved["value"]


@pytest.mark.slow
def test_workers_compare_alike(suite: "Project") -> None:
    """Under xdist: the same record."""
    alone = suite.record(NEW, AGAINST)
    workers = suite.record(NEW, AGAINST, "-n", "2", folder="workers", spawn=True)
    suite.result.assert_outcomes(passed=2)
    assert suite.comparable(workers)["comparisons"] == suite.comparable(alone)["comparisons"]


def test_a_stored_run_compares_without_models(suite: "Project") -> None:
    """What is in the store is enough."""
    suite.run(NEW)
    (suite.path / "engine.log").unlink()
    suite.run(NEW, AGAINST).assert_outcomes(passed=2)
    assert not suite.log()


def test_ini_file(suite: "Project") -> None:
    """The ini file may name it, an empty name on the command line takes it back."""
    suite.ini(against="prod")
    suite.run(NEW).assert_outcomes(passed=2)
    result = suite.run(NEW, "--ftevals-against=")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*`against` compares with a saved run, and this run names none*"])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("prdo", "Did you mean 'prod'? Saved are: prod, v1. Save one with --ftevals-save NAME"),
        ("zzz", "Saved are: prod, v1."),
    ],
)
def test_missing(suite: "Project", name: str, says: str) -> None:
    """A name that was never saved is refused before anything is asked."""
    (suite.path / "ftevals-baselines/v1.json.gz").write_bytes(b"")
    (suite.path / "engine.log").unlink()
    result = suite.run(f"--ftevals-against={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = " ".join(result.stderr.str().split())
    assert f"--ftevals-against: there is no run {name!r} in " in text
    assert says in text
    assert not suite.log()


def test_missing_folder(project: "Project") -> None:
    """Where nothing was ever saved, it says how to."""
    project.keeps()
    result = project.run(AGAINST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no run 'prod' in *, which holds none", "*Save one*"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            gzip.compress(b'{"version": "\\u001b[31m"}', mtime=0),
            "has format ?[[]31m, and this version",
        ),
        (b"", "is damaged, or no saved run"),
        (b"<<<<<<< HEAD", "is damaged, or no saved run"),
        (gzip.compress(b"{}", mtime=0)[:-3], "is damaged, or no saved run"),
        (gzip.compress(b"[1]", mtime=0), "is damaged, or no saved run"),
        (gzip.compress(b"{", mtime=0), "is damaged, or no saved run"),
        (
            gzip.compress(b'{"version": 1}', mtime=0),
            "is damaged, or no saved run (KeyError: 'conditions'",
        ),
        (
            gzip.compress(b'{"version": 2, "plugin": "9.1"}', mtime=0),
            "has format 2, and this version of pytest-ftevals reads 1",
        ),
    ],
)
def test_unreadable(suite: "Project", content: bytes, says: str) -> None:
    """A file that is none of ours is refused before anything is asked, with what to do."""
    (suite.path / "ftevals-baselines/prod.json.gz").write_bytes(content)
    result = suite.run(AGAINST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*prod.json.gz: {says}*", "*--ftevals-save prod*"])


def _data(project: "Project") -> None:
    project.task(cases=12, slices=["language"])


def _prompt(project: "Project") -> None:
    project.task(cases=10, prompt="Say {{ id }} = {{ word }}")


def _decode(project: "Project") -> None:
    project.task(cases=10, decode={"max_new_tokens": 9, "stop": ["x"]})


def _samples(project: "Project") -> None:
    project.task(cases=10, decode={"temperature": 1.0, "samples": 2})


def _nothing(_project: "Project") -> None:
    pass


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (_data, (), ["data: * -> *", "2 cases not in the saved run: c11, c12"]),
        (_prompt, (), ["prompt template: * -> *"]),
        (_decode, (), ["decode.max_new_tokens: 256 -> 9", 'decode.stop: [[]] -> [[]"x"[]]']),
        (_samples, (), ["decode.temperature: 0.0 -> 1.0", "decode.samples: 1 -> 2"]),
        (_nothing, ("--ftevals-dtype=bfloat16",), ["dtype: float32 -> bfloat16"]),
        (_nothing, ("--ftevals-device=cuda",), ["device: cpu -> cuda"]),
        (_nothing, ("--ftevals-attention=eager",), ["attention: sdpa -> eager"]),
    ],
)
def test_incompatible(
    suite: "Project",
    change: Callable[["Project"], None],
    options: tuple[str, ...],
    says: list[str],
) -> None:
    """The test that uses it fails with everything that differs; the others still decide."""
    change(suite)
    record = suite.record(NEW, AGAINST, *options)
    suite.result.assert_outcomes(passed=1, failed=1)
    suite.result.stdout.fnmatch_lines(
        [
            "*/prod.json.gz: task 'words' cannot be compared with the saved run 'prod':",
            *(f"*    {one}" for one in says),
            "*To renew it, *--ftevals-candidate=good=good --ftevals-save=prod",
        ]
    )
    assert not rows(record, "prod")
    assert rows(record, "base")
    (note,) = [one for one in record["run"]["notes"] if "prod" in one]
    assert note.startswith("words was not compared with prod: ")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("torch", "1.0", "torch: 1.0 -> *"),
        ("peft", "0.1", "peft: 0.1 -> *"),
        ("engine", "transformers", "engine: transformers -> fakes:Engine"),
        ("tokenizer and chat template", "0" * 64, "tokenizer and chat template: 000000000000 -> *"),
        ("quantization", {"bits": 4}, 'quantization: {"bits":4} -> none'),
        ("way of answering", 1, "way of answering: 1 -> *"),
        ("way of scoring", 0, "way of scoring: 0 -> *"),
        ("something new", "yes", "something new: yes -> none"),
    ],
)
def test_other_conditions(suite: "Project", key: str, value: object, says: str) -> None:
    """Whatever makes the store miss an answer makes a saved run another one."""
    rewrite(suite, lambda data: data["conditions"].update({key: value}))
    result = suite.run(NEW, AGAINST)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"*    {says}"])


def test_everything_that_differs_is_listed_at_once(suite: "Project") -> None:
    """One message, so that nobody renews a run twice."""
    _data(suite)
    rewrite(suite, lambda data: data["conditions"].update(torch="1.0", peft="0.1"))
    result = suite.run(NEW, AGAINST, "--ftevals-dtype=float16")
    result.stdout.fnmatch_lines(
        ["*    dtype: *", "*    torch: *", "*    peft: *", "*    data: *", "*    2 cases not*"]
    )


def test_task_that_was_not_saved(suite: "Project") -> None:
    """A test that compares it fails; the task has no rows, and a note says why."""
    suite.choice()
    suite.tests("""
        quiz = load_task("quiz.task.yaml")
        @pytest.mark.evaluates(quiz)
        def test_quiz(compare):
            assert compare(quiz).against.drop <= 3
        def test_words(compare):
            assert compare(words).against.drop <= 20
    """)
    record = suite.record(NEW, AGAINST)
    suite.result.assert_outcomes(passed=1, failed=1)
    suite.result.stdout.fnmatch_lines(["*    task quiz was not saved; saved are words"])
    assert {row["task"] for row in record["comparisons"] if row["reference"] == "prod"} == {"words"}
    assert (
        "quiz was not compared with prod: task quiz was not saved; saved are words"
        in (record["run"]["notes"])
    )


def test_metric_that_was_not_saved(suite: "Project") -> None:
    """Only thresholds on that metric fail."""
    suite.task(cases=10, slices=["language"], metrics=["exact_match", "f1_macro"])
    suite.tests("""
        def test_old(compare):
            assert compare(words).against["exact_match"].drop <= 20
        def test_new(compare):
            assert compare(words).against["f1_macro"].drop <= 20
    """)
    record = suite.record(NEW, AGAINST)
    suite.result.assert_outcomes(passed=1, failed=1)
    suite.result.stdout.fnmatch_lines(
        [
            "*f1_macro on task 'words' cannot be compared with the saved run 'prod':",
            "*    metric f1_macro was not saved; saved are exact_match",
        ]
    )
    assert {metric for metric, _ in rows(record, "prod")} == {"exact_match"}
    assert {metric for metric, _ in rows(record, "base")} == {"exact_match", "f1_macro"}


def test_metric_scored_by_another_library(suite: "Project") -> None:
    """A metric that a library scores is compared under the same version only."""

    def change(data: Any) -> None:
        data["tasks"]["words"]["metrics"]["exact_match"]["libraries"] = {"rouge-score": "0.0.1"}

    rewrite(suite, change)
    result = suite.run(NEW, AGAINST)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*    rouge-score: 0.0.1 -> none"])


def test_another_base_is_said(suite: "Project") -> None:
    """Production may be an adapter on an older base: that is compared, and noted."""
    suite.model("base", room=1)
    record = suite.record(NEW, AGAINST)
    suite.result.assert_outcomes(passed=2)
    assert "prod ran on another base when it was saved: base" in record["run"]["notes"]


def test_renewing_what_is_compared_with(project: "Project") -> None:
    """With the name in the ini file, the first run saves it: only tests that use it fail."""
    project.ini(against="prod")
    project.task()
    project.tests(SUITE)
    first = project.run(SAVE)
    first.assert_outcomes(passed=1, failed=1)
    first.stdout.fnmatch_lines(["*there is no run 'prod' in *", "saved: *prod.json.gz (1 task)"])
    project.run().assert_outcomes(passed=2)
    rewrite(project, lambda data: data["conditions"].update(torch="1.0"))
    project.run(SAVE).assert_outcomes(passed=1, failed=1)
    project.run(SAVE).assert_outcomes(passed=2)


def test_a_run_is_compared_before_it_is_saved(suite: "Project") -> None:
    """With one name for both, the earlier run is what it is compared with."""
    record = suite.record(NEW, AGAINST, SAVE)
    assert rows(record, "prod")["exact_match", None]["delta"] == pytest.approx(-10)
    assert rows(suite.record(NEW, AGAINST), "prod")["exact_match", None]["delta"] == 0


def test_a_candidate_of_the_same_name(suite: "Project") -> None:
    """Alone it may have it; among several, rows could not be told apart."""
    suite.run("--ftevals-candidate=prod=new", AGAINST).assert_outcomes(passed=2)
    result = suite.run("--ftevals-candidate=prod=new", "--ftevals-candidate=good", AGAINST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*a candidate and the saved run are both called 'prod'*"])


def test_several_candidates(suite: "Project") -> None:
    """Each is compared with the saved run."""
    record = suite.record(NEW, "--ftevals-candidate=good", AGAINST)
    suite.result.assert_outcomes(passed=4)
    deltas = {
        row["candidate"]: round(row["delta"])
        for row in record["comparisons"]
        if row["reference"] == "prod" and row["slice"] is None
    }
    assert deltas == {"new": -10, "good": 0}


def test_seeds_of_a_recipe(suite: "Project") -> None:
    """A group is compared as one: the mean over its seeds with the saved run."""
    record = suite.record("--ftevals-candidate=r=[new,good]", AGAINST)
    deltas = {
        row["candidate"]: row["delta"]
        for row in record["comparisons"]
        if row["reference"] == "prod" and row["slice"] is None
    }
    assert deltas == pytest.approx({"r": -5, "r.0": -10, "r.1": 0})


def test_early_stop_takes_all_cases(suite: "Project") -> None:
    """A saved run is of whole tasks, so that thresholds against it take them whole."""
    record = suite.record(NEW, AGAINST, "--ftevals-early-stop")
    suite.result.assert_outcomes(passed=2)
    (threshold,) = rows(record, "prod")["exact_match", None]["thresholds"]
    assert threshold["n_used"] == 10


def test_without_the_option(suite: "Project") -> None:
    """A test that compares with a saved run says how to name one."""
    result = suite.run(NEW)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*--ftevals-against: `against` compares with a saved run*", "*--ftevals-save NAME*"]
    )


def test_a_replay_is_not_compared(suite: "Project") -> None:
    """Its record does not hold all that its answers depended on; other tests are decided again."""
    suite.record(NEW, AGAINST)
    suite.result.assert_outcomes(passed=2)
    result = suite.run(AGAINST, "--ftevals-replay=report")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*--ftevals-against: a replay is not compared with a saved run*"])
    refused = suite.run(SAVE, "--ftevals-replay=report")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["*all cases of a task are saved, and a replay asks no model*"])
