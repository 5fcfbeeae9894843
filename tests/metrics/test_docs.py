"""docs/metrics.md: every metric is in its table, with what it scores a case."""

import re
from pathlib import Path

from pytest_ftevals.metrics.registry import metric, metric_names

DOCS = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", DOCS, re.MULTILINE)
SCORES = {name: scores for names, scores in ROWS for name in re.findall(r"`([^`]+)`", names)}


def test_every_metric_has_a_row() -> None:
    """The table names exactly the metrics that there are."""
    families = {"precision:CLASS", "recall:CLASS", "f1:CLASS"}
    assert set(SCORES) == {*metric_names(), *families}


def test_the_table_tells_binary_from_real() -> None:
    """What scores 0 or 1 is said to."""
    for name in metric_names():
        assert SCORES[name].startswith("0 or 1") == metric(name).binary
