"""``adapters.toml``: what it may say, and one message for everything else."""

from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.adapters_file import Adapter, parse_adapters, read_adapters

WHERE = "adapters.toml"


def test_adapters_are_read_in_their_order() -> None:
    """Names, paths and globs; a dotted name is quoted, as TOML has it."""
    text = """
        [adapters.r8]
        path = "out/r8"
        watch = ["train/r8.yaml", "data/**"]
        [adapters."r16.v2"]
        path = "out/r16"
    """
    assert parse_adapters(text, where=WHERE) == (
        Adapter(name="r8", path="out/r8", watch=("train/r8.yaml", "data/**")),
        Adapter(name="r16.v2", path="out/r16"),
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("adapters.toml: lists no adapters", "[adapters.NAME]")),
        ("adapters = 3", ("adapters.toml: lists no adapters",)),
        ("[adapters]", ("adapters.toml: lists no adapters",)),
        ("[adapters.a]\npath = out", ("adapters.toml: this is no TOML: ", "line 2, column 8")),
        (
            '[adapters.a]\npath = "x"\n[adapters.a]\npath = "y"',
            ("this is no TOML: Cannot declare ('adapters', 'a') twice", "line 3"),
        ),
        ('[adaptors.a]\npath = "x"', ("unknown key 'adaptors'", "[adapters.NAME]")),
        ("[adapters]\na = 'x'", ("[adapters.a]: is no table",)),
        ("[adapters.a]", ("[adapters.a]: names no path", 'path = "FOLDER"')),
        ("[adapters.a]\npath = ''", ("[adapters.a]: names no path",)),
        ("[adapters.a]\npath = ['x', 'y']", ("[adapters.a]: names no path",)),
        (
            "[adapters.a]\npaht = 'x'",
            ("[adapters.a]: unknown key 'paht'", "Did you mean 'path'? Valid are path and watch."),
        ),
        ("[adapters.a]\npath = 'x'\nwatch = 'y'", ("[adapters.a]: watch is no list of globs",)),
        ("[adapters.a]\npath = 'x'\nwatch = [1]", ("[adapters.a]: watch is no list of globs",)),
        ("[adapters.base]\npath = 'x'", ("'base' is the base's own name",)),
        ("[adapters.'a b']\npath = 'x'", ("'a b' is no name that a candidate may have",)),
        ("[adapters.r8.v2]\npath = 'x'", ("[adapters.r8]: unknown key 'v2'",)),
    ],
)
def test_every_mistake_is_one_message(text: str, parts: tuple[str, ...]) -> None:
    """What is wrong, where, and what is valid."""
    with pytest.raises(FtevalsError) as caught:
        parse_adapters(text, where=WHERE)
    for part in parts:
        assert part in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message says what the file looks like, and how to name another."""
    with pytest.raises(FtevalsError, match=r"(?s)no such file.*path = .*--ftevals-adapters"):
        read_adapters(tmp_path / "adapters.toml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Neither UTF-8 nor readable as a file."""
    (tmp_path / "adapters.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FtevalsError, match="cannot be read"):
        read_adapters(tmp_path / "adapters.toml")
    with pytest.raises(FtevalsError, match="cannot be read"):
        read_adapters(tmp_path)
