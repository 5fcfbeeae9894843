"""``decode.samples``: every case asked several times, from the task file to the report."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

FOUR = {"temperature": 0.7, "samples": 4}


def _drawn(*right: int) -> dict[str, list[str]]:
    """Return four replies to cases c1, c2, ...: so many right ones, then wrong ones."""
    return {
        f"c{number}": [f"w{number}" if sample < count else "wrong" for sample in range(4)]
        for number, count in enumerate(right, start=1)
    }


@pytest.fixture
def sampled(project: "Project") -> "Project":
    """Three cases of four samples: the base is right on 4, 2 and 0, the candidate on 4, 1 and 3."""
    project.model("base", samples=_drawn(4, 2, 0))
    project.adapter("good", samples=_drawn(4, 1, 3))
    project.task(cases=3, decode=FOUR, metrics=["accuracy", "f1_macro", "json_valid"])
    return project


def _compare(project: "Project", bound: str = "drop <= 3") -> None:
    project.tests(f"""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).{bound}
    """)


def _row(record: Any, metric: str) -> Any:
    (row,) = [one for one in record["comparisons"] if one["metric"] == metric]
    return row


def test_a_case_counts_with_the_mean_of_its_samples(sampled: "Project") -> None:
    """Pairs and n are of cases; values are means; the record says how many samples there were."""
    _compare(sampled)
    record = sampled.record()
    sampled.result.assert_outcomes(passed=1)
    row = _row(record, "accuracy")
    assert (row["n"], row["wins"], row["losses"], row["ties"]) == (3, 1, 1, 1)
    assert row["base"] == pytest.approx(6 / 12)
    assert row["value"] == pytest.approx(8 / 12)
    assert row["method"] == "bca"  # no longer 0 or 1
    assert _row(record, "f1_macro")["method"] == "bootstrap"
    (task,) = record["tasks"]
    assert (task["samples"], task["n"]) == (4, 3)
    assert task["confusion"]["counts"]["good"][0] == [4, 0, 0, 0]
    assert [sum(row) for row in task["confusion"]["counts"]["base"]] == [4, 4, 4]
    sampled.result.stdout.fnmatch_lines(
        ["words: 4 samples a case, whose mean is the case's score", "answers: 24 *"]
    )


def test_every_sample_has_a_line(sampled: "Project") -> None:
    """In samples.jsonl, with its own reply, scores and labels."""
    _compare(sampled)
    sampled.record()
    lines = sampled.samples()
    assert [(one["case"], one["sample"], one["variant"]) for one in lines] == [
        (f"c{case}", sample, variant)
        for case in (1, 2, 3)
        for sample in range(4)
        for variant in ("base", "good")
    ]
    (one,) = [one for one in lines if (one["case"], one["sample"], one["variant"]) == SECOND]
    assert (one["response"], one["scores"]["accuracy"], one["passed"]) == ("wrong", 0.0, False)
    assert one["labels"] == ["wrong answer", "regression from base"]


SECOND = ("c2", 1, "good")


def test_failures_count_samples(sampled: "Project") -> None:
    """The summary says so, and a worst case shows the sample that failed beside the base's."""
    _compare(sampled)
    record = sampled.record()
    (row,) = record["failures"]
    assert (row["n"], row["failed"], row["regressions"]) == (12, 4, 1)
    assert row["worst"] == ["c2", "c3"]
    sampled.result.stdout.fnmatch_lines(
        [
            "4 failed samples of good on words: wrong answer 4 * (regression from base 1)",
            '  c2 #1  *expected "w2"  base "w2"  good "wrong"',
            '  c3 #3  *expected "w3"  base "wrong"  good "wrong"',
        ]
    )


def test_the_plan_counts_samples_as_requests(sampled: "Project") -> None:
    """And asks for each."""
    _compare(sampled)
    result = sampled.run()
    result.stdout.fnmatch_lines(
        ["ftevals: 1 test * 2 variants * 24 requests * 24 unique * 24 to run"]
    )
    assert len(sampled.asked()) == 24


def test_more_samples_ask_only_the_new_ones(sampled: "Project") -> None:
    """The stored ones stay valid; fewer ask nothing."""
    _compare(sampled, "drop <= 100")
    for samples, computed in ((2, 12), (4, 12), (3, 0), (1, 0)):
        sampled.task(cases=3, decode=FOUR | {"samples": samples}, metrics=["accuracy"])
        record = sampled.record()
        assert record["run"]["plan"]["computed"] == computed
        assert record["tasks"][0]["samples"] == samples
        assert len(sampled.samples()) == 6 * samples


def test_the_second_run_is_the_first(sampled: "Project") -> None:
    """All samples come from the store, and everything decided is the same."""
    _compare(sampled)
    first = sampled.record(folder="first")
    second = sampled.record(folder="second")
    assert second["run"]["plan"]["computed"] == 0
    assert sampled.comparable(first) == sampled.comparable(second)
    assert sampled.samples("first") == sampled.samples("second")


