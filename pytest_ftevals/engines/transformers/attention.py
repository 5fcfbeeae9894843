"""Attention in parts: some queries over some of their keys, and how such parts are joined.

Softmax over the union of two sets of keys follows from the two outputs and the logarithms of their
sums (Dao et al. 2022, FlashAttention, section 3.1; Juravsky et al. 2024, Hydragen, equation 5), so
that keys which many queries share need not be repeated for each of them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

_SCORES = 2**26
"""Attention scores that are held at once where no fused kernel is used: 256 MB in float32."""

_BIAS = 2**22
"""Elements of a window's bias that are held at once: 16 MB in float32."""


@dataclass(frozen=True, slots=True)
class Part:
    """What queries got out of a part of their keys."""

    out: Tensor
    """[rows, heads, queries, width], any dtype."""
    log_sum: Tensor
    """[rows, heads, queries], float32 or wider: logarithm of the sum of the exponentiated scores;
    -inf for a query that sees none of the keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a layer's attention does besides plain softmax of scaled products."""

    scale: float
    window: int | None = None
    """Sliding window in tokens: a query sees its own position and the `window` - 1 before it."""
    softcap: float | None = None
    """Scores are squeezed to +-softcap by tanh (Gemma 2)."""


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rules: Rules,
    *,
    causal: bool = False,
    bias: Tensor | None = None,
) -> Part:
    """Return what queries [rows, heads, q, width] get out of keys [rows, key heads, k, width].

    `causal` needs as many queries as keys. `bias` is added to the scores, [rows or 1, 1, q or 1,
    k], 0 or -inf; `rules.window` is the caller's, as only positions tell what it hides.
    """
    # The fused kernel reports a sum of 1 for a query that a bias hides all keys from.
    if query.device.type == "cpu" and rules.softcap is None and bias is None:
        return _fused(query, key, value, rules.scale, causal=causal, bias=None)
    return _plain(query, key, value, rules, causal=causal, bias=bias)


def attend_visible(
    query: Tensor, key: Tensor, value: Tensor, rules: Rules, bias: Tensor | None
) -> Part:
    """Return the same as `attend` for queries that each see one key or more."""
    if query.device.type == "cpu" and rules.softcap is None:
        return _fused(query, key, value, rules.scale, causal=False, bias=bias)
    return _plain(query, key, value, rules, causal=False, bias=bias)


def attend_in_window(
    query: Tensor, key: Tensor, value: Tensor, rules: Rules, places: Tensor, key_places: Tensor
) -> Part:
    """Return what queries at `places` get out of the keys in their window and not after them.

    Positions are on the host, [queries] and [keys]. Some queries at a time, since a bias is as
    large as their scores.
    """
    window = key_places.shape[0] + 1 if rules.window is None else rules.window
    size = max(1, _BIAS // key_places.shape[0])
    parts = []
    for start in range(0, places.shape[0], size):
        some = slice(start, start + size)
        distance = places[some].unsqueeze(-1) - key_places
        hidden = (distance < 0) | (distance >= window)
        bias = torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))[None, None]
        bias = bias.to(query.device)
        parts.append(_plain(query[:, :, some], key, value, rules, causal=False, bias=bias))
    return Part(
        torch.cat([one.out for one in parts], dim=2),
        torch.cat([one.log_sum for one in parts], dim=2),
    )


def join(out: Tensor, log_sum: Tensor, part: Part) -> None:
    """Add a part over further keys to `out` and `log_sum`, in place, both in float32 or wider."""
    total = torch.logaddexp(log_sum, part.log_sum)
    out.mul_((log_sum - total).exp_().unsqueeze(-1))
    out.add_(part.out * (part.log_sum - total).exp_().unsqueeze(-1).to(out.dtype))
    log_sum.copy_(total)


def _fused(
    query: Tensor, key: Tensor, value: Tensor, scale: float, *, causal: bool, bias: Tensor | None
) -> Part:
    """Use the processor's flash kernel, which shares key heads among query heads by itself."""
    out, log_sum = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(  # noqa: SLF001 - the public function drops the sums
        query,
        key,
        value,
        0.0,
        causal,
        attn_mask=None if bias is None else bias.to(query.dtype),
        scale=scale,
    )
    return Part(out, log_sum)


def _plain(
    query: Tensor, key: Tensor, value: Tensor, rules: Rules, *, causal: bool, bias: Tensor | None
) -> Part:
    """Compute the scores as such, some queries at a time; softmax in float32 or wider."""
    rows, heads, queries, _ = query.shape
    size = max(1, _SCORES // (rows * heads * key.shape[2]))
    parts = []
    for start in range(0, queries, size):
        stop = min(queries, start + size)
        hidden = bias
        if bias is not None and bias.shape[2] > 1:
            hidden = bias[:, :, start:stop]
        parts.append(
            _scores(query[:, :, start:stop], key, value, rules, hidden, start if causal else None)
        )
    if len(parts) == 1:
        return parts[0]
    return Part(
        torch.cat([one.out for one in parts], dim=2),
        torch.cat([one.log_sum for one in parts], dim=2),
    )


def _scores(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rules: Rules,
    bias: Tensor | None,
    first: int | None,
) -> Part:
    """`first`: the first query's place among the keys where attention is causal, else None."""
    rows, heads, queries, width = query.shape
    key_heads, keys = key.shape[1], key.shape[2]
    # Scaled first: in float16 the products themselves may be too large.
    grouped = (query * rules.scale).reshape(rows, key_heads, heads // key_heads, queries, width)
    scores = torch.matmul(grouped, key.unsqueeze(2).transpose(-1, -2))
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
    if rules.softcap is not None:
        scores = torch.tanh(scores / rules.softcap) * rules.softcap
    if bias is not None:
        scores = scores + bias.unsqueeze(1).to(scores.dtype)
    if first is not None:
        places = torch.arange(keys, device=query.device)
        later = places > places[first : first + queries].unsqueeze(-1)
        scores = scores.masked_fill(later, float("-inf"))
    log_sum = torch.logsumexp(scores, dim=-1)
    shares = torch.exp(scores - log_sum.masked_fill(log_sum.isinf(), 0).unsqueeze(-1))
    out = torch.matmul(shares.to(value.dtype), value.unsqueeze(2))
    return Part(
        out.reshape(rows, heads, queries, value.shape[-1]), log_sum.reshape(rows, heads, queries)
    )
