"""Metrics in a task file: names, and entries with options of their own."""

from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.metric_entry import MetricEntry

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

HEAD = "name: x\nkind: generate\ndata: d\nprompt: x\n"


def test_entries(folder: "Folder") -> None:
    """A name stands for itself; an entry has a name of its own, or the metric's, and options."""
    lines = (
        "metrics:",
        "- accuracy",
        "- {metric: exact_match, name: strict, extract: 'is (.*?)\\.', ignore: [',', '\\$']}",
        "- {metric: numeric, relative: 0.01}",
        "- {metric: polite.py:score}",
    )
    read = folder.generate(metrics="\n".join(lines))
    assert read.entries == (
        MetricEntry(name="accuracy", metric="accuracy"),
        MetricEntry(
            name="strict",
            metric="exact_match",
            options={"extract": "is (.*?)\\.", "ignore": [",", "\\$"]},
        ),
        MetricEntry(name="numeric", metric="numeric", options={"relative": 0.01}),
        MetricEntry(name="polite.py:score", metric="polite.py:score"),
    )
    assert read.metrics == ("accuracy", "strict", "numeric", "polite.py:score")
    assert read.line_of("metrics.1") == 8
    assert len({read, folder.generate(metrics="\n".join(lines))}) == 1


def test_one_metric_in_two_ways(folder: "Folder") -> None:
    """Names tell them apart."""
    read = folder.generate(metrics="metrics: [accuracy, {metric: accuracy, name: again}]")
    assert read.metrics == ("accuracy", "again")


def test_options_shape_no_prompt(folder: "Folder") -> None:
    """Answers can be scored in another way without asking again."""
    folder.rows({"question": "Q", "answer": "x"})
    read = folder.generate(metrics="metrics: [{metric: exact_match, take: last}]")
    assert folder.load(read).template_hash == folder.load(folder.generate()).template_hash


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("metrics: [{name: x}]", ":5: a metric with options needs `metrics.0.metric`\n  Like `{m"),
        ("metrics: [{metric: 3}]", ":5: `metrics.0.metric` must be a text, not the number 3"),
        ("metrics: [{metric: ''}]", ":5: `metrics.0.metric` must be a text, not an empty text"),
        ("metrics:\n- a\n- {metric: b, name: 3}", ":7: `metrics.1.name` must be a text, not the n"),
        (
            "metrics:\n- a\n- {metric: a, take: last}",
            ":7: `metrics` names 'a' twice\n  Give one of them a name of its own: `{metric: NAME, ",
        ),
        ("metrics: [{metric: a, name: b}, b]", ":5: `metrics` names 'b' twice"),
        ("metrics: [[a]]", ":5: `metrics` holds a list, not a metric\n  Like `accuracy`, or `{met"),
        ("metrics: ['']", ":5: `metrics` holds an empty text, not a metric"),
        ("metrics: [{}]", "a metric with options needs `metrics.0.metric`"),
        ("metrics: {metric: a}", ":5: `metrics` must be a list of one or more metrics, not a map"),
    ],
)
def test_mistakes(folder: "Folder", lines: str, message: str) -> None:
    """An entry that names no metric, or one name twice, is refused at its line."""
    assert message in folder.read_error(HEAD + lines)
