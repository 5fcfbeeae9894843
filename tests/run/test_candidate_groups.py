"""Seeds of one recipe as the command line spells them."""

from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.settings import Settings, Source, parse_candidates


def _settings(*written: str) -> Settings:
    return Settings(root=Path(), candidates=parse_candidates(written))


def test_a_group_is_its_seeds() -> None:
    """Each is a variant with a name that a candidate may have; the group stands for all."""
    found = _settings("r4=out/r4", "r8=[out/s0, out/s1 ,ORG/s2@main]", "out/full")
    assert found.candidates == (
        Source(name="r4", source="out/r4"),
        Source(name="r8.0", source="out/s0", group="r8"),
        Source(name="r8.1", source="out/s1", group="r8"),
        Source(name="r8.2", source="ORG/s2@main", group="r8"),
        Source(name="full", source="out/full"),
    )
    assert found.variants == ("base", "r4", "r8.0", "r8.1", "r8.2", "full")
    assert found.compared == ("r4", "r8", "full")
    assert found.groups == {"r8": ("r8.0", "r8.1", "r8.2")}
    assert found.seeds("r8") == ("r8.0", "r8.1", "r8.2")
    assert found.seeds("r4") == ("r4",)


def test_a_seeds_name_is_one_that_a_candidate_may_have() -> None:
    """So that it can be written on its own, and every report and test id takes it."""
    group = parse_candidates(["r8=[a,b]"])
    alone = parse_candidates([f"{one.name}={one.source}" for one in group])
    assert [one.name for one in alone] == [one.name for one in group]


def test_a_bracket_inside_a_path_is_the_paths() -> None:
    """Only a list that is the whole source makes a group."""
    assert _settings("r8=out/run[1]").groups == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("r8=[]", "'r8=[]' names no seeds"),
        ("r8=[ , ]", "'r8=[ , ]' names no seeds"),
        ("r8=[a]", "'r8=[a]' is a group of one seed, which shows no spread"),
        ("r8=[a,b,a]", "'r8=[a,b,a]' names a twice"),
        ("r8=[a,./a/]", "'r8=[a,./a/]' names a twice"),
        ("r8=[a,,b]", "'r8=[a,,b]' is no list of folders or hub ids"),
        ("r8=[a,b,]", "'r8=[a,b,]' is no list of folders or hub ids"),
        ("r8=[a,[b,c]]", "'r8=[a,[b,c]]' is no list of folders or hub ids"),
        ("r8=[a,b", "'r8=[a,b' has a bracket without its other half"),
        ("r8=a,b]", "'r8=a,b]' has a bracket without its other half"),
        ("[a,b]", "'[a,b]' gives no usable name"),
        ("base=[a,b]", "'base=[a,b]' is the base's own name"),
    ],
)
def test_a_list_that_is_no_group_is_refused(text: str, why: str) -> None:
    """The text as written, what is wrong with it, and how to write it."""
    with pytest.raises(FtevalsError) as caught:
        parse_candidates(["fine=out/fine", text])
    message = str(caught.value)
    assert message.startswith("--ftevals-candidate: ")
    assert why in message
    assert "Write " in message


@pytest.mark.parametrize(
    ("written", "name", "first", "second"),
    [
        (("r8.1=x", "r8=[a,b]"), "r8.1", "x", "b, a seed of r8"),
        (("r8=[a,b]", "r8.0=x"), "r8.0", "a, a seed of r8", "x"),
        (("r8=[a,b]", "r8=c"), "r8", "[a,b]", "c"),
        (("r8=[a,b]", "r8=[c,d]"), "r8", "[a,b]", "[c,d]"),
    ],
)
def test_names_cannot_clash(written: tuple[str, ...], name: str, first: str, second: str) -> None:
    """A seed, a group and a candidate of one name are refused, in any order."""
    with pytest.raises(FtevalsError) as caught:
        parse_candidates(written)
    assert str(caught.value).startswith(
        f"--ftevals-candidate: two candidates are called {name!r}: {first} and {second}\n"
        "  Give each a name of its own: "
    )
