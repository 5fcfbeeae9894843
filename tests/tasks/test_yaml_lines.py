"""YAML files: what is refused and where, and what plain words mean."""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.yaml_lines import read_yaml

if TYPE_CHECKING:
    from tests.tasks.conftest import Folder

MISTAKES = {
    "empty": ("", ":1: a task file is empty"),
    "list": ("- name", ":1: a task file is not a mapping"),
    "broken": ("name: x\nprompt: [a", ":2: is not YAML: "),
    "colon": ("a: 1\nprompt: Q: {{ question }}", ":2: is not YAML: mapping values"),
    "unquoted template": ("a: 1\nprompt: {{ question }}", ":2: a key must be a text"),
    "tab": ("a: 1\nb:\n\tc: 1", ":3: is not YAML: "),
    "control character": ("a: 1\nb: \x07", ":2: is not YAML: the character"),
    "duplicate": ("a: 1\nb: 2\na: 3", ":3: `a` stands here a second time, first on line 1"),
    "nested duplicate": ("x:\n  a: 1\n  a: 2", ":3: `x.a` stands here a second time"),
    "tag": ("a: 1\nb: !thing 2", ":2: the tag `!thing` has no meaning here"),
    "python tag": ("b: !!python/name:os.system x", ":1: the tag `!!python/name:os.system`"),
    "set": ("b: !!set {a}", ":1: the tag `!!set`"),
    "wrong number": ("b: !!int three", ":1: 'three' is not a number"),
    "infinite": ("b: 1e999", ":1: 1e999 is too large"),
    "two documents": ("a: 1\n---\nb: 2", ":2: is not YAML: "),
    "itself": ("a: &a [*a]", ":1: values are nested too deeply"),
    "deep": ("a: " + "[" * 1500, ":1: values are nested too deeply"),
    "bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcdef")),
        "the file holds more than 100,000 values",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_name_file_and_line(folder: "Folder", text: str, message: str) -> None:
    """Whatever is no plain YAML mapping is refused at its line."""
    error = folder.read_error(text)
    assert message in error
    assert error.startswith("demo.task.yaml:")


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(FtevalsError, match=r"no\.yaml:1: cannot read the task file: No such file"):
        read_yaml(tmp_path / "no.yaml")


def test_other_encoding(tmp_path: Path) -> None:
    """A file in another encoding than UTF-8 is refused."""
    path = tmp_path / "x.yaml"
    path.write_bytes("name: Käse".encode("latin-1"))
    with pytest.raises(FtevalsError, match=r"x\.yaml:1: is not UTF-8 text"):
        read_yaml(path)


def test_byte_order_mark_is_skipped(folder: "Folder") -> None:
    """Editors that write a byte order mark do no harm."""
    assert read_yaml(folder.write("x.yaml", "\ufeffname: x")).values == {"name": "x"}


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "y", "2024-01-01", "1:30", "=", "<<"])
def test_plain_words_are_texts(folder: "Folder", word: str) -> None:
    """Labels, dates and times are texts without quotes, unlike in YAML 1.1."""
    assert read_yaml(folder.write("x.yaml", f"a: {word}")).values == {"a": word}


def test_other_scalars(folder: "Folder") -> None:
    """Numbers, true, false, null and quoted texts are what they look like."""
    text = "{a: 1, b: -2.5, c: true, d: null, e: , f: '1', g: 1e3, h: ~, i: False, 7: x}"
    assert read_yaml(folder.write("x.yaml", text)).values == {
        "a": 1, "b": -2.5, "c": True, "d": None, "e": None, "f": "1", "g": 1000.0, "h": None,
        "i": False, "7": "x",
    }  # fmt: skip


def test_aliases_repeat_values(folder: "Folder") -> None:
    """An anchor's value can be used again."""
    assert read_yaml(folder.write("x.yaml", "a: &a [1]\nb: *a")).values == {"a": [1], "b": [1]}


def test_places(folder: "Folder") -> None:
    """Every key, list item and line of a block text has its line."""
    text = "a: 1\nb:\n  - c: 2\n  -\n    d: |\n      one\n      two\ne: >\n  x\n"
    places = read_yaml(folder.write("x.yaml", text)).places
    keys = ["a", "b", "b.0", "b.0.c", "b.1.d", "e", "absent"]
    assert [places.line_of(key) for key in keys] == [1, 2, 3, 3, 5, 8, 1]
    assert places.where("b.1.d", 2).endswith("x.yaml:7")
    assert places.where("e", 1).endswith("x.yaml:8")
