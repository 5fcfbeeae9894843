"""Markdown as GitHub renders it: cmark-gfm with its extensions, then read as a browser would."""

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import cmarkgfm
import tinyhtml5
from cmarkgfm.cmark import Options

_SPACE = "{http://www.w3.org/1999/xhtml}"
_CODE = frozenset({"code", "pre"})


@dataclass
class Rendered:
    """What a reader sees: elements in order, and text that stands in code or outside of it."""

    tags: list[str] = field(default_factory=list)
    attributes: set[tuple[str, str, str]] = field(default_factory=set)
    """(tag, name, value)"""
    plain: str = ""
    """Text outside of code, which GitHub reads for mentions, links, emoji and formulas."""
    codes: list[str] = field(default_factory=list)
    comments: int = 0
    rows: list[list[str]] = field(default_factory=list)
    """The cells of every row of a table, headers too."""
    folds: list[str] = field(default_factory=list)
    """The summaries of folded sections."""

    @property
    def words(self) -> set[str]:
        """The words of the text outside of code."""
        return set(re.findall(r"[^\W\d_]+", self.plain))


def render(text: str) -> Rendered:
    """Return a comment as GitHub would show it; raw HTML is kept, as GitHub keeps ``details``."""
    return read(html(text))


def html(text: str) -> str:
    """Return a comment's HTML, before GitHub's sanitizer."""
    shown: str = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    return shown


def read(page: str) -> Rendered:
    """Read the body of a page as a browser does."""
    body = tinyhtml5.parse(page).find(f"{_SPACE}body")
    assert body is not None
    found = Rendered()
    for child in body:
        _walk(child, found, in_code=False)
    found.plain += body.text or ""
    return found


def _walk(element: ET.Element, found: Rendered, *, in_code: bool) -> None:
    if not isinstance(element.tag, str):
        found.comments += 1
        found.plain += element.tail or ""
        return
    tag = element.tag.removeprefix(_SPACE)
    found.tags.append(tag)
    found.attributes |= {(tag, name, value) for name, value in element.items()}
    if tag == "tr":
        found.rows.append(["".join(cell.itertext()) for cell in element])
    if tag == "summary":
        found.folds.append("".join(element.itertext()))
    inside = in_code or tag in _CODE
    if tag == "code":
        found.codes.append("".join(element.itertext()))
    if not inside:
        found.plain += element.text or ""
    for child in element:
        _walk(child, found, in_code=inside)
    if not in_code:
        found.plain += f"\n{element.tail or ''}"