@pytest.mark.slow
def test_workers_give_the_same_record(sampled: "Project") -> None:
    """What a worker asks and scores is the same as in one process."""
    sampled.tests("""
        @pytest.mark.evaluates(words)
        def test_kept(compare):
            assert compare(words).drop <= 3

        @pytest.mark.pass_rate(at_least=0.5)
        @words.cases()
        def test_right(model, case):
            assert model.generate(case).text == case.expected
    """)
    first = sampled.record("--ftevals-no-store", folder="first")
    second = sampled.record("--ftevals-no-store", "-n2", folder="second", spawn=True)
    for part in ("tasks", "comparisons", "failures", "tests"):
        assert first[part] == second[part]
    assert sampled.samples("first") == sampled.samples("second")


def test_a_test_of_a_case_asks_for_a_sample(sampled: "Project") -> None:
    """Sample 0 unless told; the reply's name says which it is."""
    sampled.tests("""
        @words.cases()
        def test_samples(base, case):
            replies = [base.generate(case, sample=one).text for one in range(4)]
            assert replies.count(case.expected) == {"c1": 4, "c2": 2, "c3": 0}[case.id]
            assert base.generate(case).text == replies[0]
            assert f"base's reply to case {case.id} sample 3 of words" in repr(
                base.generate(case, sample=3)
            )
    """)
    sampled.run().assert_outcomes(passed=3)
    assert len(sampled.asked()) == 12


@pytest.mark.parametrize("sample", ["4", "-1", "True", "'2'", "1.0"])
def test_a_sample_out_of_range_is_refused(sampled: "Project", sample: str) -> None:
    """With those that there are, and where to ask for more."""
    sampled.tests(f"""
        @words.cases()
        def test_samples(base, case):
            base.generate(case, sample={sample})
    """)
    result = sampled.run()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [f"*words.task.yaml: generate(sample={sample}) asks for a sample that task 'words' *"]
    )
    result.stdout.fnmatch_lines(
        [
            "* does not have: it asks every case 4 times, samples 0 to 3",
            "*Ask for one of them, or raise `decode.samples` in the task file.",
        ]
    )


def test_a_task_without_samples_has_sample_0(project: "Project") -> None:
    """Asking for another names the task file."""
    project.task(cases=1)
    project.tests("""
        @words.cases()
        def test_first(base, case):
            assert base.generate(case, sample=0).text == case.expected
            base.generate(case, sample=1)
    """)
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*'words' does not have: it asks every case once, sample 0"])


def test_a_pass_rate_runs_its_body_for_every_sample(sampled: "Project") -> None:
    """A case counts with the share of its samples that passed."""
    sampled.tests("""
        @pytest.mark.pass_rate(at_least=0.7)
        @words.cases()
        def test_right(model, case):
            assert model.generate(case).text == case.expected
    """)
    record = sampled.record()
    sampled.result.assert_outcomes(failed=1)
    row = _row(record, "test_right")
    assert (row["n"], row["wins"], row["losses"]) == (3, 1, 1)
    assert row["base"] == pytest.approx(6 / 12)
    assert row["value"] == pytest.approx(8 / 12)
    assert row["method"] == "bca"
    sampled.result.stdout.fnmatch_lines(
        [
            "test_right >= 0.7 does not hold for good on words: *0.667*",
            "  case c2 sample 1: assert 'wrong' == 'w2'",
            "  case c3 sample 3: assert 'wrong' == 'w3'",
        ]
    )


def test_a_body_may_skip_cases_and_no_samples(sampled: "Project") -> None:
    """Skipping by what was answered would leave out what the model got wrong."""
    body = "model.generate(case).text == 'wrong'"
    for condition, outcome in (("case.id == 'c1'", "passed"), (body, "failed")):
        sampled.tests(f"""
            @pytest.mark.pass_rate(at_least=0)
            @words.cases()
            def test_right(model, case):
                if {condition}:
                    pytest.skip("not this one")
                assert model.generate(case).text == case.expected
        """)
        result = sampled.run()
        result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(
        [
            "*the body skipped 2 of the 4 samples of case c2 for base, so the rate is not decided",
            "*Skip by what the case says*",
        ]
    )


def test_a_false_threshold_shows_the_sample_that_failed(sampled: "Project") -> None:
    """In the lines that explain the assert."""
    _compare(sampled, "gain >= 90")
    result = sampled.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*case c2 sample 1 (wrong answer, regression from base): good 'wrong', base 'w2'"]
    )


def test_a_sample_that_cannot_be_answered_is_named(project: "Project") -> None:
    """An error of one sample leaves its case unanswered."""
    project.model("base", refused=["c2"])
    project.task(cases=2, decode=FOUR)
    _compare(project)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*base on case c2 sample 0 of task words (*: the prompt is too long"]
    )


@pytest.mark.slow
def test_samples_of_a_real_model_differ_and_repeat(real: "Project") -> None:
    """Each sample has a stream of its own, the same in another run and in another batch."""
    real.task(cases=2, decode={"temperature": 1.5, "samples": 3, "max_new_tokens": 6})
    _compare(real, "drop <= 100")
    real.record("--ftevals-no-store", folder="first")
    real.record("--ftevals-no-store", "--ftevals-batch-tokens=1", folder="second")
    first, second = real.samples("first"), real.samples("second")
    assert first == second
    for variant in ("base", "r4"):
        replies = [one["response"] for one in first if one["variant"] == variant]
        assert len(set(replies)) == len(replies) == 6
