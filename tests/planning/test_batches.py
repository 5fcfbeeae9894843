"""Batches: every request once, within the budget, and always the same for the same requests."""

from collections import Counter
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_ftevals.core.encoded import Batch, Encoded, Ids, common
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.planning.batches import LEAST_PREFIX, batch_of, batches, halves, part

LONG = tuple(range(90))
PIECES = ((1,), (2,), (3,) * 8, (4, 5) * 10, LONG[:40], LONG[:55], LONG[:70], LONG)
IDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(lambda parts: sum(parts, ()))
DECODES = st.builds(
    Decode,
    max_new_tokens=st.integers(1, 6),
    stop=st.sampled_from([(), ("\n",)]),
    seed=st.sampled_from([0, 1]),
)


def _generate(ids: Ids, decode: Decode, sample: int = 0) -> Encoded:
    request = Request(kind="generate", prompt=str(ids), decode=decode, sample=sample)
    return Encoded(request=request, prompt_ids=ids)


def _rate(prompt: Ids, continuations: list[Ids]) -> Encoded:
    return Encoded(
        request=Request(
            kind="loglikelihood", prompt=str(prompt), continuations=tuple(map(str, continuations))
        ),
        prompt_ids=(),
        sequences=tuple(prompt + ids for ids in continuations),
        scored=tuple(map(len, continuations)),
    )


REQUESTS = st.lists(
    st.builds(_generate, IDS, DECODES, st.integers(0, 2))
    | st.builds(_rate, IDS, st.lists(IDS, min_size=1, max_size=4)),
    max_size=25,
    unique_by=lambda one: one.request,
)
BUDGETS = st.integers(1, 600)


def _spelled(batch: Batch, end: int) -> Ids:
    ids: Ids = ()
    while end >= 0:
        ids, end = batch.segments[end].ids + ids, batch.segments[end].parent
    return ids


def _is_whole(batch: Batch) -> bool:
    """Whether a batch's trie spells every row, its prefix first."""
    rows = [row for one in batch.requests for row in one.inputs]
    first = batch.segments[0].ids
    return (
        [tuple(_spelled(batch, end) for end in ends) for ends in batch.ends]
        == [one.inputs for one in batch.requests]
        and all(row[: batch.prefix] == rows[0][: batch.prefix] for row in rows)
        and (not batch.prefix or first == rows[0][: batch.prefix])
    )


@given(requests=REQUESTS, budget=BUDGETS)
def test_every_request_is_in_exactly_one_batch(requests: list[Encoded], budget: int) -> None:
    """None is lost, none is asked twice, no batch is empty, and each has all its rows."""
    made = list(batches(requests, budget))
    assert Counter(one for batch in made for one in batch.requests) == Counter(requests)
    assert all(batch.requests and _is_whole(batch) for batch in made)


@given(requests=REQUESTS, budget=BUDGETS)
def test_the_budget_is_kept(requests: list[Encoded], budget: int) -> None:
    """By all that is computed; only a single request may exceed it, alone in its batch."""
    for batch in batches(requests, budget):
        assert batch.tokens <= budget or len(batch.requests) == 1


NESTED = st.lists(
    st.builds(
        lambda cut, tail: _rate(LONG[:cut] + tail, [(99,)]),
        st.sampled_from([34, 44, 54, 65]),
        st.lists(st.integers(91, 93), min_size=1, max_size=20).map(tuple),
    ),
    min_size=3,
    max_size=12,
    unique_by=lambda one: one.request,
)
"""Requests after prefixes that are hardly longer than each other."""


@settings(max_examples=500)
@given(requests=NESTED, budget=st.integers(20, 120))
def test_the_budget_is_kept_after_any_prefix(requests: list[Encoded], budget: int) -> None:
    """Also where the prefix before serves once more, and less is saved."""
    for batch in batches(requests, budget):
        assert batch.tokens <= budget or len(batch.requests) == 1


@given(requests=REQUESTS)
def test_what_fits_is_one_batch(requests: list[Encoded]) -> None:
    """Without want of room there is a batch a kind and decoding, and no prefix."""
    made = list(batches(requests, 10**9))
    assert len(made) == len({_group(batch) for batch in made})
    assert not any(batch.prefix for batch in made)


@given(requests=REQUESTS, budget=BUDGETS)
def test_a_batch_is_of_one_kind_and_decoding(requests: list[Encoded], budget: int) -> None:
    """An engine runs a batch in one way."""
    for batch in batches(requests, budget):
        assert len({(one.request.kind, one.request.decode) for one in batch.requests}) == 1


