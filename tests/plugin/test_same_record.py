"""However a run is cut, ordered or batched: the same rows, tests and samples."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

WORDS, QUIZ = "test_words.py", "test_quiz.py"
KEYS = {
    "tasks": ("name",),
    "comparisons": ("task", "metric", "slice", "candidate"),
    "tests": ("nodeid",),
    "failures": ("task", "candidate"),
    "patterns": ("task", "candidate", "among"),
}
REVERSED = "def pytest_collection_modifyitems(items): items.reverse()\n"
SHUFFLED = (
    "import random\ndef pytest_collection_modifyitems(items): random.Random(%s).shuffle(items)\n"
)


@pytest.fixture
def suite(project: "Project") -> "Project":
    """Write two tasks in two files; two candidates miss some cases."""
    project.task(cases=9, slices=["language"])
    project.choice(cases=7)
    project.adapter("good", wrong=["c1", "c2", "q1"])
    project.adapter("other", wrong=["c5", "q2", "q3"])
    project.ini(candidate="\n  good\n  other")
    project.tests(
        """
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 30
            assert compare(words)["exact_match"].slice("language=de") >= 0.5
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
        @pytest.mark.pass_rate(at_least=0.8, drop=3)
        @words.cases()
        def test_rate(model, case):
            assert model.generate(case).text == case.expected
        """,
        WORDS,
    )
    project.tests(
        """
        quiz = load_task("quiz.task.yaml")
        @pytest.mark.parametrize("task", [quiz])
        def test_kept(compare, task): assert compare(task).drop <= 3
        def test_undeclared(compare): assert compare(quiz).gain >= -40
        """,
        QUIZ,
    )
    return project


def run(project: "Project", folder: str, *options: str) -> tuple[Any, list[Any]]:
    """Run with an empty store; return the record and the samples, both in the order of names."""
    (project.path / "engine.log").unlink(missing_ok=True)
    record = project.comparable(project.record("--ftevals-no-store", *options, folder=folder))
    asked = project.asked()
    assert 0 < len(asked) == len(set(asked))
    assert not [sample["error"] for sample in project.samples(folder) if sample["error"]]
    for part, keys in KEYS.items():
        record[part] = in_order(record[part], keys)
    for row in record["comparisons"]:
        row["thresholds"] = in_order(row["thresholds"], ("test", "text"))
    # The number of tokens a batch is an option, and what is checked is drawn from batches.
    for part in ("options", "self_check"):
        record["run"].pop(part, None)
    return record, in_order(project.samples(folder), ("task", "case", "variant"))


def in_order(rows: Iterable[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return rows sorted by some of their columns."""
    return sorted(rows, key=lambda row: [str(row[key]) for key in keys])


@pytest.mark.parametrize("tokens", [1, 300, 800, 100_000])
def test_batches_of_any_size(suite: "Project", tokens: int) -> None:
    """From one request a batch to all in one."""
    first = run(suite, "first")
    assert run(suite, "second", f"--ftevals-batch-tokens={tokens}") == first


def test_files_in_another_order(suite: "Project") -> None:
    """As the command line names them."""
    first, second = run(suite, "first", WORDS, QUIZ), run(suite, "second", QUIZ, WORDS)
    assert second == first
    order = [
        [test["nodeid"] for test in suite.read(folder)["tests"]] for folder in ("first", "second")
    ]
    assert order[0] != order[1]


@pytest.mark.parametrize("conftest", [REVERSED, SHUFFLED % 1, SHUFFLED % 2])
def test_tests_in_another_order(suite: "Project", conftest: str) -> None:
    """As plugins order them that look for tests that depend on others."""
    first = run(suite, "first")
    (suite.path / "conftest.py").write_text(conftest)
    assert run(suite, "second") == first


@pytest.mark.parametrize(
    "options",
    [
        (WORDS,),
        ("-k", "kept"),
        ("-k", "undeclared or rate"),
        ("-k", "good"),
        (f"{QUIZ}::test_undeclared",),
        ("-k", "test_case and (c1 or c5)"),
    ],
    ids=" ".join,
)
def test_a_part_of_the_tests(suite: "Project", options: tuple[str, ...]) -> None:
    """What is selected has the outcomes, values and samples that it has among all others."""
    (record, samples), (part, some) = run(suite, "all"), run(suite, "part", *options)
    assert 0 < len(part["tests"]) < len(record["tests"])
    assert all(test in record["tests"] for test in part["tests"])
    assert some
    if {sample["variant"] for sample in some}.isdisjoint({"base"}):
        # Whether the base had a case right is not known where nobody asked it.
        samples, some = ([exact(one, "labels") for one in both] for both in (samples, some))
    assert all(sample in samples for sample in some)
    rows = {key_of(row): values_of(row) for row in record["comparisons"]}
    assert all(values_of(row) == rows[key_of(row)] for row in part["comparisons"])
    # What is adjusted for all thresholds of a run depends on which were selected.
    known = [exact(one, "p_holm") for row in record["comparisons"] for one in row["thresholds"]]
    stated = [exact(one, "p_holm") for row in part["comparisons"] for one in row["thresholds"]]
    assert all(one in known for one in stated)


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a comparison compares."""
    return tuple(row[key] for key in KEYS["comparisons"])


def values_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison without its thresholds: those of tests that were not selected lack."""
    return {key: value for key, value in row.items() if key != "thresholds"}


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [1, 150])
def test_real_models(real: "Project", tokens: int) -> None:
    """In float32 a model says the same in any company; its log-probabilities agree to 1e-4."""
    real.task(cases=5, decode={"max_new_tokens": 6})
    real.choice()
    real.tests("""
        @pytest.mark.parametrize("task", [words, load_task("quiz.task.yaml")])
        def test_kept(compare, task): assert compare(task).drop <= 100
    """)
    for folder, options in (("usual", ()), ("small", (f"--ftevals-batch-tokens={tokens}",))):
        real.record("--ftevals-no-store", *options, folder=folder)
    (real.path / "conftest.py").write_text(REVERSED)
    record = real.record("--ftevals-no-store", "--ftevals-batch-tokens=77", folder="reversed")
    assert record["run"]["plan"]["computed"] == 18
    for before, after in pairwise(map(real.samples, ("usual", "small", "reversed"))):
        rows = [in_order(one, ("task", "case", "variant")) for one in (before, after)]
        assert [exact(one, "choices") for one in rows[0]] == [
            exact(one, "choices") for one in rows[1]
        ]
        for one, other in zip(*rows, strict=True):
            found = [[choice["logprob"] for choice in it["choices"] or ()] for it in (one, other)]
            assert found[0] == pytest.approx(found[1], abs=1e-4)


def exact(sample: dict[str, Any], but: str) -> dict[str, Any]:
    """Return what must not differ at all."""
    return {key: value for key, value in sample.items() if key != but}
