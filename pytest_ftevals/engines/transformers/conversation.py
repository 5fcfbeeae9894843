"""Conversations: turn after turn, each with what was said before it.

Every turn is a batch of plain replies to chats that are rendered anew, so that what holds for a
reply (prefixes, teams, streams of draws) holds for each turn.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.encoded import Batch, Encoded, Ids, Segment, common
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response, failed

Encode = Callable[[Sequence[Request]], list[Encoded | Response]]
Answer = Callable[[Sequence[Batch | None]], list[list[Response]]]
"""Answers one batch a variant, in the variants' order; None where a variant has none."""


@dataclass(slots=True)
class _Talk:
    """A conversation of one variant while it goes on."""

    request: Request
    replies: list[Response] = field(default_factory=list)
    next: Encoded | None = None
    """The turn that is to be answered."""
    error: Response | None = None

    def hear(self, reply: Response) -> None:
        """Take a reply, or the reason why there is none."""
        self.next = None
        if reply.error is None:
            self.replies.append(reply)
        else:
            turn, turns = len(self.replies) + 1, len(self.request.turns) + 1
            self.error = failed(f"turn {turn} of {turns}: {reply.error}")

    def ask(self, encoded: Encoded | Response) -> None:
        """Take the next turn as token ids, or the reason why it cannot be asked."""
        if isinstance(encoded, Response):
            self.hear(encoded)
        else:
            self.next = replace(encoded, request=_until(self.request, len(self.replies)))

    def response(self) -> Response:
        """Return the response to the whole conversation."""
        if self.error is not None:
            return self.error
        return replace(
            self.replies[-1],
            turns=tuple(reply.text for reply in self.replies),
            new_tokens=sum(reply.new_tokens for reply in self.replies),
        )


def converse(
    batch: Batch, variants: int, answer: Answer, encode: Encode, budget: int
) -> list[list[Response]]:
    """Return each variant's responses to a batch of conversations of equally many turns.

    A reply that was cut at its length limit is said all the same. A turn that cannot be asked (its
    chat is too long) is an error of its conversation, which names the turn. From the second turn
    on, some conversations go on together, `budget` tokens of prompts and replies at most.
    """
    # Draws are a turn's own, the same for all variants and whatever is said after it.
    opening = tuple(replace(one, request=_until(one.request, 0)) for one in batch.requests)
    talks = [[_Talk(one.request) for one in batch.requests] for _ in range(variants)]
    first = answer([replace(batch, requests=opening)] * variants)
    for each, replies in zip(talks, first, strict=True):
        for talk, reply in zip(each, replies, strict=True):
            talk.hear(reply)
    for _ in batch.requests[0].request.turns:
        going = [talk for each in talks for talk in each if talk.error is None]
        asked = encode([_asked(talk.request, talk.replies) for talk in going])
        for talk, encoded in zip(going, asked, strict=True):
            talk.ask(encoded)
        for part in _parts(talks, budget):
            _answer_part([[each[index] for index in part] for each in talks], answer)
    return [[talk.response() for talk in each] for each in talks]


def last_turn(encoded: Encoded, response: Response, encode: Encode) -> Encoded | Response:
    """Return the last turn of an answered conversation as token ids."""
    replies = [Response(text=text) for text in response.turns[:-1]]
    (found,) = encode([_asked(encoded.request, replies)])
    return found


def _answer_part(talks: Sequence[Sequence[_Talk]], answer: Answer) -> None:
    """Answer the next turn of some conversations of each variant that go on."""
    going = [[talk for talk in each if talk.next is not None] for each in talks]
    batches = [_batch([talk.next for talk in each if talk.next is not None]) for each in going]
    for each, replies in zip(going, answer(batches), strict=True):
        for talk, reply in zip(each, replies, strict=True):
            talk.hear(reply)


def _until(request: Request, turn: int) -> Request:
    """Return the request for a conversation that ends with `turn`, from 0."""
    return replace(request, turns=request.turns[:turn])


def _asked(request: Request, replies: Sequence[Response]) -> Request:
    """Return the request for the reply that comes after `replies`."""
    if isinstance(request.prompt, str):
        msg = "turns need messages"
        raise TypeError(msg)
    said = [
        message
        for reply, turn in zip(replies, request.turns, strict=False)
        for message in (
            Message(role="assistant", content=reply.text),
            Message(role="user", content=turn),
        )
    ]
    return replace(request, prompt=(*request.prompt, *said), turns=())


def _parts(talks: Sequence[Sequence[_Talk]], budget: int) -> Iterator[range]:
    """Cut the conversations, by number, where all variants' rows would go over the budget."""
    first, widest = 0, 0
    for index in range(len(talks[0])):
        following = [each[index].next for each in talks]
        width = max((one.width for one in following if one is not None), default=0)
        wider = max(widest, width)
        if index > first and (index + 1 - first) * wider > budget:
            yield range(first, index)
            first, wider = index, width
        widest = wider
    yield range(first, len(talks[0]))


def _batch(requests: Sequence[Encoded]) -> Batch | None:
    """Return chats as a batch that reads once what all of them start with."""
    if not requests:
        return None
    rows = sorted({one.prompt_ids for one in requests})
    shared = min(common(rows[0], rows[-1]), min(map(len, rows)) - 1)
    segments = [Segment(ids=rows[0][:shared], parent=-1, start=0)] if shared else []
    parent = len(segments) - 1
    ends: dict[Ids, int] = {}
    for row in rows:
        ends[row] = len(segments)
        segments.append(Segment(ids=row[shared:], parent=parent, start=shared))
    return Batch(
        requests=tuple(requests),
        segments=tuple(segments),
        ends=tuple((ends[one.prompt_ids],) for one in requests),
    )
