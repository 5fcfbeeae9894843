"""Candidates in node ids: found as a whole, taken out as if they had never been there."""

import pytest

from pytest_ftevals.reports.node_ids import named_in, renamed, without

NAMES = ("r8", "r8-long", "mmlu", "Ünï")


@pytest.mark.parametrize(
    ("nodeid", "name", "rest"),
    [
        ("t.py::test[r8]", "r8", "t.py::test"),
        ("t.py::test[r8-mmlu]", "r8", "t.py::test[mmlu]"),
        ("t.py::test[x-r8-1]", "r8", "t.py::test[x-1]"),
        ("t.py::test[x-r8]", "r8", "t.py::test[x]"),
        ("t.py::test[r8-long-x]", "r8-long", "t.py::test[x]"),
        (r"t.py::test[\xdcn\xef-x]", "Ünï", "t.py::test[x]"),
    ],
)
def test_a_name_in_brackets(nodeid: str, name: str, rest: str) -> None:
    """The first, of those that begin there the longest, also as pytest escapes it."""
    assert named_in(nodeid, NAMES) == name
    assert without(nodeid, name) == rest
    assert named_in(renamed(nodeid, name, "Ö"), ["Ö"]) == "Ö"


@pytest.mark.parametrize("nodeid", ["t.py::r8", "r8/t.py::test[r80]", "t.py::test[r8.1-_r8]"])
def test_parts_of_other_words_are_none(nodeid: str) -> None:
    """Nor are files and functions."""
    assert named_in(nodeid, NAMES) is None
    assert without(nodeid, "r8") == renamed(nodeid, "r8", "x") == nodeid
