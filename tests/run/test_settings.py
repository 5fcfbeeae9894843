"""Candidates as the command line spells them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.settings import Settings, Source, parse_candidates


@pytest.mark.parametrize(
    ("text", "name", "source"),
    [
        ("r8=out/r8", "r8", "out/r8"),
        (" r8 = out/r8 ", "r8", "out/r8"),
        ("out/r8", "r8", "out/r8"),
        ("out/r8/", "r8", "out/r8/"),
        ("r8", "r8", "r8"),
        ("./r8", "r8", "./r8"),
        ("/abs/out/r8", "r8", "/abs/out/r8"),
        ("..\\out\\r8", "r8", "..\\out\\r8"),
        ("ORG/NAME", "NAME", "ORG/NAME"),
        ("ORG/NAME@main", "NAME", "ORG/NAME@main"),
        ("ORG/NAME@refs/pr/3", "NAME", "ORG/NAME@refs/pr/3"),
        ("mine=ORG/NAME@main", "mine", "ORG/NAME@main"),
        ("lr=1e-4=out", "lr", "1e-4=out"),
        ("out/lr=1e-4/r8", "r8", "out/lr=1e-4/r8"),
        ("v1.2+b_3-x=out", "v1.2+b_3-x", "out"),
        ("größe=out", "größe", "out"),
    ],
)
def test_a_candidate_is_named(text: str, name: str, source: str) -> None:
    """By NAME=, else after its last folder; an equals sign inside a path is the path's."""
    assert parse_candidates([text]) == (Source(name=name, source=source),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'' names no folder or hub id"),
        (" ", "' ' names no folder or hub id"),
        ("r8=", "'r8=' names no folder or hub id"),
        ("=out/r8", "'=out/r8' gives no usable name ('')"),
        ("a b=out", "'a b=out' gives no usable name ('a b')"),
        ("a[1]=out", "'a[1]=out' gives no usable name ('a[1]')"),
        ("a\nb=out", "gives no usable name"),
        ("out/lr=1e-4", "'out/lr=1e-4' gives no usable name ('lr=1e-4')"),
        ("out/my adapter", "gives no usable name ('my adapter')"),
        ("/", "'/' gives no usable name ('')"),
        ("base=out/r8", "'base=out/r8' is the base's own name"),
        ("out/base", "'out/base' is the base's own name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(text: str, why: str) -> None:
    """The text as written, what is wrong with it, and how to write it."""
    with pytest.raises(FtevalsError) as caught:
        parse_candidates(["fine=out/fine", text])
    message = str(caught.value)
    assert message.startswith("--ftevals-candidate: ")
    assert why in message
    assert "Write NAME=FOLDER" in message


def test_two_of_one_name_are_refused() -> None:
    """Both sources are named, and a line that would be right."""
    with pytest.raises(FtevalsError) as caught:
        parse_candidates(["one/r8", "r16=x", "two/r8"])
    assert str(caught.value) == (
        "--ftevals-candidate: two candidates are called 'r8': one/r8 and two/r8\n"
        "  Give each a name of its own: --ftevals-candidate NAME=two/r8"
    )


@given(texts=st.lists(st.text(max_size=12) | st.text("ab/=@. base", max_size=8), max_size=4))
def test_any_text_is_read_or_refused(texts: list[str]) -> None:
    """Names are unique, usable and never the base's; anything else is one clear message."""
    try:
        found = parse_candidates(texts)
    except FtevalsError:
        return
    names = [one.name for one in found]
    assert len(set(names)) == len(texts)
    assert all(name and name != "base" and name == name.strip() for name in names)
    assert all(one.source for one in found)


def test_the_base_goes_first() -> None:
    """The variants of a run, in the order of every report."""
    settings = Settings(root=Path(), candidates=parse_candidates(["z=1", "a=2"]))
    assert settings.variants == ("base", "z", "a")
