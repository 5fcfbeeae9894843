"""Several candidates in one run: the trade-off, and adapters beside a full fine-tune."""

from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from pytest_ftevals.reports.schemas import record_schema

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.fixture
def several(project: "Project") -> "Project":
    """A base that gets half of the tickets wrong, and candidates that learn them at a price."""
    learned = [f"t{number}" for number in range(1, 41)]
    project.model("base", wrong=learned[:20])
    project.adapter("r4", wrong=[*learned[:8]])
    project.adapter("r8", wrong=[*learned[:4], "q1"])
    project.adapter("r16", wrong=[*learned[:3], "q1", "q2", "q3", "q4"])
    project.model("full", wrong=["q1", "q2", "q3", "q4", "q5"])
    for name, size in (("r4", 4), ("r8", 8), ("r16", 16)):
        weights = project.path / name / "adapter_model.safetensors"
        weights.write_bytes(weights.read_bytes() + b" " * size)
    for name, head in (("tickets", "t"), ("quiz", "q")):
        rows = [{"id": f"{head}{number}", "word": f"w{number}"} for number in range(1, 41)]
        project.task(name, rows=rows)
    project.tests("""
        tickets, quiz = load_task("tickets.task.yaml"), load_task("quiz.task.yaml")
        @pytest.mark.evaluates(quiz)
        def test_kept(compare): assert compare(quiz).drop <= 5
        @pytest.mark.evaluates(tickets)
        def test_learned(compare): assert compare(tickets)["exact_match"] >= 0.5
    """)
    return project


def _options(*names: str) -> list[str]:
    return [f"--ftevals-candidate={name}" for name in names]


def test_trade_off_is_in_the_record(several: "Project") -> None:
    """Targets and general tasks as the tests judge them, the smallest first."""
    record = several.record(*_options("r16", "r8", "r4"))
    several.result.assert_outcomes(passed=5, failed=1)
    Draft202012Validator(record_schema()).validate(record)
    rows = record["tradeoff"]
    assert [row["candidate"] for row in rows] == ["r4", "r8", "r16"]
    assert [row["target"] for row in rows] == pytest.approx([30.0, 40.0, 42.5])
    assert [row["general"] for row in rows] == pytest.approx([0.0, -2.5, -10.0])
    assert [row["met"] for row in rows] == [True, True, False]
    assert [row["pareto"] for row in rows] == [True, True, True]
    assert [row["best"] for row in rows] == [False, True, False]
    assert [row["smaller"] for row in rows] == [None, "r4", "r8"]
    assert [row["marginal"] for row in rows] == [None, pytest.approx(10), pytest.approx(2.5)]
    assert [row["size"] for row in rows] == sorted(row["size"] for row in rows)


def test_trade_off_is_printed(several: "Project") -> None:
    """With the best within the thresholds, and what does not pay."""
    several.adapter("r9", wrong=["t1", "t2", "t3", "t4", "q2"])
    result = several.run(*_options("r8", "r9"))
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "trade-off  target: tickets exact_match*general: quiz exact_match",
            "candidate *size *target *general *step *thresholds *Pareto",
            "r9 *+40.0 *-2.5 *all met *yes",
            "r8 *+40.0 *-2.5 *0.0 *all met *yes",
            "best within the thresholds: r9, +40.0 points on target, -2.5 at worst on *",
            "r8 gains 0.0 points over r9, the next smaller: under 1-2 points, *",
        ]
    )


def test_one_candidate_trades_nothing(several: "Project") -> None:
    """Nor do two where no test states a target."""
    assert several.record(*_options("r8"))["tradeoff"] == []
    several.result.stdout.no_fnmatch_line("*trade-off*")
    record = several.record(*_options("r8", "r4"), "-k", "kept")
    assert record["tradeoff"] == []


def test_groups_count_as_one(several: "Project") -> None:
    """Seeds are no candidates of the trade-off."""
    record = several.record(*_options("lora=[r4,r8]", "r16"))
    rows = record["tradeoff"]
    assert [(row["candidate"], row["seeds"]) for row in rows] == [("lora", 2), ("r16", None)]
    assert rows[0]["target"] == pytest.approx(35.0)
    several.result.stdout.fnmatch_lines(["lora (2 seeds) *", "lora, mean of 2 seeds; *"])


def test_adapters_beside_a_full_fine_tune(several: "Project") -> None:
    """Each adapter and each group is paired with the full model, whole tasks only."""
    record = several.record(*_options("r8", "seeds=[r4,r16]", "full"))
    rows = [row for row in record["comparisons"] if row["reference"] == "full"]
    assert [(row["candidate"], row["task"]) for row in rows] == [
        ("r8", "quiz"),
        ("seeds", "quiz"),
        ("r8", "tickets"),
        ("seeds", "tickets"),
    ]
    (row,) = (row for row in rows if (row["candidate"], row["task"]) == ("r8", "tickets"))
    assert (row["base"], row["value"], row["delta"]) == (1.0, 0.9, pytest.approx(-10.0))
    assert (row["wins"], row["losses"], row["slice"]) == (0, 4, None)
    several.result.stdout.fnmatch_lines(
        [
            "adapter r8 beside the full fine-tune full",
            "tickets *50.0 *90.0 *100.0 *-10.0 *keeps 80% of full's gain",
        ]
    )


def test_adapters_alone_have_no_full_model_beside(several: "Project") -> None:
    """And two full models are not compared with each other."""
    several.model("other", wrong=["q1"])
    for names in (("r4", "r8"), ("full", "other")):
        record = several.record(*_options(*names))
        assert {row["reference"] for row in record["comparisons"]} == {"base"}


def test_replay_trades_again(several: "Project") -> None:
    """A record alone tells groups, sizes and which model is a full one."""
    first = several.record(*_options("r8", "seeds=[r4,r16]", "full"))
    again = several.record("--ftevals-replay=report", folder="again")
    assert again["tradeoff"] == first["tradeoff"]
    assert again["comparisons"] == first["comparisons"]
    assert len(again["tradeoff"]) == 3
