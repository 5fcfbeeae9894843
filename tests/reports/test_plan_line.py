"""The plan line: what collection promises."""

from pytest_ftevals.reports.plan_line import early_plan_line, plan_line


def test_plan_line_counts() -> None:
    """All six counts stand on the line, with separators and plurals."""
    assert plan_line(4, 2, 1240, 812, 640, 172) == (
        "ftevals: 4 tests · 2 variants · 1,240 requests · 812 unique · 640 stored · 172 to run"
    )
    assert plan_line(1, 1, 1, 1, 1, 0).startswith("ftevals: 1 test · 1 variant · 1 request · ")


def test_plan_line_says_what_it_does_not_know() -> None:
    """A store that was not looked into is unknown, not empty."""
    assert plan_line(4, 2, 1240, 812, None, None) == (
        "ftevals: 4 tests · 2 variants · 1,240 requests · 812 unique · stored unknown"
    )


def test_plan_line_in_ascii() -> None:
    """The dots become bars where only ASCII is allowed."""
    assert plan_line(4, 2, 9, 8, 8, 0, ascii_only=True).isascii()


def test_plan_line_of_an_early_stop() -> None:
    """What may be asked at most; what is stored of it is no matter."""
    assert early_plan_line(4, 2, 1240, 812) == (
        "ftevals: 4 tests · 2 variants · up to 1,240 requests · 812 unique, early stop"
    )
    assert early_plan_line(4, 2, 9, 8, ascii_only=True).isascii()
