"""docs/metrics.md and the pages it leads to: every metric, its range, direction and traps."""

import ast
import re
from pathlib import Path

import pytest

from pytest_ftevals.metrics.registry import metric, metric_names

ROOT = Path(__file__).parents[2]
DOCS, METRICS = ROOT / "docs", ROOT / "pytest_ftevals" / "metrics"
INDEX = (DOCS / "metrics.md").read_text(encoding="utf-8")
FAMILIES = {"precision:CLASS", "recall:CLASS", "f1:CLASS"}
_NAMES = re.compile(r"`([^`]+)`")


def index_rows() -> dict[str, tuple[str, str, str]]:
    """Return of each metric in the index its page, what it scores a case, and its direction."""
    found: dict[str, tuple[str, str, str]] = {}
    for part in re.split(r"^##+ ", INDEX, flags=re.MULTILINE)[1:]:
        page = re.match(r".*\(\[page\]\(([^)]+)\)\)\n", part)
        if page:
            for line in re.findall(r"^\| (`.*) \|$", part, re.MULTILINE):
                names, scores, _, better, _ = line.split(" | ")
                found |= dict.fromkeys(_NAMES.findall(names), (page[1], scores, better))
    return found


def sections(page: str) -> dict[str, str]:
    """Return of each metric that a heading of a page names the text below the heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        found |= dict.fromkeys(heading.split(", "), body)
    return found


ROWS = index_rows()


def test_every_metric_has_a_row() -> None:
    """The index names exactly the metrics that there are."""
    assert set(ROWS) == {*metric_names(), *FAMILIES}


@pytest.mark.parametrize("name", [*metric_names(), *sorted(FAMILIES)])
def test_every_metric_has_a_section(name: str) -> None:
    """The page that the index leads to says range, direction and what the metric misleads about.

    Metrics from 0 to 1 are those whose differences are percentage points.
    """
    page, scores, better = ROWS[name]
    section = sections(page)[name]
    found = metric(name)
    direction = "higher" if found.higher_is_better else "lower"
    assert better == direction
    told = re.search(r"^\*Range\* (.+), (higher|lower) is better", section, re.MULTILINE)
    assert told is not None
    bare = re.sub(r" \([^)]*\)", "", told[1])
    assert (bare == "0 to 1", told[2]) == (found.points, direction)
    assert "*Misleading*" in section
    assert scores.startswith("0 or 1") == found.binary


def test_every_page_is_in_the_index() -> None:
    """No page of the folder is left without a link."""
    linked = set(re.findall(r"\]\((metrics/[^)#]+)\)", INDEX))
    assert linked == {f"metrics/{path.name}" for path in (DOCS / "metrics").glob("*.md")}


PARTS = {
    "__init__",
    "classes",
    "configured",
    "confusion",
    "fields",
    "forms",
    "from_folder",
    "likelihoods",
    "needs",
    "options",
    "custom",
    "custom_found",
    "custom_source",
    "patterns",
    "per_case",
    "pooled",
    "refusal_rules",
    "registry",
    "schema_check",
    "signatures",
    "table",
    "tool_calls",
    "wording",
}
"""Modules that metrics are made of; every other one is a metric, or several of a kind."""


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(METRICS.glob("*.py")) if path.stem not in PARTS],
    ids=lambda path: path.stem,
)
def test_every_metrics_module_says_what_it_is(path: Path) -> None:
    """Its docstring names direction and trap, where readers of code look."""
    told = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    assert re.search(r"\b(higher|lower) is better", told, re.IGNORECASE)
    assert "Misleading" in told
