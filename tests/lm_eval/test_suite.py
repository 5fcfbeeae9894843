"""lm-eval's tasks in a suite: declared in a test module, run by pytest, told in the record."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from pytest_ftevals import load_task

DEMO = Path(__file__).resolve().parents[2] / "evalsuites" / "demo"
SUITE = """
import pytest
from pytest_ftevals import load_task

even = load_task("lm_eval:even", include_path="tasks")
bleu = load_task("lm_eval:translation", include_path="tasks")
shots = load_task("lm_eval:letters", include_path=["tasks"], num_fewshot=1)

@pytest.mark.evaluates(even, bleu)
def test_values(compare):
    result = compare(even)
    assert result["acc_norm,none"].slice("task=even_large") >= 0.1
    assert result.drop <= 60
    assert compare(bleu)["ter,none"].drop <= 100

@shots.cases()
def test_each(candidate, case):
    assert candidate.generate(case).choice in range(4)
"""


def test_options_of_lm_eval_are_for_its_tasks() -> None:
    """A task file says all that with its own keys."""
    with pytest.raises(pytest.Collector.CollectError, match="are for tasks of lm-eval"):
        load_task("x.task.yaml", num_fewshot=3)
    with pytest.raises(pytest.Collector.CollectError, match="no/such, which is no folder"):
        load_task("lm_eval:x", include_path="no/such")


def test_folders_are_relative_to_the_caller() -> None:
    """Like a task file's path."""
    file = load_task("lm_eval:x", include_path=".").file
    assert str(Path(__file__).parent) in unquote(str(file.path))
    assert load_task("lm_eval:x", include_path=[Path(), DEMO]).file.path != file.path


def test_one_metric_may_be_named_alone() -> None:
    """A text is one name, not its letters."""
    alone, listed = (
        load_task("lm_eval:x", own_unit=named).file.path for named in ("bleu", ["bleu"])
    )
    assert alone == listed


def test_declaring_imports_nothing_of_lm_eval() -> None:
    """A test module that names a task is collected as fast as any other."""
    script = (
        "import sys\n"
        "from pytest_ftevals import load_task\n"
        "load_task('lm_eval:hellaswag', num_fewshot=2)\n"
        "print({'lm_eval', 'datasets', 'numpy'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.slow
def test_a_suite_of_lm_evals_tasks(pytester: pytest.Pytester, tasks: Path) -> None:
    """A group, a corpus metric and cases one by one, on base and adapter."""
    (pytester.path / "tasks").symlink_to(tasks)
    (pytester.path / "test_suite.py").write_text(SUITE)
    (pytester.path / "pytest.ini").write_text(
        f"[pytest]\nfilterwarnings = error\nftevals_base = {DEMO}/models/base\n"
        f"ftevals_candidate = good={DEMO}/models/good\n"
    )
    run = pytester.runpytest_subprocess("--ftevals-report=report", "--ftevals-offline", timeout=120)
    run.assert_outcomes(passed=17)
    record = json.loads((pytester.path / "report" / "record.json").read_text())
    assert {one["name"]: one["kind"] for one in record["tasks"]} == {
        "lm_eval:even": "choice",
        "lm_eval:translation": "generate",
        "lm_eval:letters-1shot": "choice",
    }
    rows = {(one["task"], one["metric"], one["slice"]): one for one in record["comparisons"]}
    assert rows["lm_eval:even", "acc,none", None]["unit"] == "points"
    assert rows["lm_eval:even", "acc_norm,none", "task=even_large"]["n"] == 11
    ter = rows["lm_eval:translation", "ter,none", None]
    assert (ter["unit"], ter["higher_is_better"]) == ("own", False)
    assert ter["interval"][0] < ter["delta"] < ter["interval"][1]
