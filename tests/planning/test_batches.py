"""Batches: every request once, within the budget, and always the same for the same requests."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.planning.batches import batches, tokens

IDS = st.lists(st.integers(0, 9), min_size=1, max_size=12).map(tuple)
DECODES = st.builds(
    Decode,
    max_new_tokens=st.integers(1, 6),
    stop=st.sampled_from([(), ("\n",)]),
    seed=st.sampled_from([0, 1]),
)


def _generate(ids: tuple[int, ...], decode: Decode) -> Encoded:
    request = Request(kind="generate", prompt=str(ids), decode=decode)
    return Encoded(request=request, prompt_ids=ids)


def _rate(sequences: list[tuple[int, ...]]) -> Encoded:
    request = Request(
        kind="loglikelihood", prompt="", continuations=tuple(str(ids) for ids in sequences)
    )
    scored = tuple(1 for _ in sequences)
    return Encoded(request=request, prompt_ids=(), sequences=tuple(sequences), scored=scored)


REQUESTS = st.lists(
    st.builds(_generate, IDS, DECODES) | st.builds(_rate, st.lists(IDS, min_size=1, max_size=4)),
    max_size=25,
    unique_by=lambda one: one.request,
)
BUDGETS = st.integers(1, 120)


@given(requests=REQUESTS, budget=BUDGETS)
def test_every_request_is_in_exactly_one_batch(requests: list[Encoded], budget: int) -> None:
    """None is lost, none is asked twice, and no batch is empty."""
    made = list(batches(requests, budget))
    assert Counter(one for batch in made for one in batch) == Counter(requests)
    assert all(made)


@given(requests=REQUESTS, budget=BUDGETS)
def test_the_budget_is_kept(requests: list[Encoded], budget: int) -> None:
    """Padding counts; only a single request may exceed the budget, alone in its batch."""
    for batch in batches(requests, budget):
        padded = sum(one.rows for one in batch) * max(one.width for one in batch)
        assert tokens(batch) == padded
        assert padded <= budget or len(batch) == 1


@given(requests=REQUESTS, budget=BUDGETS)
def test_a_batch_is_of_one_kind_and_decoding(requests: list[Encoded], budget: int) -> None:
    """An engine runs a batch in one way."""
    for batch in batches(requests, budget):
        assert len({(one.request.kind, one.request.decode) for one in batch}) == 1


@given(data=st.data(), requests=REQUESTS, budget=BUDGETS)
def test_batches_hang_on_the_requests_alone(
    data: st.DataObject, requests: list[Encoded], budget: int
) -> None:
    """In whatever order the tests asked, the same batches come in the same order."""
    shuffled = data.draw(st.permutations(requests))
    assert list(batches(shuffled, budget)) == list(batches(requests, budget))


@given(requests=REQUESTS, budget=BUDGETS)
def test_batches_are_filled_longest_first(requests: list[Encoded], budget: int) -> None:
    """Within a kind, widths never grow, and a batch is closed only for want of room."""
    made = list(batches(requests, budget))
    for before, after in pairwise(made):
        if _group(before) == _group(after):
            assert min(one.width for one in before) >= max(one.width for one in after)
            assert tokens((*before, after[0])) > budget


def _group(batch: Sequence[Encoded]) -> tuple[str, Decode | None]:
    return batch[0].request.kind, batch[0].request.decode


def test_nothing_makes_no_batches() -> None:
    """No requests, no batches."""
    assert list(batches([], 100)) == []
