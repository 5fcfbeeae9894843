"""Requests as token ids: what they take, what they read, and what rows have in common."""

from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.encoded import Batch, Encoded, Segment, common
from pytest_ftevals.core.request import Decode, Request

IDS = st.lists(st.integers(0, 2), max_size=12).map(tuple)


def _reply(*ids: int, new: int = 7) -> Encoded:
    request = Request(kind="generate", prompt=str(ids), decode=Decode(max_new_tokens=new))
    return Encoded(request=request, prompt_ids=ids)


@given(left=IDS, right=IDS, stem=IDS)
def test_what_two_rows_have_in_common(
    left: tuple[int, ...], right: tuple[int, ...], stem: tuple[int, ...]
) -> None:
    """The longest common start, found by halving, is what a walk along both finds."""
    left, right = stem + left, stem + right
    walked = 0
    while walked < min(len(left), len(right)) and left[walked] == right[walked]:
        walked += 1
    assert common(left, right) == common(right, left) == walked


def test_what_a_request_takes_and_reads() -> None:
    """A reply is one row with room for new tokens; a continuation's last id is never read."""
    reply = _reply(1, 2, 3)
    assert (reply.width, reply.new_tokens, reply.inputs) == (10, 7, ((1, 2, 3),))
    rated = Request(kind="loglikelihood", prompt="x", continuations=(" A", " B", " CD"))
    sequences = ((1, 2), (1, 3), (1, 2, 3, 4))
    encoded = Encoded(request=rated, prompt_ids=(), sequences=sequences, scored=(1, 1, 3))
    assert (encoded.width, encoded.new_tokens) == (4, 0)
    assert encoded.inputs == ((1,), (1,), (1, 2, 3))


def test_a_batch_takes_what_is_shared_once() -> None:
    """The prefix is another pass's; new tokens are each reply's own."""
    segments = (
        Segment(ids=(1, 2, 3), parent=-1, start=0),
        Segment(ids=(4, 5), parent=0, start=3),
        Segment(ids=(6,), parent=0, start=3),
    )
    requests = (_reply(1, 2, 3, 4, 5), _reply(1, 2, 3, 6))
    batch = Batch(requests=requests, prefix=3, segments=segments, ends=((1,), (2,)))
    assert [one.end for one in segments] == [3, 5, 4]
    assert batch.tokens == 2 + 1 + 2 * 7
