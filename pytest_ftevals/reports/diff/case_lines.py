"""Single cases that changed, in lines: counts by kind, then the first ones."""

from collections.abc import Iterator, Mapping, Sequence

from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.diff.cases import KINDS, Answer, CaseChange, CaseChanges, Kind
from pytest_ftevals.reports.page import Page

_MOST: Mapping[Kind, int] = {**dict.fromkeys(KINDS, 3), "lost": 5}
_SAID: Mapping[Kind, tuple[str, str]] = {
    "lost": ("newly failing", "worse"),
    "won": ("newly passing", "better"),
    "not scored": ("not scored any more", "not scored any more"),
    "scored": ("scored now", "scored now"),
    "reply": ("with another reply, as good or bad", "with another reply, as good or bad"),
    "scores": ("of the same reply, scored otherwise", "of the same reply, scored otherwise"),
    "labels": ("of the same reply, labelled otherwise", "of the same reply, labelled otherwise"),
}
"""Where answers pass or fail, and where they only score higher or lower."""


def case_lines(
    found: Sequence[CaseChanges] | None, page: Page, *, everything: bool
) -> Iterator[str]:
    """Yield the cases that changed, by task and variant; `found` is None where they are unknown.

    Without `everything` the first of each kind.
    """
    if found is None:
        yield from page.wrapped(
            "cases are not compared: a report without samples.jsonl does not hold them"
        )
        return
    changed = [one for one in found if one.changes or one.only_before or one.only_after]
    if changed:
        yield "cases"
    for one in changed:
        yield from _of_variant(one, page, everything=everything)


def _of_variant(one: CaseChanges, page: Page, *, everything: bool) -> Iterator[str]:
    counts = (
        (one.paired, "in both"),
        (one.only_before, "only before"),
        (one.only_after, "only after"),
        (one.asked_otherwise, "with another prompt or expectation"),
    )
    said = ", ".join(f"{numbers.count(n)} {what}" for n, what in counts if n)
    head = f"  {page.clean(one.variant)} on {page.clean(one.task)}"
    yield from page.wrapped(f"{head}, of {said}", indent=4)
    for kind in KINDS:
        changes = one.of(kind)
        if not changes:
            continue
        graded = all(change.after.passed is None for change in changes)
        yield f"    {numbers.count(len(changes))} {_SAID[kind][graded]}"
        most = None if everything else _MOST[kind]
        for change in changes[:most]:
            yield f"      {_change(change, page)}"
        yield from more(len(changes), most, indent=6)


def _change(change: CaseChange, page: Page) -> str:
    """Return a case's id, and what changed as far as it is short enough to differ here."""
    case = page.excerpt(change.case, page.width // 4)
    room = max((page.width - display_width(case) - 14) // 2, 6)
    both = [page.excerpt(_shown(change, side), room) for side in (change.before, change.after)]
    return case if both[0] == both[1] else f"{case}  {turned(*both)}"


def _shown(change: CaseChange, side: Answer) -> str:
    """Return what changed of an answer: the labels or scores where they alone did, or the reply."""
    if change.kind == "labels":
        return ", ".join(side.labels) or "no label"
    if change.kind == "scores":
        both = change.before, change.after
        names = (name for name in sorted(side.scores) if len({one.score(name) for one in both}) > 1)
        return ", ".join(f"{name} {_score(side.score(name))}" for name in names)
    return f'"{side.reply}"'


def _score(score: float | None) -> str:
    return "none" if score is None else f"{score:.4g}"


def more(total: int, most: int | None, *, indent: int = 2) -> Iterator[str]:
    """Yield how many lines of `total` are left out."""
    if most is not None and total > most:
        yield f"{' ' * indent}and {numbers.count(total - most)} more; --all lists them"


def turned(before: str, after: str) -> str:
    """Return both sides, or one where they are equal."""
    return before if before == after else f"{before} -> {after}"
