"""Reading a page as a browser's parser does, without a browser."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from tinyhtml5.parser import HTMLParser

from pytest_ftevals.reports.html.cases import scripts

_BLOCKS = frozenset(["dd", "dt", "div", "li", "p", "td", "th", "h3", "h4", "article", "summary"])


def parsed(text: str) -> ET.Element:
    """Return the page's ``html``, names of elements without their spaces; fails on any mistake.

    Its scripts are left empty: they are the same in every page.
    """
    for script in scripts():
        text = text.replace(f"<script>{script}</script>", "<script></script>", 1)
    parser = HTMLParser()
    page: ET.Element = parser.parse(text)
    assert not parser.errors
    for element in page.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return page


def found(page: ET.Element, tag: str, **wanted: str) -> Iterator[ET.Element]:
    """Yield the elements of a name with these attributes; of ``class_`` one class is enough."""
    for element in page.iter(tag):
        classes = element.get("class", "").split()
        if all(
            value in classes if key == "class_" else element.get(key) == value
            for key, value in wanted.items()
        ):
            yield element


def one(page: ET.Element, tag: str, **wanted: str) -> ET.Element:
    """Return the only such element."""
    (element,) = found(page, tag, **wanted)
    return element


def text_of(element: ET.Element) -> str:
    """Return an element's text as it is read, one space where there are several."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: ET.Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        apart = " " if child.tag in _BLOCKS else ""
        yield apart
        yield from _texts(child)
        yield apart + (child.tail or "")
