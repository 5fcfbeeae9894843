"""Schemas that are none, and metrics that do not exist or do not fit."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

SCHEMAS = [
    (None, ("town.schema.json",)),
    ("{", ("town.schema.json:1: is not JSON: ",)),
    (
        '{"type": "objekt"}',
        ("town.schema.json:1: is no valid JSON Schema at /type: 'objekt'", "json-schema.org"),
    ),
    ("[]", ("town.schema.json:1: is no valid JSON Schema",)),
    (
        '{"$ref": "http://nowhere.invalid/x.json"}',
        ("$ref 'http://nowhere.invalid/x.json' leads nowhere", "Correct the schema file."),
    ),
]


@pytest.mark.parametrize(("schema", "parts"), SCHEMAS)
def test_schema_of_a_task(project: "Project", schema: str | None, parts: tuple[str, ...]) -> None:
    """A task's schema is checked before anything runs."""
    project.replace("towns.task.yaml", "[exact_match]", "[json_schema]\nschema: town.schema.json")
    if schema is not None:
        project.write("town.schema.json", schema)
    project.refused(code=2).says(*parts)


@pytest.mark.parametrize("mark", ["", "@pytest.mark.pass_rate(drop=3)\n"], ids=["case", "rate"])
@pytest.mark.parametrize(("schema", "parts"), SCHEMAS)
def test_schema_of_a_reply(
    project: "Project", schema: str | None, parts: tuple[str, ...], mark: str
) -> None:
    """A schema that cannot be used fails the test though no reply is JSON; it is no miss."""
    if schema is not None:
        project.write("town.schema.json", schema)
    project.test(
        f"{mark}@towns.cases()\n"
        "def test_json(model, case):\n"
        "    model.generate(case).json(schema='town.schema.json')"
    )
    arguments = () if mark else ("-k", "base-1")
    refusal = project.refused(*arguments, code=1)
    refusal.says("test_towns.py:", *parts)
    assert refusal.outcomes["failed"] == 1
    assert "not JSON: Expecting value at" not in refusal.text


@pytest.mark.parametrize(
    ("metric", "parts"),
    [
        ("exactmatch", ("Did you mean 'exact_match'? Metrics: accuracy, ",)),
        ("f1", ("Did you mean 'f1_macro', or 'f1:CLASS' for one class?",)),
        ("bleurt", ("Metrics: accuracy, ",)),
    ],
)
def test_unknown_metric(project: "Project", metric: str, parts: tuple[str, ...]) -> None:
    """The line in the task file is named, and what there is."""
    project.replace("towns.task.yaml", "[exact_match]", f"[{metric}]")
    project.refused(code=2).says(f"towns.task.yaml:7: unknown metric {metric!r}", *parts)


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("{metric: accuracy, strict: true}", ("metric 'accuracy' has no option `strict`", "take.")),
        ("{metric: accuracy, extract: '('}", ("cannot use `extract`: '(' is no regular expr",)),
        ("{metric: accuracy, extract: '(a)(b)'}", ("has 2 groups, and only one", "(?:...)")),
        ("{metric: numeric, absolute: -1}", ("`absolute` to be a number of at least 0, not -1",)),
        ("'checks:polite'", ("metric 'checks:polite' names no module 'checks'", "checks.py")),
        ("'own:polite'", ("module 'own'", "has no function 'polite'", "Did you mean 'politely'?")),
        ("'own:LIMIT'", ("metric 'own:LIMIT' is no function",)),
        ("'broken:polite'", ("module 'broken' of a metric cannot be imported: NameError: name",)),
    ],
)
def test_options_and_functions(project: "Project", entry: str, parts: tuple[str, ...]) -> None:
    """The line in the task file is named, before anything runs."""
    project.write("own.py", "LIMIT = 3\ndef politely(case, response): return 1\n")
    project.write("broken.py", "import sys\nnothing\n")
    project.replace("towns.task.yaml", "[exact_match]", f"[{entry}]")
    project.refused(code=2).says("towns.task.yaml:7: ", *parts)


TWICE = """\
same = metric("same")

@same
def one(case, response): return 1

@same
def two(case, response): return 1

load_task("towns.task.yaml")
"""


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (
            "@metric('accuracy')\ndef own(case, response): return 1",
            ("test_towns.py:8: the metric 'accuracy' is there already",),
        ),
        (
            "@metric\ndef own(case, response): return 1",
            ('write @metric("NAME") over own',),
        ),
        (
            TWICE,
            ("two metrics are called 'same': ", "test_towns.py:10 and ", "test_towns.py:13"),
        ),
    ],
    ids=["taken", "nameless", "twice"],
)
def test_a_decorator(project: "Project", source: str, parts: tuple[str, ...]) -> None:
    """A name that is taken, missing or used twice is a collection error with its line."""
    project.replace("towns.task.yaml", "[exact_match]", "[exact_match, same]")
    project.write(
        "test_towns.py",
        f"import pytest\nfrom pytest_ftevals import load_task, metric\n\n\n\n\n\n{source}\n",
    )
    project.refused(code=2).says(*parts)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "[exact_match]",
            "[json_schema]",
            ("metric 'json_schema' needs a schema, and the task has none", "`schema: FILE.json`"),
        ),
        (
            "[exact_match]",
            "[choice_probability]",
            ("metric 'choice_probability' needs scored options, and a generate", "`kind: choice`"),
        ),
        (
            'expected: "{{ land }}"\n',
            "",
            ("metric 'exact_match' compares texts", "towns.jsonl:1", "Give `expected:`"),
        ),
    ],
)
def test_metric_that_does_not_fit(
    project: "Project", old: str, new: str, parts: tuple[str, ...]
) -> None:
    """A metric says what it needs of a task, before anything runs."""
    project.replace("towns.task.yaml", old, new)
    project.refused(code=2).says("towns.task.yaml", *parts)
