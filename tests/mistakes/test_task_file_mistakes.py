"""Task files that cannot be used: seen at collection, with file and line."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project

CHAT = 'messages: [{role: assistant, content: "{{ town }}"}]'


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "slices: [size]",
            "slice: [size]",
            (
                "towns.task.yaml:8: `slice` is not a key of a task file",
                "Did you mean `slices`? The keys here are: name, about, kind,",
            ),
        ),
        (
            "slices: [size]",
            "cluster: [size, land]",
            (
                "towns.task.yaml:8: `cluster` must be the name of one column, not a list",
                "Like `cluster: passage`.",
            ),
        ),
        ("data: towns.jsonl\n", "", ("towns.task.yaml:1: a task file needs `data`",)),
        ("metrics: [exact_match]\n", "", ("towns.task.yaml:1: a task file needs `metrics`",)),
        (
            "kind: generate",
            "kind: generation",
            (
                "towns.task.yaml:2: `kind` cannot be 'generation'",
                "Did you mean `generate`? It is one of: generate, choice, perplexity, deployment.",
            ),
        ),
        (
            "max_new_tokens: 3",
            "max_new_tokens: many",
            ("towns.task.yaml:6: `decode.max_new_tokens` must be a whole number of at least 1",),
        ),
        (
            "max_new_tokens: 3",
            "max_new_tokens: 3, samples: 4",
            (
                "towns.task.yaml:6: `decode.samples` asks every case 4 times, and without a temp",
                "Set `temperature` above 0, or leave `samples` out.",
            ),
        ),
        (
            "{{ town }}",
            "{{ town }",
            ("towns.task.yaml:4: `prompt` is not a template: ", "Templates are Jinja2"),
        ),
        (
            'prompt: "Where is {{ town }}?"',
            CHAT,
            ("towns.task.yaml:4: the last message is the assistant's", "End with"),
        ),
        (
            "expected: ",
            "answer: ",
            ("towns.task.yaml:5: `answer` belongs to choice tasks", "A generate task may have: "),
        ),
        (
            "slices: [size]",
            "turns: ['{{ town }}?']",
            ("towns.task.yaml:8: `turns` and `prompt` exclude each other", "into `messages`."),
        ),
        (
            "slices: [size]",
            "columns: {big town: '{{ town }}'}",
            ("towns.task.yaml:8: 'big town' cannot be a column's name", "letters, digits and `_`"),
        ),
        (
            "kind: generate",
            "kind: perplexity",
            ("towns.task.yaml:5: `expected` belongs to generate and", "A perplexity task may h"),
        ),
        (
            "[exact_match]",
            "[{metric: exact_match, name: a}, {metric: rougeL, name: a}]",
            ("towns.task.yaml:7: `metrics` names 'a' twice", "a name of its own: `{metric: NAME"),
        ),
        (
            "[exact_match]",
            "[{name: strict, take: last}]",
            ("towns.task.yaml:7: a metric with options needs `metrics.0.metric`", "Like `{metric"),
        ),
        ("decode: {", "decode: {{", ("towns.task.yaml:", ": is not YAML: ", "into quotes")),
        (
            "name: towns",
            "name: towns\nname: cities",
            ("towns.task.yaml:2: `name` stands here a second time, first on line 1",),
        ),
    ],
)
def test_task_file(project: "Project", old: str, new: str, parts: tuple[str, ...]) -> None:
    """One collection error names the line, what is wrong and what would be valid."""
    project.replace("towns.task.yaml", old, new)
    refusal = project.refused(code=2)
    refusal.says(*parts)
    assert refusal.outcomes == {"errors": 1}


def test_empty_task_file(project: "Project") -> None:
    """An empty file is no task."""
    project.write("towns.task.yaml", "")
    project.refused(code=2).says("towns.task.yaml:1: a task file is empty", "`name: tickets`")


PAGES = "kind: perplexity\nmetrics: [word_perplexity]\n"
REPLY = "kind: generate\nmetrics: [exact_match]\n"
PICK = "kind: choice\nmetrics: [accuracy]\nprompt: x\noptions: [a, b]\n"
ROWS = {
    "no text": (
        PAGES,
        ("towns.jsonl:1: the template `text` fails on this row: there is no column 'text'",),
    ),
    "empty text": (
        PAGES + """text: "{{ town | replace('Gent', '') }}"\n""",
        ("towns.jsonl:2: `text` makes an empty text of this row", "Leave such rows out of the dat"),
    ),
    "no turn": (
        REPLY + """expected: x\nturns: "{{ [town] if town == 'Paris' else [] }}"\n""",
        ("towns.jsonl:2: `turns` must make a list of one or more texts, not an empty list",),
    ),
    "no right text": (
        REPLY + """prompt: x\nexpected: "{{ [] }}"\n""",
        ("towns.jsonl:1: `expected` makes an empty list: no text is right", "spell that out"),
    ),
    "an option twice": (
        PICK + """answer: "{{ [1, 'b'] }}"\n""",
        ("towns.jsonl:1: `answer` names the option 1 twice ('b')",),
    ),
    "no ending": (
        PICK + """answer: a\nscore: texts\nending: "{{ '' }}"\n""",
        ("towns.jsonl:1: `ending` makes an empty text of this row",),
    ),
    "a derived column": (
        REPLY + """prompt: x\nexpected: x\ncolumns: {group: "{{ {'Paris': 1}[town] }}"}\n""",
        (
            "towns.jsonl:2: the template `columns.group` fails on this row: there is no 'Gent' in",
            "towns.task.yaml:7",
        ),
    ),
}


@pytest.mark.parametrize(("text", "parts"), ROWS.values(), ids=ROWS)
def test_rows_that_do_not_fit_the_task(
    project: "Project", text: str, parts: tuple[str, ...]
) -> None:
    """The first such row is named, once, before any model is asked."""
    project.write("towns.task.yaml", f"name: towns\ndata: towns.jsonl\n{text}")
    project.refused(code=2).says(*parts)


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("'mmul'", ("test_towns.py:6: there is no bundled task 'mmul'", "Did you mean 'mmlu'?")),
        (
            "'tovns.task.yaml'",
            ("test_towns.py:6: there is no task file ", "Did you mean 'towns.task.yaml'?"),
        ),
        (
            "'none/x.task.yaml'",
            ("test_towns.py:6: there is no task file ", "relative to the calling file"),
        ),
        ("'.yaml/../zzz.yaml'", ("there is no task file ", "Task files there: ")),
    ],
)
def test_load_task_finds_nothing(project: "Project", source: str, parts: tuple[str, ...]) -> None:
    """A task that is not there: the message stands at the user's own line."""
    project.write(".yaml/keep", "")
    project.test(f"other = load_task({source})")
    project.refused(code=2).says(*parts)


