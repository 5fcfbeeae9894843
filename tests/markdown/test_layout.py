"""What fits: the most important parts first, in their own order, the rest counted."""

from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.reports.markdown.layout import Part, fitted, size

HEAD = Part(rank=0, head="head\n")
TABLE = Part(rank=1, head="table\n", items=["x" * 9 + "\n"] * 100, tail="end\n", noun="row")
NOTES = Part(rank=9, head="n" * 500 + "\n", noun="note")


def test_everything_fits() -> None:
    """Nothing is cut, and nothing is said of it."""
    wanted = "head\n" + "n" * 500 + "\ntable\n" + ("x" * 9 + "\n") * 100 + "end\n"
    assert fitted([HEAD, NOTES, TABLE], 10_000) == wanted


def test_items_are_cut_and_counted() -> None:
    """What is left of a part is said below its last item, before its end."""
    text = fitted([HEAD, TABLE], 1000)
    shown = text.count("x" * 9)
    assert 20 < shown < 100
    more = f"*{100 - shown} more rows: see `report.html`, in the folder of this report.*"
    assert text.endswith(f"{'x' * 9}\n\n{more}\nend\n")


def test_the_least_important_part_goes_first() -> None:
    """A part of which nothing fits is named at the end."""
    text = fitted([HEAD, NOTES, TABLE], 1200)
    assert "nnn" not in text
    assert text.count("x" * 9) > 20
    assert text.endswith(
        "*Left out for room: 1 note. See `report.html`, in the folder of this report.*\n"
    )


def test_parts_of_one_rank_share() -> None:
    """A long one does not take the room of the next."""
    text = fitted([TABLE, TABLE, TABLE], 2000)
    assert text.count("table\n") == 3
    assert text.count("more rows") == 3


def test_more_than_is_listed_is_counted() -> None:
    """Where only the first items were made, the total is what there are."""
    part = Part(rank=1, head="h\n", items=["a\n"], noun="case", total=7)
    assert "6 more cases" in fitted([part], 1000)


@given(
    st.lists(
        st.builds(
            Part,
            rank=st.integers(1, 3),
            head=st.text("ab😀", max_size=300),
            items=st.lists(st.text("ab😀", max_size=200), max_size=30),
            tail=st.text("ab", max_size=20),
            noun=st.sampled_from(["row", "note"]),
            total=st.none(),
        ),
        max_size=8,
    ),
    st.integers(400, 5000),
)
def test_the_room_is_never_exceeded(parts: list[Part], room: int) -> None:
    """Whatever the parts are: items are taken from the first on, and none is lost silently."""
    text = fitted(parts, room)
    assert size(text) <= room
    if sum(part.count or 1 for part in parts) and "more " not in text and "Left out" not in text:
        assert text == "".join(part.head + "".join(part.items) + part.tail for part in parts)
