"""What ``load_task("lm_eval:NAME")`` names, and the path that stands for it."""

from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.library import Library, declare
from pytest_ftevals.tasks.lm_eval import LmEvalSource, is_lm_eval, read_source


@pytest.mark.parametrize("task", ["hellaswag", "a::b", "a/b?c=d&e", "größe 1", "100%"])
def test_a_path_holds_everything(task: str, tmp_path: Path) -> None:
    """Another process reads from it what one test named."""
    folder = tmp_path / "my tasks & more"
    folder.mkdir()
    named = LmEvalSource(
        task=task,
        include_path=(str(folder), str(tmp_path)),
        num_fewshot=0,
        chat=True,
        own_unit=("rouge1_max", "bleu,none"),
    )
    assert is_lm_eval(named.path)
    assert declare(Path(str(named.path))) == named
    bare = LmEvalSource(task=task)
    assert read_source(bare.path) == bare


def test_names_tell_what_was_asked() -> None:
    """Two numbers of examples are two tasks."""
    assert LmEvalSource(task="mmlu").name == "lm_eval:mmlu"
    assert LmEvalSource(task="mmlu", num_fewshot=5).name == "lm_eval:mmlu-5shot"
    assert LmEvalSource(task="mmlu", num_fewshot=0, chat=True).name == "lm_eval:mmlu-0shot-chat"


@pytest.mark.parametrize("path", ["x.task.yaml", "folder/lm_eval:x", "lm_evalx"])
def test_files_are_files(path: str) -> None:
    """Nothing but the prefix makes a task lm-eval's."""
    assert not is_lm_eval(Path(path))


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (LmEvalSource(task=" "), "names no task"),
        (LmEvalSource(task="x", num_fewshot=-1), "num_fewshot is -1; it is a whole number"),
        (LmEvalSource(task="x", num_fewshot=1.5), "num_fewshot is 1.5; it is a whole number"),  # type: ignore[arg-type]
        (LmEvalSource(task="x", num_fewshot="abc"), "num_fewshot is abc; it is a whole number"),  # type: ignore[arg-type]
        (LmEvalSource(task="x", num_fewshot=True), "num_fewshot is True; it is a whole number"),
        (LmEvalSource(task="x", include_path=("no/such",)), "no/such, which is no folder"),
    ],
)
def test_mistakes_show_at_collection(named: LmEvalSource, message: str) -> None:
    """Without importing anything of lm-eval."""
    with pytest.raises(FtevalsError, match=message):
        declare(named.path)


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """At collection, with the command that installs it."""
    monkeypatch.setattr("pytest_ftevals.tasks.lm_eval.source.find_spec", lambda _: None)
    with pytest.raises(FtevalsError, match=r"pip install 'pytest-ftevals\[lm-eval\]'"):
        declare(LmEvalSource(task="x").path)


def test_one_name_stands_for_one_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same name from other folders would mix results up."""
    library = Library()
    first = LmEvalSource(task="x", include_path=(str(tmp_path),))
    monkeypatch.setitem(library._files, first.path.resolve(), first)
    with pytest.raises(FtevalsError, match="in use with another include_path"):
        library.task(LmEvalSource(task="x"))
