"""How many cases the case browser's list shows behind a link, counted from the samples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_ftevals.core.record import Sample
from pytest_ftevals.reports.html.case_rows import flaws_of, is_varied, primary_of
from pytest_ftevals.reports.html.text import cases_link

_Wanted = tuple[str, str, str, str]
"""(task, candidate, what the label is read as, label); "" and "" are all that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the list knows of the tasks' cases; varied ones, which no count has, apart."""

    varied: frozenset[str] = frozenset()
    """Tasks with varied cases."""
    slices: frozenset[tuple[str, str]] = frozenset()
    """(task, ``column=value``)."""
    counts: Mapping[_Wanted, int] = field(default_factory=dict)
    """Cases, of which one sample is enough."""

    def link(self, task: str, candidate: str, **wanted: str) -> str:
        """Return the link to a candidate's cases of a task, without the varied ones."""
        plain = {"varied": "no"} if task in self.varied else {}
        return cases_link(task=task, candidate=candidate, **wanted, **plain)


def listed(samples: Iterable[Sample]) -> Listed:
    """Return what the list shows of these samples."""
    varied: set[str] = set()
    slices: set[tuple[str, str]] = set()
    found: dict[_Wanted, set[str]] = {}
    for one in samples:
        if is_varied(one):
            varied.add(one.task)
            continue
        slices.update((one.task, f"{name}={group}") for name, group in one.slices.items())
        wanted = [("primary", label) for label in primary_of(one)]
        wanted += [("flaw", label) for label in flaws_of(one)]
        wanted += [("", "")] if one.passed is False else []
        for read_as, label in wanted:
            found.setdefault((one.task, one.variant, read_as, label), set()).add(one.case)
    return Listed(
        varied=frozenset(varied),
        slices=frozenset(slices),
        counts={key: len(cases) for key, cases in found.items()},
    )
