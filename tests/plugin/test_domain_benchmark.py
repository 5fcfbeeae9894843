"""docs/domain-benchmarks.md: its clinical benchmark, whole, runs and finds what it should.

The questions are in ``clinical/``; task and tests are those of the page. The fake engine is told
which questions each model gets wrong.
"""

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.stats.wilson import wilson

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

PAGE = (Path(__file__).parents[2] / "docs" / "domain-benchmarks.md").read_text(encoding="utf-8")
DATA = Path(__file__).with_name("clinical")
BLOCKS = dict(re.findall(r'^```\w+ title="([^"\n]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
ROWS = [json.loads(line) for line in (DATA / "clinical.jsonl").read_text().splitlines()]
EXAMPLES = [json.loads(line) for line in (DATA / "clinical_dev.jsonl").read_text().splitlines()]


def missed(*ids: str) -> dict[str, str]:
    """Return wrong letters, by the cases' names as the fake engine knows them."""
    right = {row["id"]: row["answer"] for row in ROWS}
    return {f"Answer {one}": "B" if right[one] == "A" else "A" for one in ids}


@pytest.fixture
def clinical(project: "Project") -> "Project":
    """The page's files; a base that knows half of each category."""
    for name in ("clinical.jsonl", "clinical_dev.jsonl"):
        shutil.copy(DATA / name, project.path)
    # The fake engine reads case and right reply off the last line.
    task = BLOCKS["clinical.task.yaml"].replace(
        'Answer:"', "Answer {{ id | default('') }} = {{ answer }}\""
    )
    (project.path / "clinical.task.yaml").write_text(task)
    (project.path / "test_clinical.py").write_text(BLOCKS["test_clinical.py"])
    wrong = [f"{letter}{number}" for letter in "idam" for number in (1, 2, 3)]
    project.model("base", replies=missed(*wrong))
    return project


def rows_of(record: Any) -> dict[str | None, Any]:
    """Return the rows by slice."""
    return {row["slice"]: row for row in record["comparisons"]}


def test_a_good_fine_tune_passes(clinical: "Project") -> None:
    """Every category has its value, and every threshold its verdict."""
    clinical.adapter("good", replies=missed("i1", "m1"))
    record = clinical.record()
    clinical.result.assert_outcomes(passed=7)
    rows = rows_of(record)
    values = {name: row["value"] for name, row in rows.items() if name and "category=" in name}
    assert values == {
        "category=adverse effects": 1,
        "category=dosing": 1,
        "category=interactions": pytest.approx(5 / 6),
        "category=mechanisms": pytest.approx(5 / 6),
    }
    assert {rows[name]["base"] for name in values} == {0.5}
    assert rows[None]["value"] == pytest.approx(22 / 24)
    assert rows["macro(category)"]["value"] == pytest.approx(22 / 24)
    assert rows["gap(patients)"]["value"] == pytest.approx(1 - 12 / 14)
    assert rows["gap(patients)"]["delta"] < 0
    stated = [one for row in rows.values() for one in row["thresholds"]]
    assert len(stated) == 3 + 4 + 4 + 2
    assert {one["verdict"] for one in stated} == {"pass"}


def test_a_category_that_is_lost_is_found(clinical: "Project") -> None:
    """Right on average, wrong on dosing: the average passes, and two tests name the category."""
    clinical.adapter("good", replies=missed("d1", "d2", "d4", "d5"))
    record = clinical.record()
    passed = {test["nodeid"].partition("::")[2]: test["outcome"] for test in record["tests"]}
    assert {name for name, outcome in passed.items() if outcome == "failed"} == {
        "test_each_category[dosing-0.8]",
        "test_no_category_is_lost",
        "test_serves_all_patients",
    }
    clinical.result.stdout.fnmatch_lines(
        [
            "*accuracy[[]category=dosing] >= 0.8 does not hold for good on clinical: *",
            "*drop[[]category=dosing] <= 5: does not hold, *",
            "*good: best patients=elderly 1.000 (n=4), worst patients=children 0.667 (n=6)",
        ]
    )
    rows = rows_of(record)
    assert rows[None]["value"] == pytest.approx(20 / 24)
    assert rows["category=dosing"]["delta"] == pytest.approx(-100 / 6)


def test_the_page_shows_questions_of_the_example() -> None:
    """Word for word."""
    shown = [json.loads(line) for line in BLOCKS["clinical.jsonl"].splitlines()]
    assert shown
    assert all(row in ROWS for row in shown)


def test_the_questions_are_what_the_page_asks_for() -> None:
    """Six a category, examples of each, letters spread, nothing asked twice."""
    assert set(Counter(row["category"] for row in ROWS).values()) == {6}
    assert set(Counter(row["category"] for row in EXAMPLES).values()) == {2}
    assert {row["category"] for row in EXAMPLES} == {row["category"] for row in ROWS}
    assert max(Counter(row["answer"] for row in ROWS).values()) <= 8
    questions = [row["question"] for row in (*ROWS, *EXAMPLES)]
    assert len(set(questions)) == len(questions) == 32
    assert all(len(set(row["choices"])) == 4 for row in (*ROWS, *EXAMPLES))


def test_how_many_questions() -> None:
    """The page's table."""
    table = re.findall(r"^\| ([\d,]+) \| ([\d.]+)% \|$", PAGE, re.MULTILINE)
    assert len(table) == 6
    for number, proven in table:
        n = int(number.replace(",", ""))
        assert f"{100 * wilson(round(0.85 * n), n, 0.9).low:.1f}" == proven
