"""The keys `labels`, `grounded` and `explanations` of task files, and every mistake in them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.label_rule import LabelEntry
from pytest_ftevals.run.label_rules import label_rules
from pytest_ftevals.tasks import load_task_file, read_task_file

if TYPE_CHECKING:
    from pytest_ftevals.tasks import TaskFile

HEAD = "name: x\nkind: generate\ndata: x.jsonl\nprompt: x\nmetrics: [accuracy]\nexpected: x\n"


def read(folder: Path, text: str, head: str = HEAD) -> "TaskFile":
    """Read a task file of a head and what follows it."""
    path = folder / "x.task.yaml"
    path.write_text(head + text, encoding="utf-8")
    (folder / "x.jsonl").write_text('{"id": 1}\n')
    return read_task_file(path)


def test_rules_in_their_order(tmp_path: Path) -> None:
    """Everything of them is kept; a label of ours has our spelling."""
    found = read(
        tmp_path,
        "labels:\n- {label: no unit, pattern: mg, absent: true, meaning: a dose alone}\n"
        "- {label: Wrong Answer, function: 'rules:f'}\n",
    )
    assert found.labels == (
        LabelEntry(label="no unit", pattern="mg", absent=True, meaning="a dose alone"),
        LabelEntry(label="wrong answer", function="rules:f"),
    )


def test_flags_reach_the_task_and_no_digest(tmp_path: Path) -> None:
    """They change what labels there are, and nothing that is asked or scored."""
    plain = load_task_file(read(tmp_path, ""))
    marked = load_task_file(read(tmp_path, "grounded: true\nexplanations: true\n"))
    assert (plain.grounded, plain.explanations) == (False, False)
    assert (marked.grounded, marked.explanations) == (True, True)
    assert marked.template_hash == plain.template_hash


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("grounded: yes", 7, "`grounded` must be true or false, not the text 'yes'"),
        ("explanations: 1", 7, "`explanations` must be true or false, not the number 1"),
        ("labels: no unit", 7, "`labels` must be a list of one or more rules"),
        ("labels: []", 7, "`labels` must be a list of one or more rules, not an empty list"),
        ("labels:\n- no unit", 8, "`labels` holds the text 'no unit', not a rule"),
        ("labels:\n- {pattern: x}", 8, "a rule for labels needs `labels.0.label`"),
        ("labels:\n- {label: a}", 8, "needs either `pattern` or `function`"),
        ("labels:\n- {label: a, pattern: x, function: 'a:b'}", 8, "or `function`, not both"),
        ("labels:\n- label: a\n  patern: x", 9, "`labels.0.patern` is not a key of a task file"),
        ("labels:\n- label: a\n  pattern: ''", 9, "`labels.0.pattern` must be a text"),
        ("labels:\n- label: a\n  pattern: 3", 9, "`labels.0.pattern` must be a text"),
        ("labels:\n- label: a\n  pattern: x\n  absent: never", 10, "must be true or false"),
        ("labels:\n- label: a\n  function: 'a:b'\n  absent: true", 10, "goes with `pattern` only"),
        ("labels:\n- label: ' '\n  pattern: x", 8, "`labels.0.label` must be a text"),
        ('labels:\n- label: "a\\nb"\n  pattern: x', 8, "one line of at most 60 characters"),
        (f"labels:\n- label: {'a' * 61}\n  pattern: x", 8, "one line of at most 60 characters"),
        ("labels:\n- label: Regression from base\n  pattern: x", 8, "label 'regression from base'"),
        ("labels:\n- label: correct answer but bad explanation\n  pattern: x", 8, "from a judge"),
    ],
)
def test_mistakes_in_the_keys(tmp_path: Path, text: str, line: int, said: str) -> None:
    """One message with the file, the line and what would be valid."""
    with pytest.raises(FtevalsError) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'x.task.yaml'}:{line}: ")
    assert said in str(error.value)


@pytest.mark.parametrize("key", ["grounded: true", "explanations: true"])
def test_choices_say_nothing_of_their_own(tmp_path: Path, key: str) -> None:
    """The keys about replies belong to generate tasks."""
    head = HEAD.replace("generate", "choice").replace("expected: x", "answer: x")
    with pytest.raises(FtevalsError, match="belongs to generate tasks"):
        read(tmp_path, key, head)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("pattern: '(a'", "'(a' is no regular expression"),
        ("function: rules", "'rules' names no function"),
        ("function: 'rules.py'", "'rules.py' names no function"),
        ("function: 'nowhere_at_all:f'", "'nowhere_at_all:f' names no module 'nowhere_at_all'"),
        ("function: 'rules:wrong_dos'", "has no function 'wrong_dos'"),
        ("function: 'rules:LIMIT'", "is no function"),
        ("function: 'broken:f'", "module 'broken' of a label rule cannot be imported: NameError"),
    ],
)
def test_patterns_and_functions_that_cannot_be_used(tmp_path: Path, rule: str, said: str) -> None:
    """One message at the line of the pattern or function."""
    (tmp_path / "rules.py").write_text("LIMIT = 3\ndef wrong_dose(case, response): return True\n")
    (tmp_path / "broken.py").write_text("nothing\n")
    task_file = read(tmp_path, f"labels:\n- label: a\n  {rule}\n")
    with pytest.raises(FtevalsError) as error:
        label_rules(task_file)
    assert str(error.value).startswith(f"{tmp_path / 'x.task.yaml'}:9: ")
    assert said in str(error.value)


@pytest.mark.parametrize("written", ["rules:wrong_dose", "rules.py:wrong_dose"])
def test_a_function_beside_the_task(tmp_path: Path, written: str) -> None:
    """With or without the file's ending."""
    (tmp_path / "rules.py").write_text("def wrong_dose(case, response): return True\n")
    (rule,) = label_rules(read(tmp_path, f"labels:\n- label: a\n  function: '{written}'\n"))
    assert rule.label == "a"
