"""Keys: everything that can change a response is in them, and nothing else."""

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.core.variant import Numerics
from pytest_ftevals.store.keys import (
    KEY_VERSION,
    LIBRARIES,
    KeyContext,
    library_versions,
    response_key,
)

ROOT = Path(__file__).parents[2]
NUMERICS = Numerics(device="cpu", dtype="float32", attention="sdpa")
CONTEXT = KeyContext(
    fingerprint="aa",
    tokenizer="bb",
    numerics=NUMERICS,
    engine="transformers",
    versions=(("torch", "2.6"), ("peft", "0.19")),
)
REQUEST = Request(kind="generate", prompt="Say yes", decode=Decode())

# One other value or more for every field. A new field without a line here fails below.
OTHER_NUMERICS: dict[str, list[Any]] = {
    "device": ["cuda", ""],
    "dtype": ["bfloat16"],
    "attention": ["eager"],
    "quantization": [{}, {"quant_method": "bitsandbytes"}, "None"],
}
OTHER_CONTEXT: dict[str, list[Any]] = {
    "fingerprint": ["ab", ""],
    "tokenizer": ["aa", ""],
    "numerics": [replace(NUMERICS, dtype="float16")],
    "engine": ["fake:Engine"],
    "versions": [
        (),
        (("torch", "2.6"),),
        (("torch", "2.6"), ("peft", "0.20")),
        (("torch", "0.19"), ("peft", "2.6")),
        (("peft", "0.19"), ("torch", "2.6")),
    ],
}
OTHER_DECODE: dict[str, list[Any]] = {
    "max_new_tokens": [1],
    "temperature": [0.7],
    "top_p": [0.9],
    "top_k": [5],
    "seed": [1],
    "stop": [("\n",), ("\n", "."), (".", "\n"), ("",)],
}
OTHER_REQUEST: dict[str, list[Any]] = {
    "kind": ["loglikelihood"],
    "prompt": [
        "Say yes ",
        "say yes",
        "Say yes\u200b",
        "",
        (Message(role="user", content="Say yes"),),
        (Message(role="system", content="Say yes"),),
        (Message(role="user", content="Say "), Message(role="user", content="yes")),
    ],
    "continuations": [(" A",), (" A", " B"), (" B", " A"), (" A B",)],
    "decode": [None, Decode(seed=2)],
    "givens": [(" x",), (" x", " y"), (" y", " x")],
    "greedy": [True],
    "turns": [("Why?",), ("Why?", "And?"), ("And?", "Why?")],
    "sample": [1, 2],
}
TABLES = {
    KeyContext: OTHER_CONTEXT,
    Numerics: OTHER_NUMERICS,
    Request: OTHER_REQUEST,
    Decode: OTHER_DECODE,
}

TEXT = st.text(st.characters(), max_size=8)  # lone surrogates included
MESSAGES = st.lists(st.builds(Message, role=TEXT, content=TEXT), max_size=3).map(tuple)
DECODES = st.builds(
    Decode,
    max_new_tokens=st.integers(1, 9),
    temperature=st.floats(0, 2),
    top_p=st.floats(0.1, 1),
    top_k=st.integers(0, 9),
    seed=st.integers(0, 9),
    stop=st.lists(TEXT, max_size=2).map(tuple),
)
REQUESTS = st.builds(
    Request,
    kind=st.sampled_from(["generate", "loglikelihood"]),
    prompt=TEXT | MESSAGES,
    continuations=st.lists(TEXT, max_size=3).map(tuple),
    decode=st.none() | DECODES,
    sample=st.integers(0, 3),
)
QUANTIZATION = st.none() | st.dictionaries(TEXT, st.integers() | st.booleans(), max_size=2)
CONTEXTS = st.builds(
    KeyContext,
    fingerprint=TEXT,
    tokenizer=TEXT,
    numerics=st.builds(
        Numerics, device=TEXT, dtype=TEXT, attention=TEXT, quantization=QUANTIZATION
    ),
    engine=TEXT,
    versions=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
)


def _key(context: KeyContext, request: Request) -> str:
    return response_key(context.digest(), request)


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_the_tables_name_every_field(kind: Any) -> None:
    """A field that is added to the key's parts has to be added here, and so to the key."""
    assert set(TABLES[kind]) == {field.name for field in fields(kind)}


def _changed() -> list[tuple[str, KeyContext, Request]]:
    found: list[tuple[str, KeyContext, Request]] = []
    for name, values in OTHER_CONTEXT.items():
        found += [(name, replace(CONTEXT, **{name: value}), REQUEST) for value in values]
    for name, values in OTHER_NUMERICS.items():
        for value in values:
            numerics = replace(NUMERICS, **{name: value})
            found.append((f"numerics.{name}", replace(CONTEXT, numerics=numerics), REQUEST))
    for name, values in OTHER_REQUEST.items():
        found += [(name, CONTEXT, replace(REQUEST, **{name: value})) for value in values]
    for name, values in OTHER_DECODE.items():
        for value in values:
            request = replace(REQUEST, decode=replace(Decode(), **{name: value}))
            found.append((f"decode.{name}", CONTEXT, request))
    return found


def test_every_field_changes_the_key() -> None:
    """No two of all the single changes, and no change and the original, share a key."""
    changed = [("nothing", CONTEXT, REQUEST), *_changed()]
    keys: dict[str, str] = {}
    for name, context, request in changed:
        key = _key(context, request)
        assert key not in keys, f"{name} and {keys[key]} share a key"
        keys[key] = name


def test_another_version_of_the_key_misses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raising the key's version makes every older answer a miss."""
    before = _key(CONTEXT, REQUEST)
    monkeypatch.setattr("pytest_ftevals.store.keys.KEY_VERSION", KEY_VERSION + 1)
    assert _key(CONTEXT, REQUEST) != before


@given(left=st.tuples(CONTEXTS, REQUESTS), right=st.tuples(CONTEXTS, REQUESTS), same=st.booleans())
def test_keys_are_equal_where_contents_are(
    left: tuple[KeyContext, Request], right: tuple[KeyContext, Request], *, same: bool
) -> None:
    """Equal contents have one key, any others have two; keys are 64 hex digits."""
    if same:
        right = (replace(left[0]), replace(left[1]))
    assert (_key(*left) == _key(*right)) == (left == right)
    assert len(_key(*left)) == 64
    assert int(_key(*left), 16) >= 0


@given(quantization=st.dictionaries(TEXT, st.integers(), min_size=2, max_size=4))
def test_order_in_a_config_is_no_content(quantization: dict[str, int]) -> None:
    """The same quantisation config written in another order gives the same key."""
    turned = dict(reversed(quantization.items()))
    one, other = (
        replace(CONTEXT, numerics=replace(NUMERICS, quantization={**config}))
        for config in (quantization, turned)
    )
    assert _key(one, REQUEST) == _key(other, REQUEST)


def test_other_processes_make_the_same_key() -> None:
    """The key does not hang on the process's hash seed."""
    script = (
        "from tests.store.test_keys import *\n"
        "from tests.store.test_keys import _key\n"
        "print(_key(CONTEXT, REQUEST))"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == _key(CONTEXT, REQUEST)


def test_versions_come_from_metadata_alone() -> None:
    """Asking for versions imports none of the libraries; one that is missing is named so."""
    script = (
        "import sys; from pytest_ftevals.store.keys import library_versions, LIBRARIES;"
        "library_versions(); print(sorted(set(LIBRARIES) & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert [name for name, _ in library_versions()] == list(LIBRARIES)
    assert library_versions(("no-such-thing",)) == (("no-such-thing", "not installed"),)
