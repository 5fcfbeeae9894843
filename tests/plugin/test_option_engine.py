"""``--ftevals-engine``: what computes the answers."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


def test_a_class_of_the_users_own(project: "Project") -> None:
    """An engine is named as module:Class; the record names it too."""
    project.ini(engine=None)
    project.keeps()
    record = project.record("--ftevals-engine=fakes:Engine")
    project.result.assert_outcomes(passed=1)
    assert record["run"]["options"]["engine"] == "fakes:Engine"


def test_transformers_by_default(real: "Project") -> None:
    """Without the option real models answer."""
    real.keeps(cases=2, decode={"max_new_tokens": 2})
    assert real.record()["run"]["options"]["engine"] == "transformers"
    assert not real.log()


def test_another_engine_misses_the_store(project: "Project") -> None:
    """Answers of one engine are never another's."""
    project.keeps(cases=3)
    project.run().assert_outcomes(passed=1)
    (project.path / "others.py").write_text("from fakes import Engine\n")
    assert project.record("--ftevals-engine=others:Engine")["run"]["plan"]["computed"] == 6


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("vlm", "*there is no engine 'vlm'*"),
        ("nowhere:Engine", "*cannot import 'nowhere:Engine'*"),
        ("fakes:Motor", "*cannot import 'fakes:Motor'*"),
        ("fakes:LOG", "*'fakes:LOG' is not a class*"),
    ],
)
def test_engine_that_is_none_fails_every_test_with_one_message(
    project: "Project", engine: str, message: str
) -> None:
    """A wrong engine is a failed set-up that names the option; the run still ends in a report."""
    project.keeps()
    result = project.run(f"--ftevals-engine={engine}")
    assert result.ret != 0
    output = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    pytest.LineMatcher(output.splitlines()).fnmatch_lines([message])


def test_base_that_cannot_be_loaded(project: "Project") -> None:
    """What the engine cannot load fails each test's set-up, with the engine's message."""
    project.model("base", broken="the weights hold NaN")
    project.keeps()
    record = project.record()
    project.result.assert_outcomes(errors=1)
    project.result.stdout.fnmatch_lines(["base: the weights hold NaN"])
    assert record["tests"][0]["outcome"] == "error"
    assert record["comparisons"] == []


def test_candidate_that_cannot_be_loaded_leaves_the_others_alone(project: "Project") -> None:
    """A broken candidate fails its own tests only."""
    project.adapter("bad", broken="changes nothing")
    project.keeps()
    record = project.record("--ftevals-candidate=good", "--ftevals-candidate=bad")
    project.result.assert_outcomes(passed=1, errors=1)
    project.result.stdout.fnmatch_lines(["*ERROR at setup of test_kept[[]bad]*", "*bad*nothing*"])
    assert {row["candidate"] for row in record["comparisons"]} == {"good"}
    assert all(one["error"] for one in project.samples() if one["variant"] == "bad")


def test_request_that_cannot_be_asked_is_an_error_and_never_a_zero(project: "Project") -> None:
    """A prompt that the engine refuses fails the test that needs it, naming the case."""
    project.model("base", refused=["c3"])
    project.keeps()
    record = project.record()
    project.result.assert_outcomes(errors=1)
    project.result.stdout.fnmatch_lines(["*case c3 of task words*the prompt is too long*"])
    assert record["comparisons"] == []
    sample = next(one for one in project.samples() if one["case"] == "c3")
    assert sample["error"] == "the prompt is too long"
    assert sample["scores"] == {"exact_match": None}
    assert sample["passed"] is None


@pytest.mark.parametrize(
    "options", [(), pytest.param(("-n2",), marks=pytest.mark.slow)], ids=["alone", "xdist"]
)
def test_engine_that_crashes_fails_the_tests_and_not_the_run(
    project: "Project", options: tuple[str, ...]
) -> None:
    """An engine's own exception is every evaluation's failed set-up; plain tests still run."""
    project.keeps()
    project.tests("def test_plain(): pass\n", name="test_unit.py")
    (project.path / "others.py").write_text(
        "import fakes\n"
        "class Engine(fakes.Engine):\n"
        "    def answer(self, variant, batch):\n"
        "        raise RuntimeError('device-side assert')\n"
    )
    run = project.spawn if options else project.run
    result = run("--ftevals-engine=others:Engine", *options)
    result.assert_outcomes(passed=1, errors=1)
    output = result.stdout.str()
    assert "INTERNALERROR" not in output
    assert "the engine crashed: RuntimeError: device-side assert" in output
    result.stdout.fnmatch_lines(["*others.py*line 4, in answer*"])
    project.run().assert_outcomes(passed=2)
