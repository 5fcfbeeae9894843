"""The text of a model card below its metadata, as Markdown."""

from collections.abc import Iterable, Iterator

from pytest_ftevals.core.record import Record
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.headline import headline
from pytest_ftevals.reports.markdown.prose import prose
from pytest_ftevals.reports.markdown.tables import delta_parts, tradeoff_parts
from pytest_ftevals.reports.markdown.text import code
from pytest_ftevals.reports.model_card.candidate import Candidate, candidates
from pytest_ftevals.reports.model_card.reproducibility import reproducibility
from pytest_ftevals.reports.summary import limitations, summary

MARK = "<!-- made by pytest-ftevals; a later run into this folder replaces or removes it -->"
"""Tells cards that a run made from those that a person wrote."""


def card_body(record: Record, candidate: Candidate) -> str:
    """Return a candidate's card in Markdown; `record` is the whole run's."""
    return "".join(_parts(record, candidate))


def _parts(record: Record, candidate: Candidate) -> Iterator[str]:
    own = candidate.record
    found, run = headline(own), headline(record)
    yield f"{MARK}\n\n# {code(candidate.name)}\n\n**{found.word}** {prose(found.text)}\n\n"
    if (several := len(candidates(record))) > 1:
        whole = f"The whole run, on {numbers.counted(several, 'candidate')}"
        yield f"{whole}, says: {run.word} {prose(run.text)}\n\n"
    yield "## Evaluation\n\n"
    yield from (f"{prose(text)}\n\n" for text in summary(own))
    yield from _whole(
        "## Against the base\n\n", (part.text(len(part.items)) for part in delta_parts(own))
    )
    yield from _whole("", (part.text(len(part.items)) for part in tradeoff_parts(record)))
    yield from _whole(
        "## Known limitations\n\n", (f"- {prose(text)}\n" for text in limitations(own)), "\n"
    )
    yield "## How to reproduce\n\n"
    yield from reproducibility(own)


def _whole(head: str, parts: Iterable[str], tail: str = "") -> Iterator[str]:
    """Yield a section with its heading; nothing of one that is empty."""
    text = "".join(parts)
    if text:
        yield f"{head}{text}{tail}"
