"""What each bundled task asks of each row: prompts, what is scored, what is right, when to stop.

The golden files were read line by line against the tasks of lm-evaluation-harness. That the
requests are the same tests `test_like_lm_eval.py`, where it is installed.
"""

import json
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.library import Library, declare
from pytest_ftevals.tasks import DataAccess
from pytest_ftevals.tasks.standard import standard_names, standard_task

if TYPE_CHECKING:
    from tests.standard.conftest import Tasks


def _rendered(task: Task) -> str:
    """Return a task's requests as text; a bar before every line of a prompt shows its blanks."""
    head = [f"{task.name}: {task.kind}, {', '.join(task.metrics)}"]
    if task.kind == "generate":
        stops = json.dumps(task.decode.stop, ensure_ascii=False)
        head.append(f"at most {task.decode.max_new_tokens} tokens, until {stops}")
    return "\n\n".join(["\n".join(head), *map(_case, task.cases)]) + "\n"


def _case(case: Case) -> str:
    assert isinstance(case.prompt, str)
    lines = [f"case {case.id}", *(f"|{line}" for line in case.prompt.split("\n"))]
    for name, texts in (
        ("given", case.givens),
        ("scored", case.continuations),
        ("counted", case.options if case.expected is None else ()),
    ):
        lines += [f"{name}: {json.dumps(text, ensure_ascii=False)}" for text in texts]
    lines.append(f"right: {json.dumps(case.expected, ensure_ascii=False)}")
    if case.slices:
        lines.append("slices: " + ", ".join(f"{key}={one}" for key, one in case.slices.items()))
    if case.cluster:
        lines.append(f"cluster: {case.cluster}")
    return "\n".join(lines)


@pytest.mark.parametrize("name", standard_names())
def test_requests_are_those_of_the_golden_file(tasks: "Tasks", name: str) -> None:
    """Every case of the hand-made rows, as it was when somebody last looked."""
    golden = (tasks.golden / f"{name}.txt").read_text(encoding="utf-8")
    assert _rendered(tasks.load(name)) == golden


def test_every_golden_file_has_its_task(tasks: "Tasks") -> None:
    """No golden file is left of a task that went."""
    assert sorted(path.stem for path in tasks.golden.glob("*.txt")) == [*standard_names()]


def test_the_tasks_are_those_of_the_documentation() -> None:
    """The bundle, by name."""
    assert set(standard_names()) == {
        "arc_challenge", "arc_easy", "boolq", "commonsense_qa", "gsm8k", "hellaswag", "ifeval",
        "mmlu", "openbookqa", "piqa", "squad", "sst2", "trec", "truthfulqa_mc1", "truthfulqa_mc2",
        "wikitext", "winogrande",
    }  # fmt: skip


@pytest.mark.parametrize("name", standard_names())
def test_metrics_fit_their_tasks(tasks: "Tasks", name: str) -> None:
    """Every metric is known and finds what it needs in the rows."""
    path = standard_task(name)
    assert path is not None
    if name == "ifeval":
        pytest.importorskip("lm_eval", reason="needs the extra [lm-eval]")
    library = Library(DataAccess(folder=tasks.data, offline=True))
    assert library.task(declare(path)).metrics
