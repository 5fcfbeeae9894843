"""Rows that are missing, broken, or do not fit their task: seen before any model is asked."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

CHOICES = """\
choices = load_task("choices.task.yaml")

@pytest.mark.evaluates(choices)
def test_kept(compare):
    assert compare(choices).drop <= 100
"""
WHOLE = """\
@pytest.mark.evaluates(towns)
def test_kept(compare):
    assert compare(towns).drop <= 100
"""
ROW = '{"town": "Paris", "land": "France", "size": "big"}\n'
DATA = [
    (None, ("towns.task.yaml:3: cannot read the data file ", "relative to the task file")),
    ("", ("towns.jsonl:1: has no rows", "Give it one row a case.")),
    ("\n\n", ("towns.jsonl:1: has no rows",)),
    (f'{ROW}{{"town": ', ("towns.jsonl:2: is not JSON: ", "one object a line")),
    (f"{ROW}\n[1]\n", ("towns.jsonl:3: the row is not an object", "A row looks like")),
    (
        f'{ROW}{{"town": "Gent", "size": "small"}}\n',
        (
            "towns.jsonl:2: the template `expected` fails on this row: there is no column 'land'",
            "Columns of the row: town, size. The template: ",
            "towns.task.yaml:5",
        ),
    ),
    (
        f'{ROW}{{"town": "Gent", "land": "Belgium"}}\n',
        ("towns.jsonl:2: `slices` names the column 'size'", "Columns of the row: town, land."),
    ),
    (
        ROW.replace("{", '{"id": 1, ') * 2,
        ("towns.jsonl:2: the id '1' is taken by the row ", "towns.jsonl:1"),
    ),
]


@pytest.mark.parametrize("body", [WHOLE, None], ids=["whole", "cases"])
@pytest.mark.parametrize(("data", "parts"), DATA)
def test_data_file(
    project: "Project", data: str | None, parts: tuple[str, ...], body: str | None
) -> None:
    """A usage error, or a collection error where tests are made of rows, names the row."""
    if data is None:
        (project.path / "towns.jsonl").unlink()
    else:
        project.write("towns.jsonl", data)
    if body is not None:
        project.test(body)
    project.refused(code=2 if body is None else 4).says(*parts)


@pytest.mark.parametrize(
    ("cluster", "parts"),
    [
        (
            "region",
            ("towns.jsonl:1: `cluster` names the column 'region'", "Columns of the row: land, "),
        ),
        (
            "state",
            ("towns.jsonl:3: `cluster` names the column 'state', which is empty", "of its own"),
        ),
        (
            "land",
            (
                "towns.task.yaml:8: `cluster` names the column 'land', and every case has the same",
                "A single cluster says nothing of the spread among clusters. Name a column",
            ),
        ),
    ],
)
@pytest.mark.parametrize("body", [WHOLE, None], ids=["whole", "cases"])
def test_cluster(
    project: "Project", cluster: str, parts: tuple[str, ...], body: str | None
) -> None:
    """Absent from a row, empty in one, the same in all: refused before any model is asked."""
    row = {"land": "France", "size": "big"}
    project.rows(
        "towns.jsonl",
        {**row, "town": "Lyon", "state": "Rhône"},
        {**row, "town": "Brest", "state": "Finistère"},
        {**row, "town": "Nice", "state": None},
    )
    project.replace("towns.task.yaml", "slices: [size]", f"cluster: {cluster}")
    if body is not None:
        project.test(body)
    project.refused(code=2 if body is None else 4).says(*parts)


def test_template_names_an_absent_column(project: "Project") -> None:
    """The row, its columns and the template's line are named."""
    project.replace("towns.task.yaml", "{{ town }}", "{{ twon }}")
    project.refused(code=2).says(
        "towns.jsonl:1: the template `prompt` fails on this row: there is no column 'twon'",
        "Columns of the row: town, land, size. The template: ",
        "towns.task.yaml:4",
    )


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        ("2", ("`answer` is 2, and the options have the indexes 0 to 1", "An index from 0")),
        ('"C"', ("`answer` is 'C'", "a letter from A to B", "'France', 'Belgium'")),
        ("null", ("`answer` must be an index, a letter or an option's text, not nothing",)),
        ('"france"', ("`answer` is 'france'", "no option's text ('France', 'Belgium')")),
    ],
)
def test_answer_outside_the_choices(
    project: "Project", answer: str, parts: tuple[str, ...]
) -> None:
    """The row is named, with what its answer could be."""
    row = f'{{"question": "Where is Rome?", "choices": ["France", "Belgium"], "answer": {answer}}}'
    project.write("choices.jsonl", f"{row}\n")
    project.test(CHOICES)
    project.refused(code=4).says("choices.jsonl:1: ", *parts)


@pytest.mark.parametrize(
    ("few_shot", "parts"),
    [
        (
            "{data: dev.jsonl, count: 2}",
            ("dev.jsonl:2: this few-shot example asks the same as the case ", "choices.jsonl:2"),
        ),
        (
            "{data: dev.jsonl, count: 3}",
            ("choices.task.yaml:7: `few_shot` needs 3 examples, and dev.jsonl has 2", "lower"),
        ),
        ("{data: none.jsonl, count: 1}", ("choices.task.yaml:7: cannot read the data file ",)),
        ("{data: dev.jsonl}", ("choices.task.yaml:7: `few_shot` needs `few_shot.count`",)),
    ],
)
def test_few_shot(project: "Project", few_shot: str, parts: tuple[str, ...]) -> None:
    """Examples that are asked themselves, too few or not there."""
    taken = {"question": "Where is Gent?", "choices": ["France", "Belgium"], "answer": 1}
    project.rows("dev.jsonl", {**taken, "question": "Where is Lyon?"}, taken)
    task = (project.path / "choices.task.yaml").read_text()
    project.write("choices.task.yaml", f"{task}few_shot: {few_shot}\n")
    project.test(CHOICES)
    project.refused(code=2 if "count" not in few_shot else 4).says(*parts)


def test_prompt_longer_than_the_context_window(project: "Project") -> None:
    """The case is named, with its length and the model's; nothing is cut silently."""
    long = {"town": "Paris, " * 100, "land": "France", "size": "big"}
    short = {"town": "Gent", "land": "Belgium", "size": "small"}
    project.rows("towns.jsonl", short, long)
    refusal = project.refused(code=1)
    refusal.says("on case 2 of task towns (", "towns.jsonl:2): ", " tokens", "window is 128")
    assert refusal.outcomes == {"passed": 1, "errors": 1}


def test_whole_task_with_long_prompts(project: "Project") -> None:
    """A test over the whole task names the first long case and counts the others."""
    long = {"town": "Paris, " * 100, "land": "France", "size": "big"}
    project.rows("towns.jsonl", long, {**long, "town": f"{long['town']}!"})
    project.test(WHOLE)
    refusal = project.refused(code=1)
    refusal.says("base on case 1 of task towns (", "window is 128", "and 1 more case")
