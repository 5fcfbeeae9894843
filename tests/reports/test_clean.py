"""Hostile text: nothing invisible or steering survives, widths are what terminals show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.reports.clean import clean, display_width, excerpt, head_of, padded, shorten

FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

any_text = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\n\r\t\u202e\u200b\ud800\u0301\ufe0f漢\U000e0041")
)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain", "plain"),
        ("Köln 東京 😀", "Köln 東京 😀"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("one\r\n\n two\u2028three", "one⏎ two⏎three"),
        ("a\tb", "a b"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("yes\u200b\xa0", r"yes\u200b\xa0"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\ufe0f\u2800", r"\ufe0f\u2800"),
        ("e\u0301", "e\u0301"),
        ("\u0301e", r"\u0301e"),
        ("a" + "\u0301" * 5, "a" + "\u0301" * 3 + r"\u0301" * 2),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(hostile: str, shown: str) -> None:
    """Escapes, breaks, overrides and invisible characters become visible; letters stay."""
    assert clean(hostile) == shown


def test_ascii_only_spells_everything_else() -> None:
    """With ascii_only nothing beyond ASCII is left, and line breaks show as backslash n."""
    assert clean("Köln\n😀\x1b", ascii_only=True) == r"K\xf6ln\n\U0001f600\x1b"


@given(any_text, st.booleans())
def test_no_forbidden_character_survives(text: str, ascii_only: bool) -> None:
    """Whatever comes in, no control, format, private, unassigned or separator character leaves."""
    shown = clean(text, ascii_only=ascii_only)
    assert FORBIDDEN.isdisjoint(map(unicodedata.category, shown))
    assert shown.isascii() or not ascii_only
    shown.encode("utf-8")


@given(any_text, st.integers(0, 40), st.booleans(), st.booleans())
def test_shortened_text_keeps_to_its_width(
    text: str, width: int, ascii_only: bool, keep_end: bool
) -> None:
    """Shortening never exceeds the width and leaves what fits alone."""
    shown = clean(text, ascii_only=ascii_only)
    short = shorten(shown, width, ascii_only=ascii_only, keep_end=keep_end)
    assert display_width(short) <= width
    assert short == shown or display_width(shown) > width
    assert display_width(excerpt(text, width, ascii_only=ascii_only)) <= width


def test_wide_characters_count_twice() -> None:
    """East Asian wide characters take two columns, accents none."""
    assert display_width("東京") == 4
    assert display_width("e\u0301a") == 2
    assert shorten("東京都", 5) == "東京…"
    assert shorten("東京都", 4) == "東…"
    assert shorten("abcdef", 4, keep_end=True) == "…def"
    assert shorten("東京", 1) == "…"
    assert shorten("abcdef", 4, ascii_only=True) == "a..."
    assert head_of("東京", 3) == "東"
    assert head_of("東京", 4) == "東京"
    assert padded("東", 4) == "東  "
    assert padded("東", 4, right=True) == "  東"


def test_long_texts_are_cut_before_they_are_cleaned() -> None:
    """A cut text ends in an ellipsis even where its cleaned beginning would fit."""
    assert excerpt("\n" * 10_000, 20) == "⏎…"
    assert excerpt("\n" * 10_000, 20, ascii_only=True) == r"\n..."
