"""``--ftevals-confidence``: from when on a threshold is proven or refuted."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


@pytest.mark.parametrize(
    ("confidence", "evidence"), [("0.9", "refuted"), ("0.95", "refuted"), ("0.9999", "not proven")]
)
def test_moves_the_evidence_and_not_the_verdict(
    project: "Project", confidence: str, evidence: str
) -> None:
    """More confidence asks for more cases; the estimate, and so the outcome, stays."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, 9)])
    project.keeps(cases=20)
    record = project.record(f"--ftevals-confidence={confidence}")
    project.result.assert_outcomes(failed=1)
    assert record["run"]["confidence"] == float(confidence)
    (row,) = record["comparisons"]
    assert row["thresholds"][0]["evidence"] == evidence
    assert row["level"] == 0.95


@pytest.mark.parametrize("value", ["1", "0.5", "95", "many", "nan", "-1"])
def test_refuses_what_is_no_confidence(project: "Project", value: str) -> None:
    """Values that are no confidence are usage errors that name the option."""
    project.keeps()
    result = project.run(f"--ftevals-confidence={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--ftevals-confidence*"])