@given(data=st.data(), requests=REQUESTS, budget=BUDGETS)
def test_batches_hang_on_the_requests_alone(
    data: st.DataObject, requests: list[Encoded], budget: int
) -> None:
    """In whatever order the tests asked, the same batches come in the same order."""
    shuffled = data.draw(st.permutations(requests))
    assert list(batches(shuffled, budget)) == list(batches(requests, budget))


@given(requests=REQUESTS, budget=BUDGETS)
def test_a_prefix_is_read_before_anything_is_scored(requests: list[Encoded], budget: int) -> None:
    """It ends before the first position that an answer is read off, and is worth a pass."""
    for batch in batches(requests, budget):
        assert batch.prefix == 0 or batch.prefix >= LEAST_PREFIX
        for one in batch.requests:
            for row, scored in zip(one.inputs, one.scored or (1,), strict=True):
                assert batch.prefix <= len(row) - scored


@given(requests=REQUESTS, budget=BUDGETS)
def test_a_prefix_is_not_computed_twice(requests: list[Encoded], budget: int) -> None:
    """Batches that need one are neighbours: what one neighbour lacks comes never again."""
    made = [batch for batch in batches(requests, budget) if batch.prefix]
    for group in {_group(batch) for batch in made}:
        prefixes = [batch.segments[0].ids for batch in made if _group(batch) == group]
        for index, prefix in enumerate(prefixes):
            shared = [common(prefix, later) for later in prefixes[index + 1 :]]
            assert all(before >= after for before, after in pairwise(shared))


def _unread(request: Encoded) -> Ids:
    """Return the ids that all rows of a request start with, before any that an answer needs."""
    rows = request.inputs
    sizes = zip(rows, request.scored or (1,), strict=True)
    shared = min(common(rows[0], row) for row in rows)
    return rows[0][: min(shared, *(len(row) - scored for row, scored in sizes))]


@given(requests=REQUESTS, budget=BUDGETS)
def test_a_prefix_at_hand_is_used(requests: list[Encoded], budget: int) -> None:
    """What the batch before has in common with a batch's first request, or nearly all of it."""
    for before, after in pairwise(batches(requests, budget)):
        shared = common(_unread(before.requests[-1]), _unread(after.requests[0]))
        if _group(before) == _group(after) and shared >= LEAST_PREFIX:
            nearly = after.prefix == before.prefix > shared - LEAST_PREFIX
            assert after.prefix >= shared or nearly


@given(requests=REQUESTS, budget=BUDGETS, data=st.data())
def test_parts_of_a_batch_keep_their_requests(
    requests: list[Encoded], budget: int, data: st.DataObject
) -> None:
    """Halves, and what is left of a batch whose rest is known: in order, with the prefix."""
    for batch in batches(requests, budget):
        assert part(batch, batch.requests) is batch
        if len(batch.requests) == 1:
            continue
        made = halves(batch)
        assert made[0].requests + made[1].requests == batch.requests
        assert all(half.requests for half in made)
        kept = [one for one in batch.requests if data.draw(st.booleans())]
        for smaller in (*made, *([part(batch, kept)] if kept else [])):
            assert smaller.prefix == batch.prefix
            assert _is_whole(smaller)


@given(requests=REQUESTS, data=st.data())
def test_a_batch_can_be_made_in_any_order(requests: list[Encoded], data: st.DataObject) -> None:
    """The trie does not hang on it, and rows find their ends."""
    assume(requests)
    shuffled = data.draw(st.permutations(requests))
    batch = batch_of(shuffled)
    assert batch.requests == tuple(shuffled)
    assert _is_whole(batch)
    assert batch.segments == batch_of(requests).segments


def _group(batch: Batch) -> tuple[str, Decode | None]:
    return batch.requests[0].request.kind, batch.requests[0].request.decode


def test_nothing_makes_no_batches() -> None:
    """No requests, no batches."""
    assert list(batches([], 100)) == []


@given(requests=REQUESTS, budget=BUDGETS)
def test_growing_replies_keep_the_budget(requests: list[Encoded], budget: int) -> None:
    """Each row takes the columns of the longest: one long prompt must not widen a crowd."""
    for batch in batches(requests, budget):
        rows = [one for one in batch.requests if one.new_tokens]
        if len(rows) > 1:
            alike = min(common(rows[0].prompt_ids, one.prompt_ids) for one in rows)
            assert len(rows) * (max(one.width for one in rows) - alike) <= budget
