"""Templates: texts, native values, and what fails on a row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.template import LETTERS, Templates
from pytest_ftevals.tasks.yaml_lines import Places

TEMPLATES = Templates(Places(path=Path("x.yaml"), lines={"prompt": 4}))

VALUES: st.SearchStrategy[JSON] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def text(source: str, **columns: JSON) -> str:
    """Render a template as text."""
    return TEMPLATES.text("prompt", source).render(Row(values=columns, where="d.jsonl:7"))


def value(source: str, **columns: JSON) -> JSON:
    """Render a template as a native value."""
    return TEMPLATES.value("prompt", source).render(Row(values=columns, where="d.jsonl:7"))


@given(column=VALUES, name=st.sampled_from(["x", "result", "row", "range", "loop", "_y"]))
def test_one_expression_gives_the_column_itself(column: JSON, name: str) -> None:
    """A template of one expression hands every JSON value through unchanged."""
    got = value(f"{{{{ {name} }}}}", **{name: column})
    assert got == column
    assert type(got) is type(column)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ n }}", 3),
        (" {{ n }}\n", 3),
        ("{{- n -}}", 3),
        ("{{ -n }}", -3),
        ("{{ n + 1 }}", 4),
        ("{{ [n, n] }}", [3, 3]),
        ("{{ (n, 'a') }}", [3, "a"]),
        ("{{ {'k': n} }}", {"k": 3}),
        ("{{ items | map(attribute='t') }}", ["p", "q"]),
        ("{{ range(n) }}", [0, 1, 2]),
        ("{{ 'abc'.index('b') }}", 1),
        ("{{ row['n'] }}", 3),
        ("{{ n is defined }}", True),
        ("{{ missing is defined }}", False),
        ("{{ missing | default(7) }}", 7),
        ("x{{ n }}", "x3"),
        ("{{ n }}{{ n }}", "33"),
        ("{{ n }} {# note #}", "3 "),
        ("{% if n %}{{ n }}{% endif %}", "3"),
        ("plain", "plain"),
        ("", ""),
        ("{{ '<b>' | escape }}", "&lt;b&gt;"),
    ],
)
def test_values(source: str, wanted: JSON) -> None:
    """One expression gives its value, anything else a text."""
    got = value(source, n=3, items=[{"t": "p"}, {"t": "q"}])
    assert got == wanted
    assert type(got) is type(wanted)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ n }}", "3"),
        ("{{ q }}\n", "a <b> & 'c'\n"),
        ("{{ row['Best Answer'] }}", "yes"),
        ("{% if gone %}{{ gone }}{% else %}-{% endif %}", "-"),
        ("{{ gone or 'none' }}", "none"),
        (r"{{ '[header] a  b [x]' | regex_replace('\\[.*?\\]', '') | trim }}", "a  b"),
        (r"{{ 'a  b' | regex_replace(' +', '_') }}", "a_b"),
        (r"{{ 'ab' | regex_replace('(a)(b)', '\\2\\1') }}", "ba"),
        (r"{{ 'A cat' | regex_replace('(?i)\\ba\\b', 'the') }}", "the cat"),
        ("{{ ['a1', 'b2'] | map('regex_replace', '[0-9]', '') | join }}", "ab"),
        ("{% for x in range(3) %}{{ loop.index }}{% endfor %}", "123"),
    ],
)
def test_texts(source: str, wanted: str) -> None:
    """Texts come without HTML escapes and keep their last line break."""
    columns: dict[str, JSON] = {"Best Answer": "yes"}
    assert text(source, n=3, q="a <b> & 'c'", gone=None, **columns) == wanted


FAILURES = {
    "absent": ("{{ q }}", "there is no column 'q'"),
    "absent in filter": ("{{ q | upper }}", "there is no column 'q'"),
    "absent in lettered": ("{{ q | lettered }}", "there is no column 'q'"),
    "absent in condition": ("{% if q %}x{% endif %}", "there is no column 'q'"),
    "absent in loop": ("{% for x in q %}x{% endfor %}", "there is no column 'q'"),
    "absent in sum": ("{{ q + 1 }}", "there is no column 'q'"),
    "no global": ("{{ dict }}", "there is no column 'dict'"),
    "nested": ("{{ m.x }}", "there is no 'x' in the mapping"),
    "attribute": ("{{ n.x }}", "'int object' has no attribute 'x'"),
    "row": ("{{ row['x'] }}", "there is no 'x' in the mapping"),
    "type": ("{{ n + 'a' }}", "TypeError: unsupported operand"),
    "zero": ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
    "private": ("{{ n.__class__.__mro__ }}", "attribute '__class__' of 'int' object is unsafe"),
    "changes a row": ("{{ m.update({}) }}", "attribute 'update' of 'dict' object is unsafe"),
    "include": ("{% include 'x' %}", "no loader"),
    "lettered text": ("{{ 'abc' | lettered }}", "`lettered` needs a list of options"),
    "lettered number": ("{{ n | lettered }}", "`lettered` needs a list of options"),
    "lettered many": ("{{ range(27) | lettered }}", "`lettered` takes at most 26 options, not 27"),
    "regex absent": ("{{ q | regex_replace('a', 'b') }}", "there is no column 'q'"),
    "regex number": ("{{ n | regex_replace('a', 'b') }}", "`regex_replace` needs a text, not int"),
    "regex null": ("{{ gone | regex_replace('a', 'b') }}", "needs a text, not NoneType"),
    "regex pattern": ("{{ 'a' | regex_replace(n, 'b') }}", "needs a pattern, not int"),
    "regex to": ("{{ 'a' | regex_replace('a', n) }}", "needs a replacement, not int"),
    "regex broken": ("{{ 'a' | regex_replace('(', 'b') }}", "cannot use '(' with 'b': missing )"),
    "regex group": (r"{{ 'a' | regex_replace('a', '\\3') }}", "invalid group reference 3"),
    "regex escape": (r"{{ 'a' | regex_replace('\ba', 'b') }}", r"write `\\b` and `\\1`, not `\b`"),
    "null": ("{{ gone }}", "it puts null into the text (null in this row: gone)"),
    "null constant": ("{{ none }}", "it puts null into the text"),
}


@pytest.mark.parametrize(("source", "message"), FAILURES.values(), ids=FAILURES)
def test_failures_name_row_columns_and_template(source: str, message: str) -> None:
    """A row that cannot be rendered is named, with its columns and the template's place."""
    with pytest.raises(FtevalsError) as caught:
        text(source, n=3, m={"k": 1}, gone=None)
    error = str(caught.value)
    assert error.startswith("d.jsonl:7: the template `prompt` fails on this row: ")
    assert message in error
    assert error.endswith("Columns of the row: n, m, gone. The template: x.yaml:4.")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ q }}", "there is no column 'q'"),
        ("{{ [q] }}", "there is no column 'q'"),
        ("{{ n.bit_length }}", "it makes a builtin_function_or_method, which is no JSON value"),
        ("{{ 1e308 * 10 }}", "it makes inf, which is no JSON value"),
        ("{{ 'a'.encode() }}", "it makes a bytes, which is no JSON value"),
    ],
)
def test_values_that_are_no_json(source: str, message: str) -> None:
    """A native value that cannot be written down is refused."""
    with pytest.raises(FtevalsError) as caught:
        value(source, n=3)
    assert message in str(caught.value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('{{ "a" * 10**9 }}', "the product is longer than 10,000,000"),
        ('{{ 10**9 * "a" }}', "the product is longer than 10,000,000"),
        ("{{ [1] * 10**9 }}", "the product is longer than 10,000,000"),
        ("{{ 9 ** (9 ** 9) }}", "the power is too large"),
        ("{{ range(10**9) }}", "Range too big"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ n }}{% endfor %}{% endfor %}",
            "it makes more than 10,000,000 characters",
        ),
    ],
)
def test_runaway_templates_stop(source: str, message: str) -> None:
    """Products, powers, ranges and loops without end are stopped with a message."""
    with pytest.raises(FtevalsError) as caught:
        text(source, n="x" * 1000)
    assert message in str(caught.value)


def test_small_products_and_powers() -> None:
    """The guards leave ordinary arithmetic alone."""
    assert text("{{ '-' * 3 }}{{ 2 * 3 }}{{ 2 ** 10 }}{{ 2 ** -1 }}") == "---610240.5"


@given(options=st.lists(st.text("xyz 1"), min_size=1, max_size=26))
def test_lettered(options: list[str]) -> None:
    """Every option gets a line of its own, lettered in order."""
    lines = text("{{ options | lettered }}", options=list[JSON](options)).split("\n")
    assert lines == [f"{LETTERS[i]}. {option}" for i, option in enumerate(options)]


def test_names() -> None:
    """The columns that a template names, without its own variables."""
    source = "{% for x in a %}{{ x ~ b | upper }}{% endfor %}{{ range(2) }}{{ c.d }}"
    assert TEMPLATES.names("prompt", source) == {"a", "b", "c"}
