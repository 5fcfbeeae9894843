"""Hostile text in Markdown: one code span or one block, whose text is the cleaned text."""

from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.reports.clean import clean, excerpt
from pytest_ftevals.reports.markdown.text import (
    FOLD_END,
    LONGEST,
    cell,
    code,
    fenced,
    folded,
    in_summary,
    table_head,
    table_row,
)
from tests.markdown.rendered import render
from tests.reports.hostile import HOSTILE

hostile = st.sampled_from(HOSTILE) | st.text(
    st.sampled_from("`|\\ <>&*_[]()!@#$:~-+=.\n\t") | st.characters(), max_size=30
)


def wanted(text: str) -> str:
    """Return what a span shows of a text."""
    return excerpt(text, LONGEST) or '""'


@given(hostile)
def test_a_span_is_one_element_of_code(text: str) -> None:
    """Wherever it stands in a line, before and after it is our text alone."""
    for before, after in (("", ""), ("- ", ""), ("a ", " b"), ("**x** ", ": y")):
        found = render(f"{before}{code(text)}{after}\n")
        assert found.codes == [wanted(text)]
        assert set(found.tags) <= {"p", "ul", "li", "strong", "code"}
        assert found.words <= {"a", "b", "x", "y"}


@given(st.lists(hostile, min_size=1, max_size=4))
def test_a_cell_is_one_cell(texts: list[str]) -> None:
    """Pipes and backslashes neither end a cell nor change its text."""
    table = table_head(*["x"] * len(texts)) + table_row(map(cell, texts)) + table_row(["y"])
    found = render(table)
    assert found.rows[1] == [wanted(text) for text in texts]
    assert found.codes == found.rows[1]
    assert [len(row) for row in found.rows] == [len(texts)] * 3
    assert found.words == {"x", "y"}


@given(st.lists(hostile, max_size=5))
def test_a_block_is_one_block(lines: list[str]) -> None:
    """No line ends the fence; what follows is ours again."""
    found = render(folded("x", fenced(lines)) + FOLD_END + "after\n")
    (shown,) = found.codes
    assert shown == "".join(f"{line}\n" for line in map(clean, lines)) or not lines
    assert found.tags == ["details", "summary", "pre", "code", "p"]
    assert found.words == {"x", "after"}


@given(hostile)
def test_a_summary_holds_it_too(text: str) -> None:
    """What stands in HTML is escaped."""
    found = render(folded(f"x {in_summary(text)} y", "body\n") + FOLD_END)
    assert found.folds == [f"x {wanted(text)} y"]
    assert found.tags == ["details", "summary", "code", "p"]
    assert found.words == {"x", "y", "body"}


def test_the_hostile_list_breaks_what_is_not_escaped() -> None:
    """These checks can fail: as plain text the same list gives links, images and scripts."""
    texts = (text.encode(errors="replace").decode() for text in HOSTILE)
    tags = {tag for text in texts for tag in render(text).tags}
    assert tags > {"a", "img", "h1", "blockquote", "del"}
