"""What the case browser should show of `many_cases`, computed from its samples."""

from pytest_ftevals.core.record import Record, Sample
from tests.html.shown_cases import Row

CASES = 60
"""Cases of the record that most tests of the list share."""

Made = tuple[Record, list[Sample]]
Pair = tuple[Sample, Sample]
"""The base's sample and a candidate's."""


def pairs(made: Made) -> list[Pair]:
    """Return each candidate's sample with the base's, in the order of the data."""
    bases = {(one.task, one.case): one for one in made[1] if one.variant == "base"}
    own = [one for one in made[1] if one.variant != "base"]
    return [(bases[one.task, one.case], one) for one in own]


def named(pair: Pair) -> Row:
    """Return a row as links name it."""
    return (pair[1].task, pair[1].case, pair[1].variant)


def change(pair: Pair) -> float:
    """Return how much better the candidate scored."""
    return (pair[1].scores["accuracy"] or 0.0) - (pair[0].scores["accuracy"] or 0.0)


def badness(pair: Pair) -> tuple[float, bool]:
    """Return what comes first in the list: what was lost, then what failed on both sides."""
    return (change(pair), pair[1].passed is True)


def is_worst(pair: Pair, record: Record) -> bool:
    """Return whether the record has a case among the worst tenth."""
    task, case, candidate = named(pair)
    own = [one for one in record.failures if (one.task, one.candidate) == (task, candidate)]
    return any(case in one.worst for one in own)


def texts(pair: Pair) -> str:
    """Return all that the search looks at, line by line."""
    prompt = pair[1].prompt
    said = [one["content"] for one in prompt] if isinstance(prompt, list) else [prompt]  # type: ignore[index, call-overload]
    found = [pair[1].case, *said, pair[1].expected, pair[0].response, pair[1].response]
    return "\0".join(map(str, found)).lower()
