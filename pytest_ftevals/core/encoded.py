"""Requests as token ids: what an engine runs and the planner puts into batches."""

from dataclasses import dataclass, field

from pytest_ftevals.core.request import Request

Ids = tuple[int, ...]


def common(left: Ids, right: Ids) -> int:
    """Return how many ids two rows have in common at their start."""
    limit = min(len(left), len(right))
    if left[:limit] == right[:limit]:
        return limit
    low, high = 0, limit  # the first `low` ids are equal, the first `high` are not
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A request with its token ids, exactly one BOS where the tokenizer has that policy."""

    request: Request
    prompt_ids: Ids
    """``generate``: the prompt. ``loglikelihood``: unused, see `sequences`."""
    sequences: tuple[Ids, ...] = ()
    """``loglikelihood``: per continuation, prompt and continuation as one sequence of ids."""
    scored: tuple[int, ...] = ()
    """``loglikelihood``: per continuation, how many ids at the sequence's end are scored."""
    inputs: tuple[Ids, ...] = field(init=False, compare=False, repr=False)
    """The rows of ids that a model reads: the prompt, or one a continuation.

    A continuation's last id is predicted but never read, so that continuations of one token
    (`` A``, `` B``) read the same row.
    """

    def __post_init__(self) -> None:
        """Cut the rows once; equal ones are one object."""
        rows: dict[Ids, Ids] = {}
        cut = tuple(rows.setdefault(row, row) for row in (ids[:-1] for ids in self.sequences))
        object.__setattr__(self, "inputs", cut or (self.prompt_ids,))

    @property
    def width(self) -> int:
        """Longest row in tokens, new tokens included."""
        return max(map(len, self.sequences or (self.prompt_ids,))) + self.new_tokens

    @property
    def new_tokens(self) -> int:
        """How many tokens may be generated; 0 for log-likelihoods."""
        return 0 if self.request.decode is None else self.request.decode.max_new_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of ids that rows have in common: an edge of the trie over a batch's rows."""

    ids: Ids
    parent: int
    """Index of the segment that comes before it; -1 at the start of its rows."""
    start: int
    """Position of its first id, in tokens from the start of its rows."""

    @property
    def end(self) -> int:
        """Position after its last id."""
        return self.start + len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Requests of one kind (and one `Decode`) that are answered together."""

    requests: tuple[Encoded, ...]
    prefix: int = 0
    """How many ids all its rows start with that rows of other batches start with too."""
    segments: tuple[Segment, ...] = ()
    """The trie over its rows, depth first: all that come after a segment in its rows follow it
    without a gap. With a prefix, the first segment is the prefix."""
    ends: tuple[tuple[int, ...], ...] = ()
    """Per request and row of its `inputs`, the index of the segment that ends the row."""

    @property
    def tokens(self) -> int:
        """How many tokens it takes: each shared run once, the prefix left out, new ones in."""
        read = sum(len(one.ids) for one in self.segments)
        return read - self.prefix + sum(one.new_tokens for one in self.requests)
