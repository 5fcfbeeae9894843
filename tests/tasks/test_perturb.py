"""Noise in texts: what it changes, what it leaves, and that a seed fixes it."""
# ruff: noqa: S311 - seeded numbers, no secrets

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.tasks.perturb import PADDING, PERTURBATIONS, padding, typos

TEXT = "Which planet is the largest one in our solar system?"
KINDS = sorted(PERTURBATIONS)
SEEDS = st.integers(0, 2**32)
STRENGTHS = st.floats(0, 1)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS, strength=STRENGTHS)
def test_a_sentence_always_changes(kind: str, seed: int, strength: float) -> None:
    """However small the strength: a case that stays as it was would measure nothing."""
    assert PERTURBATIONS[kind](TEXT, random.Random(seed), strength) != TEXT


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(), seed=SEEDS, strength=STRENGTHS)
def test_a_seed_fixes_it(kind: str, text: str, seed: int, strength: float) -> None:
    """For any text at all, and the same in every process."""
    first = PERTURBATIONS[kind](text, random.Random(seed), strength)
    assert PERTURBATIONS[kind](text, random.Random(seed), strength) == first


@given(seed=SEEDS, strength=STRENGTHS)
def test_typos_keep_the_ends_of_words(seed: int, strength: float) -> None:
    """And their number; short words are untouched."""
    before = TEXT.split()
    after = typos(TEXT, random.Random(seed), strength).split()
    assert [(word[0], word[-1]) for word in after] == [(word[0], word[-1]) for word in before]
    assert [word for word in after if len(word) < 3] == [word for word in before if len(word) < 3]


@given(seed=SEEDS)
def test_strength_is_the_share_of_words(seed: int) -> None:
    """At 1 every word of four letters or more has an error."""
    after = typos(TEXT, random.Random(seed), 1.0).rstrip("?").split()
    changed = [new != old for new, old in zip(after, TEXT.rstrip("?").split(), strict=True)]
    long = [len(word) >= 4 for word in TEXT.rstrip("?").split()]
    assert changed == long


@given(seed=SEEDS, strength=STRENGTHS)
def test_letters_stay(seed: int, strength: float) -> None:
    """Case, white space and order change no letter but its case, its place or its distance."""
    for kind in ("casing", "whitespace", "word_order"):
        after = PERTURBATIONS[kind](TEXT, random.Random(seed), strength)
        assert Counter(after.lower().split()) == Counter(TEXT.lower().split())


@given(text=st.text(), seed=SEEDS)
def test_padding_holds_the_text(text: str, seed: int) -> None:
    """Ten sentences at a tenth, the text whole between them."""
    before, _, rest = padding(text, random.Random(seed), 0.1).partition(f"\n\n{text}\n\n")
    assert sum(f"{before} {rest}".count(sentence) for sentence in PADDING) == 10


@pytest.mark.parametrize("kind", ["typos", "word_order"])
@pytest.mark.parametrize("text", ["", "a", "12 12", "?!"])
def test_nothing_to_change(kind: str, text: str) -> None:
    """A text without a word to change comes back as it is."""
    assert PERTURBATIONS[kind](text, random.Random(0), 1.0) == text
