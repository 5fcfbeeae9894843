"""``pytest-ftevals report`` on what a run wrote from its own record in memory: the same bytes."""

from typing import TYPE_CHECKING

from pytest_ftevals.command import main

if TYPE_CHECKING:
    from tests.plugin.conftest import Project


def test_the_files_of_a_run_are_made_of_its_record(project: "Project") -> None:
    """With classes, slices, metrics and candidates whose order is not that of their names."""
    project.task(
        cases=12,
        slices=["language", "band"],
        metrics=["f1_macro", "exact_match", "accuracy"],
        rows=[
            {
                "id": f"c{number}",
                "word": f"w{number % 3}",
                "language": "en" if number % 2 else "de",
                "band": f"b{number % 3}",
            }
            for number in range(1, 13)
        ],
    )
    project.choice(cases=6, metrics=["accuracy"])
    project.adapter("zeta", wrong=["c1", "c2", "c5", "q1"])
    project.adapter("alpha", wrong=["c3", "c7", "q2", "q3"])
    project.ini(candidate="\n  zeta\n  alpha")
    project.tests("""
        quiz = load_task("quiz.task.yaml")
        @pytest.mark.evaluates(words)
        @pytest.mark.evaluates(quiz)
        def test_kept(compare):
            assert compare(words)["accuracy"].drop <= 30
            assert compare(words)["f1_macro"].slice("language=de") >= 0.5
            assert compare(words)["exact_match"] >= 0.99
            assert compare(quiz).drop <= 3
        @words.cases()
        def test_case(candidate, case):
            assert candidate.generate(case).text == case.expected
    """)
    record = project.record()
    assert any((task["confusion"] or {}).get("counts") for task in record["tasks"])
    assert {row["candidate"] for row in record["failures"]} == {"zeta", "alpha"}
    first, again = project.path / "report", project.path / "again"
    assert main(["report", str(first), "--out", str(again)]) == 0
    files = {path.name: path.read_bytes() for path in first.iterdir()}
    assert {"report.html", "report.md", "model-card-zeta.md", "model-card-alpha.md"} <= {*files}
    assert files == {path.name: path.read_bytes() for path in again.iterdir()}
