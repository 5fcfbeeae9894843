"""Sizes as people write and read them."""

import pytest

from pytest_ftevals.core.sizes import read_size, show_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("4096B", 4096),
        ("500MB", 500_000_000),
        (" 1.5 gb ", 1_500_000_000),
        ("2GiB", 2 << 30),
        ("0.5kib", 512),
        ("1TB", 10**12),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    """Decimal units and binary ones, whatever the case."""
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "1XB", "1e3", "one", "1.MB", "1 M B", "٣MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match="is no size; write it like 500MB"):
        read_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (12_345_678, "12.3 MB"),
        (2_500_000_000_000, "2,500.0 GB"),
    ],
)
def test_sizes_are_shown(size: int, text: str) -> None:
    """In the largest unit that it fills."""
    assert show_size(size) == text
