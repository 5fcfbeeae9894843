"""Data files: JSONL and CSV rows, their lines, and what is refused."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.data_file import read_rows

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

LONG = "x" * 200_000
MISTAKES = {
    "empty": ("d.jsonl", "", "d.jsonl:1: has no rows"),
    "blank": ("d.jsonl", "\n \n", "d.jsonl:1: has no rows"),
    "broken": ("d.jsonl", '{"a": 1}\n{"a": \n', "d.jsonl:2: is not JSON: Expecting value"),
    "after blank": ("d.jsonl", '{"a": 1}\n\n{"a"}\n', "d.jsonl:3: is not JSON"),
    "array file": ("d.jsonl", "[\n", "d.jsonl:1: is not JSON"),
    "list row": ("d.jsonl", "[1]\n", "d.jsonl:1: the row is not an object with columns"),
    "text row": ("d.jsonl", '{"a": 1}\n"x"', "d.jsonl:2: the row is not an object"),
    "no columns": ("d.jsonl", "{}\n", "d.jsonl:1: the row is not an object with columns"),
    "nan": ("d.jsonl", '{"a": NaN}\n', "d.jsonl:1: is not JSON: NaN is no JSON number"),
    "surrogate": ("d.jsonl", '{"a": "\\ud800"}\n', "d.jsonl:1: holds half a character"),
    "deep": ("d.jsonl", '{"a": ' + "[" * 100_000, "d.jsonl:1: the row is nested too deeply"),
    "long number": ("d.jsonl", '{"a": ' + "9" * 5000 + "}", "d.jsonl:1: is not JSON: Exceeds"),
    "csv empty": ("d.csv", "", "d.csv:1: has no rows"),
    "csv header only": ("d.csv", "a,b\n", "d.csv:1: has no rows"),
    "csv short": ("d.csv", "a,b\n1,2\n3\n", "d.csv:3: the row has 1 cells and the header 2"),
    "csv long": ("d.csv", "a,b\n1,2,3\n", "d.csv:2: the row has 3 cells and the header 2"),
    "csv after newline": ("d.csv", 'a,b\n"1\n2",3\n4\n', "d.csv:4: the row has 1 cells"),
    "csv quote": ("d.csv", 'a,b\n1,2\n"3,4\n', "d.csv:3: is not CSV: unexpected end of data"),
    "csv text after quote": ("d.csv", 'a\n"x"y\n', "d.csv:2: is not CSV: "),
    "csv no name": ("d.csv", "a,,c\n1,2,3\n", "d.csv:1: column 2 of the header has no name"),
    "csv two names": ("d.csv", "a,b,a\n1,2,3\n", "d.csv:1: the header names the column 'a' tw"),
    "csv field": ("d.csv", f"a\n{LONG}\n", "d.csv:2: is not CSV: field larger than field limit"),
}


@pytest.mark.parametrize(("name", "text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_broken_data_is_refused_at_its_line(
    folder: "Folder", name: str, text: str, message: str
) -> None:
    """Every broken record is named by file and line."""
    folder.write(name, text)
    error = folder.load_error(folder.generate(data=f"data: {name}"))
    assert error.startswith(message)


@pytest.mark.parametrize("data", ["d.json", "d", "d.jsonl.gz", "hub.txt"])
def test_other_formats_are_refused(folder: "Folder", data: str) -> None:
    """Other formats are refused where the task file names them."""
    error = folder.load_error(folder.generate(data=f'data: "{data}"'))
    assert error.startswith("demo.task.yaml:3: data are read from JSONL, CSV and Parquet files")
    assert repr(data) in error


def test_missing_file(folder: "Folder") -> None:
    """A missing data file is named at the key that names it."""
    error = folder.load_error(folder.generate())
    assert error.startswith("demo.task.yaml:3: cannot read the data file rows.jsonl: No such fil")
    assert "relative to the task file" in error


def test_folder_instead_of_file(folder: "Folder") -> None:
    """A folder in place of a file is refused."""
    (folder.path / "rows.jsonl").mkdir()
    assert "cannot read the data file rows.jsonl: Is a directory" in folder.load_error(
        folder.generate()
    )


def test_other_encoding(tmp_path: Path) -> None:
    """The line of the first byte that is not UTF-8 is named."""
    path = tmp_path / "d.csv"
    path.write_bytes(b"a\nx\n\xe4\n")
    with pytest.raises(FtevalsError, match=r"d\.csv:3: is not UTF-8 text"):
        read_rows(path, written="d.csv", where="")


@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "bom"])
def test_csv(folder: "Folder", bom: str) -> None:
    """CSV cells are texts; line breaks in cells and blank lines keep the line numbers right."""
    path = folder.write("d.CSV", f'{bom}a,b b\r\n1,"x, ""y""\nz"\r\n\r\n2,\r\n')
    rows = read_rows(path, written="d.CSV", where="").rows
    assert [row.values for row in rows] == [
        {"a": "1", "b b": 'x, "y"\nz'},
        {"a": "2", "b b": ""},
    ]
    assert [row.where.rpartition(":")[2] for row in rows] == ["2", "5"]


def test_jsonl(folder: "Folder") -> None:
    """JSONL keeps types; only a line feed ends a row."""
    path = folder.write("d.jsonl", '\ufeff{"a": 1, "b": "x\u2028y"}\r\n\n{"a": null}')
    rows = read_rows(path, written="d.jsonl", where="").rows
    assert [row.values for row in rows] == [{"a": 1, "b": "x\u2028y"}, {"a": None}]
    assert [row.where.rpartition(":")[2] for row in rows] == ["1", "3"]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_jsonl_and_csv_give_the_same_cases(shared: "Folder", rows: list[tuple[str, str]]) -> None:
    """The same texts in either format make the same cases, up to their source."""
    shared.rows(*({"question": f"Q{q}", "answer": a} for q, a in rows))
    quoted = [[f"Q{q}".replace('"', '""'), a.replace('"', '""')] for q, a in rows]
    lines = ['"question","answer"', *(f'"{q}","{a}"' for q, a in quoted)]
    shared.write("rows.csv", "\r\n".join(lines))
    one = shared.load(shared.generate()).cases
    other = shared.load(shared.generate(data="data: rows.csv")).cases
    assert [(c.id, c.prompt, c.expected, c.row) for c in one] == [
        (c.id, c.prompt, c.expected, c.row) for c in other
    ]