def test_load_task_called_by_a_helper(project: "Project") -> None:
    """With `relative_to` the message still names the line that calls load_task."""
    project.test(
        "def load(name):\n"
        "    return load_task(name, relative_to=__file__)\n\n"
        "other = load('none.task.yaml')"
    )
    project.refused(code=2).says("test_towns.py:7: there is no task file ", "none.task.yaml")


TWICE = "b = load_task('b.task.yaml')\n"
PARAMETERS = (
    f"{TWICE}@pytest.mark.parametrize('task', [towns, b])\n"
    "def test_kept(compare, task):\n    assert compare(task).drop <= 100"
)
BODY = (
    f"{TWICE}@pytest.mark.evaluates(towns)\n"
    "def test_kept(compare):\n    assert compare(b).drop <= 100"
)


@pytest.mark.parametrize(("body", "code"), [(PARAMETERS, 4), (BODY, 1)])
def test_two_task_files_of_one_name(project: "Project", body: str, code: int) -> None:
    """Two files of one name would be mixed up in reports; both places are named."""
    project.write("b.task.yaml", (project.path / "towns.task.yaml").read_text())
    project.test(body)
    refusal = project.refused(code=code)
    refusal.says(
        "b.task.yaml:1: the task name 'towns' is taken by ",
        "towns.task.yaml:1",
        "Give each task a name of its own",
    )
    assert "did not run" not in refusal.text
