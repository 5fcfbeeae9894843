"""``--ftevals-batch-tokens``: how many tokens are computed at a time, and that it shows nowhere."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.mark.parametrize("budget", ["1", "20", "300", "100000"])
def test_batch_tokens_change_no_value(real: "Project", budget: str) -> None:
    """Replies, values and verdicts are the same whatever the batches are."""
    real.task(cases=5, decode={"max_new_tokens": 6})
    real.choice(cases=5)
    real.tests("""
        @pytest.mark.parametrize("task", [words, load_task("quiz.task.yaml")])
        def test_kept(compare, task):
            assert compare(task).drop <= 100
    """)
    usual = real.record("--ftevals-no-store", folder="usual")
    other = real.record("--ftevals-no-store", f"--ftevals-batch-tokens={budget}", folder="other")
    assert real.result.ret == 0
    assert other["run"]["options"]["batch_tokens"] == int(budget)
    assert usual["comparisons"] == other["comparisons"]
    for before, after in zip(real.samples("usual"), real.samples("other"), strict=True):
        chosen, again = before.pop("choices"), after.pop("choices")
        assert before == after
        if chosen:
            assert [one["logprob"] for one in chosen] == pytest.approx(
                [one["logprob"] for one in again], abs=1e-4
            )


def test_batch_tokens_bound_the_batches(project: "Project") -> None:
    """A smaller budget makes more batches; a request over it is a batch of its own."""
    project.keeps(cases=6, decode={"max_new_tokens": 7})  # 10 tokens a request, reply included
    project.run("--ftevals-batch-tokens=20", "--ftevals-no-store").assert_outcomes(passed=1)
    sizes = [len(entry["cases"]) for entry in project.log() if entry["what"] == "answer"]
    assert sizes == [2] * 6
    project.run("--ftevals-batch-tokens=5", "--ftevals-no-store").assert_outcomes(passed=1)
    answers = [entry for entry in project.log() if entry["what"] == "answer"]
    assert [len(entry["cases"]) for entry in answers[6:]] == [1] * 12


def test_the_engine_chooses_where_nothing_is_said(project: "Project") -> None:
    """What suits the device; the record says that nobody else chose."""
    project.model("base", batch_tokens=30)
    project.keeps(cases=6, decode={"max_new_tokens": 7})
    record = project.record()
    assert record["run"]["options"]["batch_tokens"] is None
    sizes = [len(entry["cases"]) for entry in project.log() if entry["what"] == "answer"]
    assert sizes == [3] * 4


@pytest.mark.parametrize("value", ["0", "-5", "lots"])
def test_batch_tokens_are_a_positive_number(project: "Project", value: str) -> None:
    """A budget of nothing is a usage error."""
    project.keeps()
    result = project.run(f"--ftevals-batch-tokens={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--ftevals-batch-tokens*{value!r}*"])
