"""Windows over a text of any length, as lm-evaluation-harness 0.4.13 makes them.

Its names: `get_rolling_token_windows` and `make_disjoint_window`, with one id of context. Every id
is scored once, after all ids before it in its window. A window starts with the last id of the one
before it; the last one reaches back as far as it can.
"""

from collections.abc import Iterator

from transformers import PreTrainedTokenizerBase

from pytest_ftevals.core.encoded import Ids

_UNLIMITED = 10**29
"""A tokenizer's `model_max_length` beyond this says that nobody set one."""
_USUAL = 2048
"""Where nothing tells: the harness's own choice."""


def windows(ids: Ids, prefix: Ids, size: int) -> Iterator[tuple[Ids, int]]:
    """Yield windows of `ids`: what is read and predicted, and how many ids at its end are scored.

    A model reads `size` ids of a window at most; the last one is predicted only. `prefix` is one
    id, which the first window starts with.
    """
    row = prefix + ids
    for first in range(0, len(ids), size):
        end = min(first + size, len(ids))
        yield row[max(0, end - size) : end + 1], end - first


def window_size(tokenizer: PreTrainedTokenizerBase, *limits: int | None) -> int:
    """Return how many ids a model may read at once: the least limit that is known."""
    known = [one for one in limits if one is not None]
    if known:
        return min(known)
    told = tokenizer.model_max_length
    return int(told) if told < _UNLIMITED else _USUAL


def special_ids(tokenizer: PreTrainedTokenizerBase, text: str, prefix: Ids) -> Ids:
    """Return a text's ids as the harness's `tok_encode` does: with the tokenizer's special tokens.

    They are scored with the rest. A text that begins with what `prefix` is spelled as gets none.
    """
    opened = text.startswith(str(tokenizer.decode(list(prefix))))
    encoded = tokenizer(text, add_special_tokens=not opened, verbose=False)
    return tuple(encoded["input_ids"])
