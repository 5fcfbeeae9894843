"""Finding models on disk: kinds, files, and every mistake by its name."""

import json
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.engines.models import config_files, locate, tokenizer_files, weight_files


def write(folder: Path, *names: str, content: str = '{"x": 1}') -> Path:
    """Write small files into a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A full model's folder."""
    return write(tmp_path / "full", "config.json", "model.safetensors")


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """An adapter's folder."""
    return write(tmp_path / "adapter", "adapter_config.json", "adapter_model.safetensors")


def mistake(source: object, role: str = "candidate", **options: bool) -> str:
    """Return the message of a source that cannot be used."""
    with pytest.raises(FtevalsError) as caught:
        locate(str(source), name="mine", role=role, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_kinds(full: Path, adapter: Path) -> None:
    """Base, full candidate and adapter are told apart."""
    assert locate(str(full), name="base", role="base").kind == "base"
    assert locate(str(full), name="m", role="candidate").kind == "full"
    found = locate(str(adapter), name="a", role="candidate")
    assert (found.kind, found.adapter, found.size) == ("adapter", {"x": 1}, len('{"x": 1}'))
    assert (found.folder, found.source, found.revision) == (adapter, str(adapter), None)


def test_existing_path_with_an_at_sign_wins(tmp_path: Path) -> None:
    """A revision is looked for only where there is no such path."""
    folder = write(tmp_path / "model@v2", "config.json", "model.safetensors")
    assert locate(str(folder), name="m", role="candidate").folder == folder


def test_missing_folder_suggests_names(full: Path) -> None:
    """A slip of the pen is shown beside what is there."""
    message = mistake(full.parent / "ful")
    assert "mine" in message
    assert "no such folder" in message
    assert "full" in message.splitlines()[1]


def test_missing_folder_in_a_missing_folder_names_the_nearest(tmp_path: Path) -> None:
    """The suggestion starts where the path goes wrong."""
    (tmp_path / "out").mkdir()
    assert f"{tmp_path} has: out" in mistake(tmp_path / "uot" / "r8" / "last")


def test_hub_like_name_below_an_existing_folder_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`out/r8` is no repository if `out` is a folder."""
    (tmp_path / "out" / "r16").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert "out has: r16" in mistake("out/r8")


def test_file_instead_of_folder(full: Path) -> None:
    """The folder is what is asked for."""
    assert "is a file" in mistake(full / "config.json")


def test_folder_without_config_lists_what_is_there(tmp_path: Path) -> None:
    """Often the folder above or below was meant."""
    write(tmp_path / "odd", "notes.txt")
    message = mistake(tmp_path / "odd")
    assert "neither adapter_config.json nor config.json" in message
    assert "notes.txt" in message


def test_adapter_as_base_says_how_to_give_it(adapter: Path) -> None:
    """The whole command is in the message."""
    write(adapter, "adapter_config.json", content='{"base_model_name_or_path": "org/base"}')
    message = mistake(adapter, "base")
    assert "is an adapter" in message
    assert f"--ftevals-base org/base --ftevals-candidate {adapter}" in message


@pytest.mark.parametrize("content", ["{", "[]", "{}", "\ufeff{"])
def test_broken_adapter_config(adapter: Path, content: str) -> None:
    """The file is named."""
    write(adapter, "adapter_config.json", content=content)
    assert str(adapter / "adapter_config.json") in mistake(adapter)


@pytest.mark.parametrize(
    ("config", "weights"),
    [("adapter_config.json", "adapter_model.bin"), ("config.json", "pytorch_model.bin")],
)
def test_pickled_weights_need_permission(tmp_path: Path, config: str, weights: str) -> None:
    """By the variant's name, for adapters and full models."""
    folder = write(tmp_path / "old", config, weights)
    message = mistake(folder)
    assert weights in message
    assert "--ftevals-allow-pickle mine" in message
    found = locate(str(folder), name="mine", role="candidate", allow_pickle=True)
    assert found.size > 0
    assert weight_files(folder) == []
    assert weight_files(folder, allow_pickle=True) == [folder / weights]


def test_no_weights(tmp_path: Path) -> None:
    """A config alone is no model."""
    folder = write(tmp_path / "bare", "config.json")
    assert "no weights" in mistake(folder)


def test_missing_shard_is_named(tmp_path: Path) -> None:
    """A download that broke off."""
    folder = write(tmp_path / "big", "config.json", "model-1.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    write(folder, "model.safetensors.index.json", content=json.dumps(index))
    assert "model-2.safetensors is missing" in mistake(folder)
    write(folder, "model-2.safetensors")
    found = locate(str(folder), name="m", role="candidate")
    assert found.size == 2 * len('{"x": 1}')
    assert [path.name for path in weight_files(folder)] == [
        "model.safetensors.index.json",
        "model-1.safetensors",
        "model-2.safetensors",
    ]


def test_index_without_a_map(tmp_path: Path) -> None:
    """An index that names no shard."""
    folder = write(tmp_path / "big", "config.json", "model.safetensors.index.json")
    assert "no weight_map" in mistake(folder)


def test_git_lfs_pointer(full: Path) -> None:
    """A clone without its large files."""
    write(full, "model.safetensors", content="version https://git-lfs.github.com/spec/v1\n")
    assert "git lfs pull" in mistake(full)


def test_files_that_can_change_an_answer(full: Path, adapter: Path) -> None:
    """What a fingerprint must cover, and nothing else."""
    write(full, "tokenizer.json", "chat_templates/tool.jinja", "spiece.model", "README.md")
    write(full, "generation_config.json", "code.py", "optimizer.pt", "vocab.txt")
    assert [path.name for path in config_files(full)] == ["config.json", "generation_config.json"]
    assert full / "code.py" in config_files(full, remote_code=True)
    assert [path.name for path in tokenizer_files(full)] == [
        "tool.jinja",
        "spiece.model",
        "tokenizer.json",
        "vocab.txt",
    ]
    assert full / "code.py" in tokenizer_files(full, remote_code=True)
    assert [path.name for path in config_files(adapter)] == ["adapter_config.json"]
    assert [path.name for path in weight_files(adapter)] == ["adapter_model.safetensors"]
