"""Requests as token ids: what an engine runs and the planner puts into batches."""

from dataclasses import dataclass

from pytest_ftevals.core.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A request with its token ids, exactly one BOS where the tokenizer has that policy."""

    request: Request
    prompt_ids: tuple[int, ...]
    """``generate``: the prompt. ``loglikelihood``: unused, see `sequences`."""
    sequences: tuple[tuple[int, ...], ...] = ()
    """``loglikelihood``: per continuation, prompt and continuation as one sequence of ids."""
    scored: tuple[int, ...] = ()
    """``loglikelihood``: per continuation, how many ids at the sequence's end are scored."""

    @property
    def width(self) -> int:
        """Longest row in tokens, new tokens included."""
        if self.request.decode is not None:
            return len(self.prompt_ids) + self.request.decode.max_new_tokens
        return max(map(len, self.sequences))

    @property
    def rows(self) -> int:
        """Rows it takes in a batch: one for a reply, one a continuation for log-likelihoods."""
        return len(self.sequences) or 1
