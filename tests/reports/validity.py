"""What is wrong with a report's file, whatever it says: not its format, or open to what it quotes.

Each function yields problems, none for a good file.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

import yaml
from jsonschema import Draft202012Validator
from tinyhtml5.parser import HTMLParser

from pytest_ftevals.reports.html.cases import scripts
from pytest_ftevals.reports.schemas import record_schema, sample_schema
from tests.markdown.rendered import render

_SPACE = "{http://www.w3.org/1999/xhtml}"
_DATA = "application/octet-stream"
_FRAGMENT = re.compile(r"#[a-z][a-z\d-]*([?=].*)?", re.DOTALL)
_OF_GITHUB = re.compile(r"@\w|#\d|\bGH-\d|://|\bwww\.", re.IGNORECASE)
"""What GitHub makes a link of in a comment, outside of code."""
_OF_HUB = re.compile(r"@\w|#\d")
"""The same in a model card; addresses are links by Markdown's own rules."""
_RECORD = Draft202012Validator(record_schema())
_SAMPLE = Draft202012Validator(sample_schema())


def record_json(text: str) -> Iterator[str]:
    """Strict JSON, and a record."""
    yield from (error.message for error in _RECORD.iter_errors(strict_json(text)))


def samples_jsonl(text: str) -> Iterator[str]:
    """A sample each line, by every reader's idea of a line."""
    lines = text.splitlines()
    if len(lines) != text.count("\n"):
        yield "lines differ between readers"
    for line in lines:
        yield from (error.message for error in _SAMPLE.iter_errors(strict_json(line)))


def report_html(text: str) -> Iterator[str]:
    """HTML without a single parse error, of elements and attributes that any record's page has."""
    parser = HTMLParser()
    page = parser.parse(_without_own_scripts(text))
    yield from (f"parse error {error}" for error in parser.errors)
    yield from _elements(page)


def fragment_of_html(text: str) -> Iterator[str]:
    """HTML for the body of somebody else's page, without a single parse error."""
    parser = HTMLParser()
    fragment = parser.parse(f"<!doctype html><title>x</title><body>{text}")
    yield from (f"parse error {error}" for error in parser.errors)
    yield from _elements(fragment)


def _elements(page: ET.Element) -> Iterator[str]:
    for element in page.iter():
        if not isinstance(element.tag, str):
            yield f"a comment: {element.text!r}"
            continue
        tag = element.tag.rpartition("}")[2]
        if tag not in HTML_ELEMENTS:
            yield f"an element {tag}"
        yield from _attributes(tag, element)
        if tag == "script":
            yield from _data_block(element)


def report_md(text: str) -> Iterator[str]:
    """GitHub's Markdown in which nothing outside of code is a link, an image or a mention."""
    yield from _markdown(text, MARKDOWN_ELEMENTS, _OF_GITHUB)
    if len(text.encode("utf-16-le")) > 2 * 60_000:
        yield "longer than a comment may be"


def model_card(text: str) -> Iterator[str]:
    """YAML between two rules, then Markdown."""
    start, head, body = text.split("---\n", 2)
    if start:
        yield f"{start!r} before the metadata"
    data = yaml.safe_load(head)
    if not isinstance(data, dict):
        yield f"the metadata are {type(data).__name__}"
    json.dumps(data, allow_nan=False)
    yield from _markdown(body, MARKDOWN_ELEMENTS | {"span"}, _OF_HUB)


CHECKS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "record.json": record_json,
    "samples.jsonl": samples_jsonl,
    "report.html": report_html,
    "report.md": report_md,
    "model-card": model_card,
}


def check_of(file: str) -> Callable[[str], Iterator[str]]:
    """Return what checks a file of a report; raises KeyError for a format without a check."""
    return CHECKS["model-card" if file.startswith("model-card") else file]


def strict_json(text: str | bytes) -> Any:
    """Return parsed JSON; raises ValueError for NaN and infinities, which are none."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _markdown(text: str, elements: frozenset[str], linked: re.Pattern[str]) -> Iterator[str]:
    found = render(text)
    for tag in set(found.tags) - elements:
        yield f"an element {tag}"
    for tag, name, value in found.attributes:
        if name.startswith("on") or name in {"src", "style"}:
            yield f"{tag} has {name}={value!r}"
    yield from (f"{one!r} outside of code" for one in linked.findall(found.plain))


def _data_block(element: ET.Element) -> Iterator[str]:
    """Check a script that is left without the page's own: it holds data, and nothing runs."""
    if element.get("type") != _DATA:
        yield f"a script: {element.text!r}"
    else:
        strict_json(gzip.decompress(base64.b64decode(element.text or "", validate=True)))


def _attributes(tag: str, element: ET.Element) -> Iterator[str]:
    for name, value in element.items():
        if name.startswith("on") or name in {"src", "srcset", "action", "formaction", "background"}:
            yield f"{tag} has {name}={value!r}"
        if name.endswith("href") and not _FRAGMENT.fullmatch(unescape(value)):
            yield f"{tag} leads to {value!r}"


def _without_own_scripts(text: str) -> str:
    """Return a page with nothing for the scripts that every page has: they take long to parse."""
    for block in OWN:
        text = text.replace(block, f' type="{_DATA}">{NOTHING}</script>', 1)
    return text


NOTHING = base64.b64encode(gzip.compress(b"[]")).decode()
OWN = tuple(f">{script}</script>" for script in scripts())
_HTML = """
    html head meta title style script noscript body header nav main section article footer
    h1 h2 h3 h4 p a br ul ol li dl dt dd div span bdi code pre strong em small kbd mark ins del i b
    table caption colgroup col thead tbody tr th td figure figcaption details summary dialog
    form fieldset legend label input select option button output progress
    svg defs symbol use g path rect line circle polygon text tspan desc
"""
_MARKDOWN = (
    "p h1 h2 h3 pre code strong em ul ol li br hr details summary table thead tbody tr th td"
)
HTML_ELEMENTS = frozenset(_HTML.split())
MARKDOWN_ELEMENTS = frozenset(_MARKDOWN.split())
