"""Parquet files: rows, their numbers, and values that have no JSON spelling."""

import datetime as dt
import decimal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.data_file import read_rows, rows_of_files

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder


def _write(path: Path, rows: list[dict[str, Any]], schema: Any = None) -> Path:
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra [parquet]")
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), path)
    return path


def _rows(path: Path) -> list[dict[str, Any]]:
    return [row.values for row in read_rows(path, written=path.name, where="").rows]


def test_values_are_json(tmp_path: Path) -> None:
    """Lists, structs and nulls come as they are; dates and decimals as texts."""
    rows: list[dict[str, Any]] = [
        {
            "text": "ü\n",
            "whole": 3,
            "real": 0.5,
            "flag": True,
            "none": None,
            "list": ["a", None],
            "struct": {"text": ["x"], "label": [1]},
            "day": dt.date(2024, 1, 31),
            "at": dt.datetime(2024, 1, 31, 12, 30, tzinfo=dt.UTC),
            "price": decimal.Decimal("1.50"),
        },
        {"text": "b", "list": [], "struct": {"text": [], "label": []}},
    ]
    first, second = _rows(_write(tmp_path / "d.parquet", rows))
    assert first == {
        **rows[0],
        "day": "2024-01-31",
        "at": "2024-01-31T12:30:00+00:00",
        "price": "1.50",
    }
    assert second["text"] == "b"
    assert second["whole"] is None
    assert second["struct"] == {"text": [], "label": []}


def test_class_labels_and_dictionaries(tmp_path: Path) -> None:
    """Numbers of classes stay numbers, dictionary-encoded texts are texts."""
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    schema = pyarrow.schema(
        [("label", pyarrow.int64()), ("text", pyarrow.dictionary(pyarrow.int8(), pyarrow.string()))]
    )
    rows = [{"label": 1, "text": "x"}, {"label": 0, "text": "y"}]
    assert _rows(_write(tmp_path / "d.parquet", rows, schema)) == rows


def test_a_task_over_parquet(folder: "Folder") -> None:
    """A case names the file and the number of its row."""
    _write(folder.path / "d.parquet", [{"question": f"Q{n}", "answer": "a"} for n in range(3)])
    task = folder.load(folder.generate(data="data: d.parquet"))
    assert [case.prompt for case in task.cases] == ["Q0", "Q1", "Q2"]
    assert task.cases[2].source == f"{folder.path}/d.parquet:3"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (b"\x89PNG", "a value of type bytes"),
        ([b"x"], "a value of type bytes"),
        ({"bytes": b"\x89PNG", "path": "a.png"}, "a value of type bytes"),
        (float("inf"), "the number inf"),
        (dt.timedelta(1), "a value of type timedelta"),
    ],
)
def test_values_without_json_fail_where_they_are_read(
    folder: "Folder", value: Any, what: str
) -> None:
    """A table with a picture is no problem; a template or a key that names it says what it is."""
    rows = [{"question": "Q", "answer": "a", "image": one} for one in (None, value)]
    _write(folder.path / "d.parquet", rows)
    data = "data: d.parquet"
    task = folder.load(folder.generate("columns: {long: '{{ question }}?'}", data=data))
    assert [sorted(case.row) for case in task.cases] == [
        ["answer", "image", "long", "question"],
        ["answer", "long", "question"],
    ]
    for template in ("image[:1] if image else 1", "row.image or 1", "[1, image]"):
        key = f'columns: {{x: "{{{{ {template} }}}}"}}'
        error = folder.load_error(folder.generate(key, data=data))
        assert error.startswith("d.parquet:2: the template `columns.x` fails on this row: ")
        assert f"the column 'image' holds {what}, which has no JSON value" in error
    error = folder.load_error(folder.generate("slices: [image]", data=data))
    assert f"d.parquet:2: `slices` names the column 'image', which holds {what}" in error


def test_nan_is_null(tmp_path: Path) -> None:
    """As tables hold what is missing, also within lists and structs."""
    nan = float("nan")
    rows: list[dict[str, Any]] = [{"x": 0.5, "y": [0.5], "z": {"a": 1.5}}]
    rows += [{"x": nan, "y": [nan, 1.5], "z": {"a": nan}}]
    found = _rows(_write(tmp_path / "d.parquet", rows))
    assert found == [rows[0], {"x": None, "y": [None, 1.5], "z": {"a": None}}]


@pytest.mark.parametrize("most", [1, 3, 4, 6, 9])
def test_no_more_rows_than_are_needed(tmp_path: Path, most: int) -> None:
    """The first ones, over the parts of a split."""
    names = [f"train-0000{part}-of-00002.parquet" for part in (0, 1)]
    paths = [_write(tmp_path / name, [{"x": f"{name} {n}"} for n in range(3)]) for name in names]
    every = rows_of_files(paths)
    assert len(every) == 6
    assert rows_of_files(paths, most) == every[:most]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all, only a text"])
def test_broken_files(folder: "Folder", content: bytes) -> None:
    """A file that is no Parquet is refused by name."""
    pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    (folder.path / "d.parquet").write_bytes(content)
    error = folder.load_error(folder.generate(data="data: d.parquet"))
    assert error.startswith("d.parquet: is no Parquet file that can be read: ")


def test_no_rows(tmp_path: Path) -> None:
    """A table without rows is refused."""
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra [parquet]")
    path = _write(tmp_path / "d.parquet", [], pyarrow.schema([("a", pyarrow.string())]))
    with pytest.raises(FtevalsError, match=r"d\.parquet:1: has no rows"):
        _rows(path)


def test_without_pyarrow(folder: "Folder", monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the command that installs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    folder.write("d.parquet", "PAR1")
    error = folder.load_error(folder.generate(data="data: d.parquet"))
    assert error.startswith("d.parquet: reading Parquet files needs pyarrow, which is not instal")
    assert "pip install 'pytest-ftevals[parquet]'" in error
