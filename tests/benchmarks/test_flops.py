"""The benchmark's count of needed operations, against counting one token at a time."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.flops import Shape, Tokenized, Tokens, needed, shape
from benchmarks.table import NotRunError

IDS = st.lists(st.integers(0, 2), min_size=2, max_size=7).map(tuple)
SEQUENCES = st.lists(
    IDS.flatmap(lambda ids: st.builds(Tokenized, st.just(ids), st.integers(1, len(ids) - 1))),
    min_size=1,
    max_size=8,
)


@given(sequences=SEQUENCES)
def test_needed_tokens_equal_a_count_of_distinct_beginnings(sequences: list[Tokenized]) -> None:
    """A token is what it is by all that stands before it; it attends to as many as it is long."""
    beginnings = {one.ids[:end] for one in sequences for end in range(1, len(one.ids))}
    predicting = {
        one.ids[:end] for one in sequences for end in range(len(one.ids) - one.scored, len(one.ids))
    }
    assert needed(sequences) == Tokens(
        unique=len(beginnings),
        attended=sum(map(len, beginnings)),
        predicted=len(predicting),
    )


def test_operations_follow_the_formula() -> None:
    """2 P T + 4 L A K + 2 W V S, with the adapter's matrices for a candidate."""
    sizes = Shape(
        layer_parameters=100,
        adapter_parameters=10,
        layers=2,
        attention=8,
        hidden=4,
        vocabulary=50,
    )
    tokens = Tokens(unique=3, attended=6, predicted=2)
    assert sizes.operations(tokens, adapted=False) == 2 * 100 * 3 + 4 * 2 * 8 * 6 + 2 * 4 * 50 * 2
    assert sizes.operations(tokens, adapted=True) == 2 * 110 * 3 + 4 * 2 * 8 * 6 + 2 * 4 * 50 * 2


def test_config_without_sizes_is_no_figure(tmp_path: Path) -> None:
    """What cannot be counted is reported, not guessed."""
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 4}))
    with pytest.raises(NotRunError, match="num_attention_heads"):
        shape(tmp_path, tmp_path)
