"""Clusters: the column that makes them, read for every case, and what is refused."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.canonical import JSON

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

ROW: dict[str, JSON] = {"question": "Q", "answer": "x", "choices": ["x", "y"]}


def _rows(folder: "Folder", *passages: JSON) -> None:
    folder.rows(*({**ROW, "passage": passage} for passage in passages))


@pytest.mark.parametrize("kind", ["generate", "choice"])
def test_cases_have_their_clusters(folder: "Folder", kind: str) -> None:
    """Task and cases say what belongs together; the order of the rows does not matter."""
    _rows(folder, "p1", "p2", "p1")
    read = (folder.choice if kind == "choice" else folder.generate)("cluster: passage")
    task = folder.load(read)
    assert (read.cluster, task.cluster) == ("passage", "passage")
    assert [case.cluster for case in task.cases] == ["p1", "p2", "p1"]


def test_without_the_key_there_are_none(folder: "Folder") -> None:
    """A column of that name alone makes no clusters."""
    folder.rows({**ROW, "cluster": "p1"}, {**ROW, "cluster": "p2"})
    task = folder.load(folder.generate())
    assert task.cluster is None
    assert [case.cluster for case in task.cases] == [None, None]


@pytest.mark.parametrize(
    ("value", "text"),
    [("de", "de"), (3, "3"), (0, "0"), (True, "true"), (" a ", " a "), ([1, "ä"], '[1,"ä"]')],
)
def test_clusters_are_texts(folder: "Folder", value: JSON, text: str) -> None:
    """A cluster is a text, other values as JSON spells them."""
    _rows(folder, value, "other")
    cases = folder.load(folder.generate("cluster: passage")).cases
    assert [case.cluster for case in cases] == [text, "other"]


def test_a_case_may_be_its_own_cluster(folder: "Folder") -> None:
    """As many clusters as cases are fine, and a column may make slices as well."""
    _rows(folder, "p1", "p2", "p3")
    cases = folder.load(folder.generate("cluster: passage", "slices: [passage]")).cases
    assert [case.cluster for case in cases] == [case.slices["passage"] for case in cases]


def test_csv(folder: "Folder") -> None:
    """Cells of a CSV file work the same, and an empty one is no cluster."""
    folder.write("rows.csv", "question,answer,passage\nQ1,x,p1\nQ2,x,p2\n")
    read = folder.generate("cluster: passage", data="data: rows.csv")
    assert [case.cluster for case in folder.load(read).cases] == ["p1", "p2"]
    folder.write("rows.csv", "question,answer,passage\nQ1,x,p1\nQ2,x,\n")
    assert folder.load_error(read).startswith("rows.csv:3: `cluster` names the column 'passage', ")


def test_a_missing_column(folder: "Folder") -> None:
    """A row without the column is named, with the columns it has."""
    folder.rows({**ROW, "passage": "p1"}, ROW)
    error = folder.load_error(folder.generate("cluster: passage"))
    assert error.startswith("rows.jsonl:2: `cluster` names the column 'passage', which this row la")
    assert "Columns of the row: question, answer, choices." in error


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_an_empty_value(folder: "Folder", value: JSON) -> None:
    """Rows without a value would make one large cluster of what does not belong together."""
    _rows(folder, "p1", value, value)
    assert folder.load_error(folder.generate("cluster: passage")) == (
        "rows.jsonl:2: `cluster` names the column 'passage', which is empty in this row\n"
        "  Give a case that stands alone a value of its own there."
    )


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_single_cluster(folder: "Folder", count: int) -> None:
    """One cluster in all is refused at the key, with its value and what to do."""
    _rows(folder, *["p1"] * count)
    assert folder.load_error(folder.generate("cluster: passage")) == (
        "demo.task.yaml:7: `cluster` names the column 'passage', and every case has the same value "
        "in it, 'p1'\n"
        "  A single cluster says nothing of the spread among clusters. Name a column with two "
        "values or more, or leave `cluster` out."
    )


def test_a_long_value_is_cut(folder: "Folder") -> None:
    """The column may hold the passage itself."""
    _rows(folder, "word " * 1000, "word " * 1000)
    assert len(folder.load_error(folder.generate("cluster: passage"))) < 400
