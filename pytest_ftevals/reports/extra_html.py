"""What a test's row in a pytest-html report says: its thresholds and the worst cases, as HTML."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from jinja2 import Environment, StrictUndefined, Template

from pytest_ftevals.core.record import ComparisonRow, Outcome, Record, Sample, TestRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.deltas import condition, number_cells, percent_of
from pytest_ftevals.reports.html.text import FILTERS, case_link
from pytest_ftevals.reports.page import Style
from pytest_ftevals.reports.verdicts import RowVerdict, Verdicts

HTML_REPORT = "report.html"

_COLOURS: Mapping[Style | None, str] = {
    "good": "#1a7f37",
    "bad": "#cf222e",
    "warn": "#9a6700",
    None: "inherit",
}
_HEADER = ("task", "metric", "candidate", "n", "base", "value", "delta")
_TEMPLATE = """\
<div class="ftevals">
{%- if lines %}<table style="border-collapse: collapse; margin: 0.5em 0">
<thead><tr>{% for name in header %}
<th scope="col" style="text-align: left; padding: 0.1em 0.8em 0.1em 0">{{ name }}</th>
{%- endfor %}</tr></thead>
<tbody>{% for cells, colour in lines %}<tr>{% for cell in cells %}
<td style="padding: 0.1em 0.8em 0.1em 0{{ "; color: " + colour if loop.last }}">
{{- cell | name }}</td>
{%- endfor %}</tr>{% endfor %}</tbody>
</table>{% endif %}
{%- if worst %}<p>worst cases</p>
<ul>{% for line in worst %}<li>{{ line | prose }}</li>{% endfor %}</ul>{% endif %}
{%- if cases %}<ul>{% for one in cases %}
<li>{{ one.variant | name }} on {{ one.task | name }}, case {{ one.case | name }}:
{% for label in one.labels %}{{ label | name }}{{ ", " if not loop.last }}{% endfor %}</li>
{%- endfor %}</ul>{% endif -%}
</div>"""


def extra_html(
    rows: Sequence[ComparisonRow],
    *,
    nodeid: str,
    outcome: Outcome,
    worst: Iterable[str] = (),
    cases: Iterable[Sample] = (),
) -> str:
    """Return a table of a test's thresholds, its worst cases, and the labels of a failed case.

    All text of models, data and users is escaped and cleaned. Empty where there is nothing to say.
    """
    test = TestRow(nodeid=nodeid, outcome=outcome, states_threshold=True)
    verdicts = Verdicts.of(Record(comparisons=tuple(rows), tests=(test,)))
    lines = [(_cells(row, one), _COLOURS[one.style]) for row in rows for one in verdicts.on(row)]
    labelled = [one for one in cases if one.labels]
    said = list(worst)
    if not (lines or labelled or said):
        return ""
    percent = percent_of(rows)
    return _template().render(
        header=(*_HEADER, f"{percent}interval", "threshold", "verdict"),
        lines=lines,
        worst=said,
        cases=labelled,
    )


@cache
def _template() -> Template:
    """Return the template; compiling it for every test takes longer than filling it in."""
    made = Environment(autoescape=True, undefined=StrictUndefined)
    made.filters.update(FILTERS)
    return made.from_string(_TEMPLATE)


def case_address(page: str, sample: Sample) -> str:
    """Return the address of one case in the HTML report at `page`."""
    return page + case_link(sample.task, sample.case, sample.variant)


def _cells(row: ComparisonRow, verdict: RowVerdict) -> tuple[str, ...]:
    shown = number_cells(row, "±")
    against = "" if row.reference == "base" else f" against {row.reference}"
    where = "" if row.slice is None else f" [{row.slice}]"
    return (
        row.task,
        row.metric + where,
        row.candidate + against,
        numbers.count(row.n),
        *(shown[key] for key in ("base", "value", "delta", "interval")),
        condition(row, verdict.threshold),
        verdict.text,
    )
