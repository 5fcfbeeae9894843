"""``pytest-ftevals new``: what it writes, and what it never overwrites.

That the suites run is in tests/plugin/test_new_suites.py.
"""

import ast
import json
import re
from pathlib import Path

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.command.new import FILES, PLACEHOLDER, TEMPLATES

CHOICE = ["quiz.jsonl", "quiz.task.yaml", "quiz_dev.jsonl", "test_quiz.py"]
GENERATE = ["quiz.jsonl", "quiz.task.yaml", "test_quiz.py"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "names"),
    [((), CHOICE), (("--kind", "choice"), CHOICE), (("--kind", "generate"), GENERATE)],
)
def test_what_it_writes(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], names: list[str]
) -> None:
    """Files of one name beside each other, each named, and how to run them."""
    assert main(["new", "quiz", *arguments]) == 0
    assert sorted(path.name for path in here.iterdir()) == names
    *wrote, run = capsys.readouterr().out.splitlines()
    assert sorted(wrote) == [f"wrote {name}" for name in names]
    assert (
        run == "run   pytest test_quiz.py --ftevals-base ORG/MODEL --ftevals-candidate out/adapter"
    )
    for path in here.iterdir():
        assert PLACEHOLDER not in path.read_text(encoding="utf-8")


def test_a_folder_is_made(here: Path) -> None:
    """With those above it."""
    assert main(["new", "my-quiz_2", "--folder", "evals/small"]) == 0
    assert (here / "evals/small/test_my-quiz_2.py").exists()


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file of that name is enough to refuse; then nothing is written."""
    (here / "quiz.jsonl").write_text("mine")
    assert main(["new", "quiz"]) == 1
    assert capsys.readouterr().err == (
        f"pytest-ftevals: {here}: there is already quiz.jsonl\n"
        "  Give another name, or another folder with --folder DIR.\n"
    )
    assert [path.name for path in here.iterdir()] == ["quiz.jsonl"]
    assert (here / "quiz.jsonl").read_text() == "mine"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "../up", "a.b", "_x", "é"])
def test_names_that_no_task_can_have(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Nothing is written outside the folder, nor under a name that no module can have."""
    assert main(["new", name]) == 1
    assert f"{name!r} cannot be a task's name" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_folder_that_is_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names it."""
    (here / "file").write_text("")
    assert main(["new", "quiz", "--folder", "file"]) == 1
    error = capsys.readouterr().err
    assert "cannot be written" in error
    assert str(here / "file") in error


@pytest.mark.parametrize("kind", ["choice", "generate"])
def test_templates_are_whole(kind: str) -> None:
    """Every template of a kind makes a file; rows are JSON, tests are Python."""
    templates = {
        path.name: path.read_text(encoding="utf-8") for path in (TEMPLATES / kind).iterdir()
    }
    assert templates.keys() <= FILES.keys()
    assert {"task.yaml.txt", "data.jsonl.txt", "test.py.txt"} <= templates.keys()
    for name in templates.keys() & {"data.jsonl.txt", "dev.jsonl.txt"}:
        rows = [json.loads(line) for line in templates[name].splitlines()]
        assert len({frozenset(row) for row in rows}) == 1
        assert len(rows) >= 4
    ast.parse(templates["test.py.txt"])
    commented = re.findall(r"^# .+\n(?:#.*\n)*(\w+):", templates["task.yaml.txt"], re.MULTILINE)
    keys = re.findall(r"^(\w+):", templates["task.yaml.txt"], re.MULTILINE)
    # These go without saying, or have a neighbour's comment.
    assert set(keys) - set(commented) <= {"about", "prompt", "score"}


def test_kinds_are_those_with_templates() -> None:
    """A folder each."""
    assert sorted(path.name for path in TEMPLATES.iterdir()) == ["choice", "generate"]
    with pytest.raises(SystemExit) as ended:
        main(["new", "quiz", "--kind", "perplexity"])
    assert ended.value.code == 2
