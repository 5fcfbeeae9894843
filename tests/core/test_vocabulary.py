"""The vocabulary: canonical JSON, messages, and what the dataclasses work out themselves."""

import dataclasses
import importlib
import pkgutil
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals import core
from pytest_ftevals.core.canonical import canonical, digest
from pytest_ftevals.core.case import Message, prompt_json
from pytest_ftevals.core.comparison import Comparison, Estimate, Interval
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response, failed

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(inner) for key, inner in reversed(value.items())}
    return [_turned(inner) for inner in value] if isinstance(value, list) else value


@given(value=VALUES.filter(lambda value: "inf" not in repr(value)))
def test_one_spelling_for_one_value(value: Any) -> None:
    """The order in which an object was written does not change its spelling or its digest."""
    assert canonical(_turned(value)) == canonical(value)
    assert digest(_turned(value)) == digest(value)


def test_what_json_lacks_has_no_spelling() -> None:
    """NaN and the infinities are refused rather than spelled in a way of one's own."""
    for number in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            canonical({"x": number})


def test_half_characters_have_a_digest() -> None:
    """Text from a model may hold lone surrogates; they are told from one another."""
    assert len({digest(text) for text in ("\ud800", "\ud801", "\ufffd", "?", "")}) == 5


def test_a_mistake_is_one_message() -> None:
    """Where, what and the fix, as far as given."""
    assert str(FtevalsError("no rows")) == "no rows"
    assert str(FtevalsError("no rows", where="a.yaml:3")) == "a.yaml:3: no rows"
    whole = FtevalsError("no rows", where="a.yaml:3", fix="Add rows.")
    assert str(whole) == "a.yaml:3: no rows\n  Add rows."


def test_a_prompt_as_json() -> None:
    """Text stays text; a chat is a list of messages."""
    chat = (Message(role="system", content="Be short."), Message(role="user", content="Hi"))
    assert prompt_json("Hi") == "Hi"
    assert prompt_json(chat) == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hi"},
    ]


@pytest.mark.parametrize(
    ("logprobs", "choice"),
    [((), None), ((-1.0,), 0), ((-2.0, -1.0), 1), ((-1.0, -1.0), 0), ((-9.0, -1.0, -1.0), 1)],
)
def test_the_likeliest_option_is_the_choice(
    logprobs: tuple[float, ...], choice: int | None
) -> None:
    """The first of equals; none where nothing was scored."""
    scored = tuple(Choice(text=" A", logprob=one, tokens=1) for one in logprobs)
    assert Response(choices=scored).choice == choice


def test_an_error_is_no_answer() -> None:
    """It says why, and has no text that could be scored."""
    response = failed("out of memory")
    assert (response.error, response.finish, response.text) == ("out of memory", "error", "")


@pytest.mark.parametrize(
    ("higher", "delta", "interval"), [(True, 3.0, (1.0, 6.0)), (False, -3.0, (-6.0, -1.0))]
)
def test_delta_is_gain_with_the_direction_taken_out(
    higher: bool,
    delta: float,
    interval: tuple[float, float],
) -> None:
    """Where lower is better a gain is a negative delta, its interval turned round."""
    span = Interval(low=1.0, high=6.0, level=0.95, method="t")
    gain = Estimate(value=3.0, interval=span, bounds=span)
    comparison = Comparison(
        task="t",
        metric="m",
        candidate="c",
        slice=None,
        n=2,
        base=gain,
        value=gain,
        gain=gain,
        points=False,
        higher_is_better=higher,
        wins=1,
        losses=0,
        ties=1,
    )
    found = comparison.delta_interval
    assert comparison.delta == delta
    assert (found.low, found.high) == interval
    assert (found.level, found.method) == (0.95, "t")


def test_words_are_values() -> None:
    """Every dataclass is frozen, slotted and keyword-only: planned, answered, decided once."""
    words = [
        word
        for name in sorted(module.name for module in pkgutil.iter_modules(core.__path__))
        for word in vars(importlib.import_module(f"{core.__name__}.{name}")).values()
        if isinstance(word, type) and dataclasses.is_dataclass(word)
    ]
    assert len(words) > 20
    for word in words:
        assert word.__dataclass_params__.frozen, word  # type: ignore[attr-defined]
        assert "__slots__" in vars(word), word
        assert all(field.kw_only for field in dataclasses.fields(word)), word


def test_the_vocabulary_needs_the_standard_library_alone() -> None:
    """Reading every module of `core` imports nothing that is installed."""
    script = (
        "import pkgutil, sys, importlib\n"
        "import pytest_ftevals.core as core\n"
        "names = [m.name for m in pkgutil.iter_modules(core.__path__)]\n"
        "before = set(sys.modules)\n"
        "for name in names: importlib.import_module('pytest_ftevals.core.' + name)\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names) - {'pytest_ftevals'}))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
