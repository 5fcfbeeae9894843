"""Attention in parts, against the formula: plain softmax over all keys at once, in float64."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ftevals.core.encoded import Ids
from pytest_ftevals.planning.trie import build

BOUNDS = {"float32": 1e-5, "float64": 1e-10}
WIDTH = 8


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw sizes, rules, and where the keys are cut."""
    keys = draw(st.integers(1, 40))
    return {
        "dtype": draw(st.sampled_from(sorted(BOUNDS))),
        "rows": draw(st.integers(1, 3)),
        "key_heads": draw(st.sampled_from([1, 2])),
        "groups": draw(st.sampled_from([1, 2, 3])),
        "queries": draw(st.integers(1, 9)),
        "keys": keys,
        "softcap": draw(st.sampled_from([None, 2.0, 50.0])),
        "hidden": draw(st.sampled_from([0.0, 0.3])),
        "cuts": sorted(draw(st.sets(st.integers(0, keys), max_size=4))),
        "seed": draw(st.integers(0, 99)),
        "chunk": draw(st.sampled_from([1, 50, 2**26])),
    }


def plain(query: Any, key: Any, value: Any, scale: float, softcap: float | None, bias: Any) -> Any:
    """Return softmax attention in float64; 0 for a query that sees nothing."""
    import torch

    groups = query.shape[1] // key.shape[1]
    key, value = (one.double().repeat_interleave(groups, dim=1) for one in (key, value))
    scores = query.double() @ key.transpose(-1, -2) * scale
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    scores = scores if bias is None else scores + bias
    return torch.softmax(scores, dim=-1).nan_to_num() @ value


@settings(deadline=None)
@given(shape=shapes())
def test_parts_join_to_the_whole(shape: dict[str, Any]) -> None:
    """Whatever the cuts are, parts of one key and parts hidden from a query among them."""
    import torch

    from pytest_ftevals.engines.transformers import attention

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention, "_SCORES", shape["chunk"])
        torch.manual_seed(shape["seed"])
        heads, keys = shape["key_heads"] * shape["groups"], shape["keys"]
        dtype = getattr(torch, shape["dtype"])
        query = torch.randn(shape["rows"], heads, shape["queries"], WIDTH, dtype=dtype) * 2
        key, value = torch.randn(2, shape["rows"], shape["key_heads"], keys, WIDTH, dtype=dtype)
        bias = None
        if shape["hidden"]:
            drawn = torch.rand(shape["rows"], 1, shape["queries"], keys) < shape["hidden"]
            bias = torch.zeros(drawn.shape).masked_fill(drawn, float("-inf"))
            bias[..., -1] = 0  # each query sees one
        rules = attention.Rules(scale=0.3, softcap=shape["softcap"])
        out = torch.zeros(*query.shape, dtype=dtype)
        log_sum = torch.full(query.shape[:3], float("-inf"), dtype=dtype)
        # The last key first: what was joined before must not be a query that saw nothing.
        edges = sorted({0, *shape["cuts"], keys - 1, keys})
        for start, stop in reversed([*pairwise(edges)]):
            own = slice(start, stop)
            part = attention.attend(
                query,
                key[:, :, own],
                value[:, :, own],
                rules,
                bias=None if bias is None else bias[..., own],
            )
            attention.join(out, log_sum, part)
        expected = plain(query, key, value, 0.3, shape["softcap"], bias)
        assert (out - expected).abs().max() <= BOUNDS[shape["dtype"]]
        if bias is not None:
            whole = attention.attend_visible(query, key, value, rules, bias)
            assert (whole.out - expected).abs().max() <= BOUNDS[shape["dtype"]]


ROWS = st.lists(
    st.lists(st.sampled_from([(1,), (2,), (3,) * 8, (4, 5) * 6]), min_size=1, max_size=4).map(
        lambda parts: (7, 7, *sum(parts, ()))
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(
    rows=ROWS,
    dtype=st.sampled_from(sorted(BOUNDS)),
    window=st.sampled_from([None, 1, 3, 8, 100]),
    softcap=st.sampled_from([None, 2.0]),
    prefix=st.sampled_from([0, 1, 2]),
    seed=st.integers(0, 99),
)
def test_a_packed_row_sees_what_each_row_sees(
    rows: list[Ids],
    dtype: str,
    window: int | None,
    softcap: float | None,
    prefix: int,
    seed: int,
) -> None:
    """The cascade over the trie, after a past or not, is causal attention over every row."""
    import torch

    from pytest_ftevals.engines.transformers.attention import Rules
    from pytest_ftevals.engines.transformers.packed import PackedPass, Past

    segments, ends = build(rows, prefix)
    whole = PackedPass(segments=segments)
    tokens = len(whole.ids)
    torch.manual_seed(seed)
    query = torch.randn(1, 4, tokens, WIDTH, dtype=getattr(torch, dtype)) * 2
    key, value = torch.randn(2, 1, 2, tokens, WIDTH, dtype=query.dtype)
    rules = Rules(scale=0.3, window=window, softcap=softcap)
    found = whole.attend(0, query, key, value, rules)
    if prefix and len(segments) > 1:
        past = Past(length=prefix, layers={0: (key[:, :, :prefix], value[:, :, :prefix])})
        after = PackedPass(segments=segments[1:], past=past)
        rest = query[:, :, prefix:], key[:, :, prefix:], value[:, :, prefix:]
        found[:, prefix:] = after.attend(0, *rest, rules)
    for end in ends.values():
        places: list[int] = []
        index = end
        while index >= 0:
            start = whole.offsets[index]
            places = [*range(start, start + len(segments[index].ids)), *places]
            index = segments[index].parent
        distance = torch.arange(len(places))[:, None] - torch.arange(len(places))
        hidden = (distance < 0) | (distance >= (window or len(places)))
        bias = torch.zeros(hidden.shape).masked_fill(hidden, float("-inf"))
        row = query[:, :, places], key[:, :, places], value[:, :, places]
        expected = plain(*row, rules.scale, softcap, bias)
        assert (found[:, places].transpose(1, 2) - expected).abs().max() <= BOUNDS[dtype]
