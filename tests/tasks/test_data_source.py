"""Hub data sets as task files name them, and the folder that ``--ftevals-data`` names."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks import DataAccess, MissingDataError, check_sources, load_task_file
from pytest_ftevals.tasks.data_folder import split_files
from pytest_ftevals.tasks.hub_source import HubSource, read_hub_source

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

SOURCES = {
    "hub:org/name#test": HubSource(repository="org/name", split="test"),
    "hub:org/name:all#dev": HubSource(repository="org/name", config="all", split="dev"),
    "hub:o-1/n_2.x@0123abc#train": HubSource(
        repository="o-1/n_2.x", revision="0123abc", split="train"
    ),
    "hub:org/name:a-b.c@refs/convert/parquet#test": HubSource(
        repository="org/name", config="a-b.c", revision="refs/convert/parquet", split="test"
    ),
}


@pytest.mark.parametrize(("written", "source"), SOURCES.items())
def test_sources(written: str, source: HubSource) -> None:
    """What is written is read, and spelled the same again."""
    assert read_hub_source(written, where="") == source
    assert str(source) == written


@pytest.mark.parametrize("written", ["rows.jsonl", "hub/rows.csv", "data/hub:x.jsonl"])
def test_files_are_no_hub_sources(written: str) -> None:
    """Only what begins with ``hub:`` is a hub data set."""
    assert read_hub_source(written, where="") is None


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("hub:org/name", "names no split"),
        ("hub:org/name:all@main", "names no split"),
        ("hub:name#test", "names no hub data set"),
        ("hub:org/name#", "names no hub data set"),
        ("hub:org/name#test[:10]", "names no hub data set"),
        ("hub:org/name:#test", "names no hub data set"),
        ("hub:../name#test", "names no hub data set"),
        ("hub:org/name:../x#test", "names no hub data set"),
    ],
)
@pytest.mark.parametrize("key", ["data", "few_shot.data"])
def test_wrong_sources(folder: "Folder", written: str, what: str, key: str) -> None:
    """They are refused before any row is read, at the line that names them."""
    few_shot = f'few_shot: {{data: "{written}", count: 1}}'
    if key == "data":
        task_file = folder.generate(data=f'data: "{written}"')
    else:
        task_file = folder.generate(few_shot)
    line = 3 if key == "data" else 7
    with pytest.raises(FtevalsError) as caught:
        check_sources(task_file)
    message = str(caught.value).replace(f"{folder.path}/", "")
    assert message.startswith(f"demo.task.yaml:{line}: {written!r} {what}")
    assert "hub:ORG/NAME[:CONFIG][@REVISION]#SPLIT, like hub:cais/mmlu:all#test" in message


PLACES = {
    "jsonl": ("hub:o/n#test", ["o/n/test.jsonl"]),
    "csv": ("hub:o/n#test", ["o/n/test.csv"]),
    "parquet": ("hub:o/n#test", ["o/n/test.parquet"]),
    "config": ("hub:o/n:c#test", ["o/n/c/test.jsonl"]),
    "data folder": ("hub:o/n#test", ["o/n/data/test-00000-of-00001.parquet"]),
    "root": ("hub:o/n#test", ["o/n/test-00000-of-00001.parquet"]),
    "default": ("hub:o/n#test", ["o/n/default/test/0000.parquet"]),
    "with digest": ("hub:o/n#test", ["o/n/data/test-00000-of-00001-0123456789abcdef.parquet"]),
    "shards": (
        "hub:o/n:c#test",
        [f"o/n/c/test-0000{number}-of-00003.parquet" for number in range(3)],
    ),
    "split folder": ("hub:o/n:c#test", ["o/n/c/test/0000.parquet", "o/n/c/test/0001.parquet"]),
    "config within data": ("hub:o/n:c#test", ["o/n/data/c/test.jsonl"]),
    "only file": ("hub:o/n#train", ["o/n/input_data.jsonl"]),
}


@pytest.mark.parametrize(("written", "names"), PLACES.values(), ids=PLACES)
def test_files_of_a_split(tmp_path: Path, written: str, names: list[str]) -> None:
    """Every layout of the documentation is found, shards in order."""
    for name in [*names, "o/n/README.md", "o/n/data/other-00000-of-00001.parquet"][::-1]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    source = read_hub_source(written, where="")
    assert source is not None
    assert split_files(source, tmp_path) == tuple(tmp_path / name for name in names)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("hub:o/n#test", []),
        ("hub:o/n#test", ["o/n/tests.jsonl", "o/n/test.json", "o/other/test.jsonl"]),
        ("hub:o/n:c#test", ["o/n/test.jsonl"]),
        ("hub:o/n#test", ["o/n/test-00000-of-00002.parquet"]),
        ("hub:o/n#train", ["o/n/one.jsonl", "o/n/two.jsonl"]),
        ("hub:o/n#test", ["o/n/only.jsonl"]),
        ("hub:o/n#train", ["o/n/test.jsonl"]),
        ("hub:o/n#train", ["o/n/my-dev-rows.jsonl"]),
    ],
    ids=[
        "nothing",
        "other names",
        "no config",
        "a shard lacks",
        "two files",
        "one file, no train",
        "another split's",
        "another split's, too",
    ],
)
def test_no_files_of_a_split(tmp_path: Path, written: str, names: list[str]) -> None:
    """What is not laid out so is not taken: half of a split least of all."""
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    source = read_hub_source(written, where="")
    assert source is not None
    assert split_files(source, tmp_path) == ()


ROWS = [{"question": f"Q{number}", "answer": f"A{number}"} for number in range(4)]


def _hub_task(folder: "Folder", suffix: str = "jsonl") -> DataAccess:
    place = folder.path / "sets" / "org" / "name"
    place.mkdir(parents=True, exist_ok=True)
    for split, rows in (("test", ROWS[:2]), ("train", ROWS[2:])):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (place / f"{split}.{suffix}").write_text(text, encoding="utf-8")
    return DataAccess(folder=folder.path / "sets", offline=True)


HUB = 'data: "hub:org/name#test"'
EXAMPLES = 'few_shot: {data: "hub:org/name#train", count: 1}'


def test_rows_of_a_folder(folder: "Folder") -> None:
    """Cases and examples come from the folder; each case names its file and line."""
    access = _hub_task(folder)
    task = load_task_file(folder.generate(EXAMPLES, data=HUB), access)
    assert [case.prompt for case in task.cases] == ["Q2 A2\n\nQ0", "Q2 A2\n\nQ1"]
    assert task.cases[1].source == f"{folder.path}/sets/org/name/test.jsonl:2"
    assert task.data_source == "hub:org/name#test"


def test_data_hash_is_of_the_rows(folder: "Folder") -> None:
    """A data set has one hash, in whatever file or spelling it lies; its rows change it."""
    access = _hub_task(folder)
    task_file = folder.generate(data=HUB)
    before = load_task_file(task_file, access).data_hash
    path = folder.path / "sets/org/name/test.jsonl"
    rows = [dict(reversed(row.items())) for row in ROWS[:2]]
    path.write_text("\n".join(json.dumps(row, indent=None) for row in rows), encoding="utf-8")
    assert load_task_file(task_file, access).data_hash == before
    path.write_text(json.dumps(ROWS[0]), encoding="utf-8")
    assert load_task_file(task_file, access).data_hash != before


def test_examples_are_hashed_as_far_as_they_are_shown(folder: "Folder") -> None:
    """Of a training split only the examples shown are read; another one shown is another task."""
    access = _hub_task(folder)
    task_file = folder.generate(EXAMPLES, data=HUB)
    before = load_task_file(task_file, access).template_hash
    path = folder.path / "sets/org/name/train.jsonl"
    shown, other = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{shown}\n", encoding="utf-8")
    assert load_task_file(task_file, access).template_hash == before
    path.write_text(f"{other}\n", encoding="utf-8")
    assert load_task_file(task_file, access).template_hash != before


@pytest.mark.parametrize(
    ("suffix", "rows"),
    [
        ("jsonl", '{"question": "Q", "answer": "A"}\n{"question":'),
        ("csv", 'question,answer\nQ,A\n"Q'),
    ],
)
def test_rows_that_are_not_needed_are_not_read(folder: "Folder", suffix: str, rows: str) -> None:
    """What is broken behind the examples of a training split does not matter, as on the hub."""
    access = _hub_task(folder)
    train = folder.path / "sets/org/name/train.jsonl"
    train.unlink()
    train.with_suffix(f".{suffix}").write_text(rows, encoding="utf-8")
    task = load_task_file(folder.generate(EXAMPLES, data=HUB), access)
    assert task.cases[0].prompt == "Q A\n\nQ0"


def _missing(folder: "Folder", access: DataAccess, *extra: str) -> MissingDataError:
    with pytest.raises(MissingDataError) as caught:
        load_task_file(folder.generate(*extra, data=HUB), access)
    return caught.value


def test_missing_data_names_both_ways(folder: "Folder", monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the folder and the cache lack a data set, the message says what to do."""
    monkeypatch.setitem(sys.modules, "datasets", None)
    error = _missing(folder, DataAccess(folder=folder.path, offline=True))
    message = str(error).replace(f"{folder.path}/", "")
    assert message.startswith("demo.task.yaml:3: the data set hub:org/name#test is not at hand: ")
    assert f"--ftevals-data {folder.path} has no org/name/test.jsonl, and `datasets`" in message
    assert "run with --ftevals-data=DIR, where DIR has org/name/test.jsonl" in message
    assert "hf download org/name --repo-type dataset --local-dir DIR/org/name" in message
    assert "pip install 'pytest-ftevals[hub]'" in message
    assert not error.later


def test_missing_examples_stand_at_their_key(
    folder: "Folder", monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is the one that names the data set."""
    monkeypatch.setitem(sys.modules, "datasets", None)
    access = _hub_task(folder)
    (folder.path / "sets/org/name/train.jsonl").unlink()
    message = str(_missing(folder, access, EXAMPLES)).replace(f"{folder.path}/", "")
    assert message.startswith("demo.task.yaml:7: the data set hub:org/name#train is not at hand")


def test_empty_file_of_a_folder(folder: "Folder") -> None:
    """A split without rows is named by its file."""
    access = _hub_task(folder)
    path = folder.path / "sets/org/name/test.jsonl"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(FtevalsError, match=r"test\.jsonl:1: has no rows"):
        load_task_file(folder.generate(data=HUB), access)
