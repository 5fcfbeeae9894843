"""The whole page: templates, style and scripts in one file, with a policy that allows no more.

Nothing is fetched: styles and scripts stand in the page, and its Content-Security-Policy lets
scripts run only if their SHA-256 is in it. Text of models, data and users reaches the page through
Jinja2's autoescape.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.beside_full import beside_full
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.html import cases, confusion, deltas, evidence, failures, made, scatter
from pytest_ftevals.reports.html.listed import Listed, listed
from pytest_ftevals.reports.html.text import FILTERS
from pytest_ftevals.reports.limitations import limitations
from pytest_ftevals.reports.page import Page
from pytest_ftevals.reports.summary import summary

_FOLDER = Path(__file__).parent
_STYLES = ("style.css", "style_media.css", "cases.css")
_AT_LEAST = 65_536
"""Characters of a part: a write per fragment of a template costs more than making it."""


def html_parts(record: Record, samples: Sequence[Sample]) -> Iterator[str]:
    """Yield the page in parts; only the case browser's data grow with the number of cases.

    Without samples there is no case browser, and no script at all.
    """
    run = cases.scripts() if samples else ()
    page = environment().get_template("page.html.j2")
    return _joined(
        page.generate(
            policy=_policy(run),
            styles=[_trusted((_FOLDER / file).read_text(encoding="utf-8")) for file in _STYLES],
            scripts=[_trusted(script) for script in run],
            has_cases=bool(samples),
            payload=cases.payload(record, samples),
            **_content(record, listed(samples)),
        )
    )


def _content(record: Record, shown: Listed) -> dict[str, object]:
    """Return what the templates show, by the names that they use."""
    tables = deltas.delta_tables(record)
    return {
        "record": record,
        "headline": headline(record),
        "summary": summary(record),
        "tables": tables,
        "side_by_side": deltas.overview(tables),
        "stated": evidence.stated(record),
        "computed": evidence.computed(tables),
        "beside_full": beside_full(record, Page(width=1)),
        "trade": scatter.traded(record),
        "failures": failures.failures(record, shown),
        "patterns": failures.patterns(record, shown),
        "log": failures.failure_log(record),
        "confusions": confusion.confusions(record),
        "notes": made.notes(record),
        "limitations": limitations(record),
        "run_facts": made.run_facts(record),
        "variants": made.variants(record),
        "tasks": made.task_facts(record),
        "tests": made.tests(record),
    }


@cache
def environment() -> Environment:
    """Return the templates of this folder, every value in them escaped."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


def _trusted(text: str) -> Markup:
    """Return a file of this package for a template that shall not escape it."""
    return Markup(text)  # noqa: S704


def _policy(scripts: Sequence[str]) -> str:
    """Return a Content-Security-Policy under which these scripts run, and nothing else does."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests) or "'none'"
    return (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src {allowed}; base-uri 'none'; form-action 'none'"
    )


def _joined(fragments: Iterable[str]) -> Iterator[str]:
    waiting: list[str] = []
    length = 0
    for fragment in fragments:
        waiting.append(fragment)
        length += len(fragment)
        if length >= _AT_LEAST:
            yield "".join(waiting)
            waiting, length = [], 0
    yield "".join(waiting)
