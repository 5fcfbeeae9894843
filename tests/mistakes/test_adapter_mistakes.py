"""Adapters that load in part, not at all, or change nothing: seen when they are tried."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

WHOLE = """\
@pytest.mark.evaluates(towns)
def test_kept(compare):
    assert compare(towns).drop <= 100
"""
UNDECLARED = """\
def test_kept(compare):
    assert compare(towns).drop <= 100
"""
DAMAGED = [
    (
        "stranger",
        (
            "stranger (",
            "does not fit this base; was it trained on another one?",
            "has shape (4, 32) here, (4, 16) in the adapter",
            "Give the base that it was trained on with --ftevals-base.",
        ),
    ),
    (
        "nan",
        (
            "nan (",
            "adapter_model.safetensors): ",
            "lora_A.weight has NaN or infinite weights",
            "use an earlier checkpoint",
        ),
    ),
    ("unchanged", ("unchanged (", "changes nothing", "Was it trained and saved?")),
]


@pytest.mark.parametrize(("candidate", "parts"), DAMAGED)
def test_damaged_adapter(project: "Project", candidate: str, parts: tuple[str, ...]) -> None:
    """Every test of the candidate fails in its set-up, and no case is blamed."""
    refusal = project.refused(code=1, candidates=(candidate,))
    refusal.says(*parts, times=3)
    assert "on case" not in refusal.text
    assert refusal.outcomes == {"errors": 3}


@pytest.mark.parametrize(("candidate", "parts"), DAMAGED)
def test_damaged_adapter_on_a_whole_task(
    project: "Project", candidate: str, parts: tuple[str, ...]
) -> None:
    """A test over a whole task says it once, not once a case."""
    project.test(WHOLE)
    refusal = project.refused(code=1, candidates=(candidate,))
    refusal.says(*parts)
    assert "more cases" not in refusal.text
    assert refusal.outcomes == {"errors": 1}


def test_damaged_adapter_of_an_undeclared_task(project: "Project") -> None:
    """A task that is named in the test's body alone: the message stands at that line."""
    project.test(UNDECLARED)
    refusal = project.refused(code=1, candidates=("nan",))
    refusal.says("test_towns.py:7: nan (", "has NaN or infinite weights")


def test_other_candidates_are_tested_all_the_same(project: "Project") -> None:
    """One damaged adapter costs its own tests only."""
    refusal = project.refused(code=1, candidates=("good", "nan"))
    refusal.says("has NaN or infinite weights", times=3)
    assert refusal.outcomes == {"passed": 3, "errors": 3}


def test_base_as_its_own_candidate(project: "Project") -> None:
    """A full model with the base's own weights is no candidate."""
    base = project.models / "base"
    refusal = project.refused(f"--ftevals-candidate=copy={base}", code=1, candidates=())
    refusal.says("copy (", "changes nothing", "Give the fine-tuned model", times=3)


@pytest.mark.parametrize(
    ("name", "content", "code", "parts"),
    [
        ("adapter_model.safetensors", "half a fi", 1, ("cannot be read: ", "save the adapter")),
        ("adapter_config.json", "{", 4, ("adapter_config.json: cannot be read as JSON: ",)),
        ("adapter_config.json", "[]", 4, ("adapter_config.json: is not a JSON object",)),
        ("adapter_config.json", '{"peft_type": "MAGIC"}', 1, ("peft cannot read it: ",)),
        (
            "adapter_model.safetensors",
            "version https://git-lfs.github.com/spec/v1\n",
            4,
            ("is a Git LFS pointer, not the weights", "git lfs pull"),
        ),
    ],
)
def test_broken_files(
    project: "Project", name: str, content: str, code: int, parts: tuple[str, ...]
) -> None:
    """Files that are cut short or not what their names say are named."""
    folder = Path(shutil.copytree(project.models / "good", project.path / "broken"))
    (folder / name).write_text(content)
    refusal = project.refused(f"--ftevals-candidate={folder}", code=code, candidates=())
    refusal.says("broken", *parts, times=3 if code == 1 else 1)
