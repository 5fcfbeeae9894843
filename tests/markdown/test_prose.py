"""Plain text as Markdown prose: shown as written, with nothing in it linked or drawn."""

import re
from xml.etree import ElementTree as ET

import pytest
import tinyhtml5
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_ftevals.reports.english import named
from pytest_ftevals.reports.markdown.prose import prose
from tests.markdown.rendered import html
from tests.reports.hostile import HOSTILE

hostile = st.sampled_from(HOSTILE) | st.text(
    st.sampled_from("`|\\ <>&*_[]()!@#$:~-+=.w1\n\t") | st.characters(), max_size=30
)
# GitHub and the hub look for these in each piece of text between two elements.
_LINKED = re.compile(r"@\w|#\d|://|:\w+:|\$.*\$|\\[(\[]")


_BODY = "{http://www.w3.org/1999/xhtml}body"


def _body(markdown: str) -> ET.Element:
    found: ET.Element | None = tinyhtml5.parse(html(markdown)).find(_BODY)
    assert found is not None
    return found


def _tags(element: ET.Element) -> set[str]:
    return {str(one.tag).rpartition("}")[2] for one in element.iter()}


@given(hostile)
@example("1. one")
@example("- - -")
@example("1) a")
@example("=")
@example("a@b.com http://a.b www.a.b mailto:a@b.c")
@example("\\( x \\) $$y$$ \\")
def test_prose_reads_as_written(text: str) -> None:
    """As a paragraph and as an item of a list: no other element, the same text, no link."""
    shown = named(text, 300)
    for before, allowed in (("", set()), ("- ", {"ul", "li"})):
        body = _body(f"{before}{prose(shown)}\n")
        assert _tags(body) <= {"body", "p", "span"} | allowed
        assert "".join(body.itertext()).strip("\n") == shown
        for one in body.iter():
            for piece in (one.text or "", one.tail or ""):
                assert not _LINKED.search(piece)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("trec is better: +3.0 points", "trec is better: +3.0 points"),
        ("q_proj >= 3", r"q\_proj &gt;= 3"),
        ("a.py::b", "a.py<span>:</span><span>:</span>b"),
        ("12. x", r"12\. x"),
        ("-x", r"\-x"),
    ],
)
def test_plain_english_stays_readable(text: str, markdown: str) -> None:
    """What means nothing in Markdown is left as it is."""
    assert prose(text) == markdown
