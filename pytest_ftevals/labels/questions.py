"""A case's own question: what its prompt holds that is not the same for all cases."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from pytest_ftevals.core.case import Case

SHARED_BY = 10
"""A beginning that so many cases share is no part of their questions."""
_GAP = "\n\n"


def questions_of(cases: Sequence[Case]) -> list[str]:
    """Return each case's own question, of all the cases of a task.

    It is the last user message, and what the user says later; of a plain prompt all of it, and the
    options where there is none. A beginning that ends in a blank line and is shared by 10 cases or
    more is left out: preambles and few-shot examples. So is what all cases of 10 or more begin and
    end with, up to white space.
    """
    texts = _without_shared_beginnings([_said(case) for case in cases])
    start, end = _same(texts), _same([text[::-1] for text in texts])
    return [text[start : max(start, len(text) - end)].strip() for text in texts]


def _said(case: Case) -> str:
    if isinstance(case.prompt, str):
        return case.prompt or "\n".join(case.options)  # what is scored stands alone
    users = [message.content for message in case.prompt if message.role == "user"]
    return "\n".join([*users[-1:], *case.turns])


def _without_shared_beginnings(texts: Sequence[str]) -> list[str]:
    beginnings = [list(_beginnings(text)) for text in texts]
    shared = Counter(mark for own in beginnings for mark, _ in own)
    found = []
    for text, own in zip(texts, beginnings, strict=True):
        alike = takewhile(lambda one: shared[one[0]] >= SHARED_BY, own)
        found.append(text[max((end for _, end in alike), default=0) :])
    return found


def _beginnings(text: str) -> Iterator[tuple[int, int]]:
    """Yield what a text begins with up to each blank line: a mark of it, and where it ends."""
    mark, start, at = 0, 0, text.find(_GAP)
    while at >= 0:
        end = at + len(_GAP)
        mark = hash((mark, text[start:end]))  # of the one before, or long texts would take for ever
        yield mark, end
        start, at = end, text.find(_GAP, end)


def _same(texts: Sequence[str]) -> int:
    """Return how many characters all texts begin with, up to the last white space among them."""
    if len(texts) < SHARED_BY:
        return 0
    first, last = min(texts), max(texts)  # texts between two in order share what those share
    pairs = zip(first, last, strict=False)
    same = "".join(left for left, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return max((same.rfind(space) for space in " \n\t"), default=-1) + 1
