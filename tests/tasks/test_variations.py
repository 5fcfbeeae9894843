"""``variations:`` read and applied: what varies, what stays, and every mistake in it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks.load import load_task_file
from pytest_ftevals.tasks.read import read_task_file

ROWS: list[dict[str, Any]] = [
    {"id": "a", "ask": "Which planet is the largest?", "right": "Jupiter", "other": "Name it."},
    {"id": "b", "ask": "Which river runs through Cairo?", "right": "Nile", "other": ["One", "Two"]},
    {"id": "c", "ask": "Where do penguins live?", "right": "south", "other": None},
]


def _task(folder: Path, variations: Any, rows: Any = ROWS, **keys: Any) -> Task:
    task = {
        "name": "quiz",
        "kind": "generate",
        "data": "quiz.jsonl",
        "prompt": "Q: {{ ask }}\nA:",
        "expected": "{{ right }}",
        "metrics": ["exact_match"],
        "variations": variations,
        **keys,
    }
    path = folder / "quiz.task.yaml"
    path.write_text(yaml.safe_dump({key: one for key, one in task.items() if one is not None}))
    (folder / "quiz.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_task_file(read_task_file(path))


def test_every_kind_by_default(tmp_path: Path) -> None:
    """Five variations a case, each with its id, its prompt and the plain case's expectation."""
    task = _task(tmp_path, {"vary": "ask"})
    kinds = ["typos", "casing", "whitespace", "word_order", "padding"]
    assert [case.id for case in task.varied] == [f"{one}~{kind}" for one in "abc" for kind in kinds]
    plain = {case.id: case for case in task.cases}
    for case in task.varied:
        assert case.plain is not None
        own = plain[case.plain]
        assert case.expected == own.expected
        assert case.prompt != own.prompt
        assert str(case.prompt).startswith("Q: ")
        assert str(case.prompt).endswith("\nA:")


def test_plain_cases_stay_what_they_were(tmp_path: Path) -> None:
    """Prompts, ids and both digests: stored answers and saved runs go on to fit."""
    varied = _task(tmp_path, {"vary": "ask"})
    plain = _task(tmp_path, None)
    assert varied.cases == plain.cases
    assert (varied.data_hash, varied.template_hash) == (plain.data_hash, plain.template_hash)
    assert plain.varied == ()


def test_a_seed_makes_the_noise(tmp_path: Path) -> None:
    """The same seed the same noise, whatever cases stand before; another seed other noise."""
    first = {case.id: case.prompt for case in _task(tmp_path, {"vary": "ask"}).varied}
    fewer = {case.id: case.prompt for case in _task(tmp_path, {"vary": "ask"}, ROWS[1:]).varied}
    assert fewer.items() <= first.items()
    other = {case.id: case.prompt for case in _task(tmp_path, {"vary": "ask", "seed": 1}).varied}
    assert other["a~typos"] != first["a~typos"]


def test_paraphrases(tmp_path: Path) -> None:
    """A text, a list or nothing; alone they are the only variations."""
    task = _task(tmp_path, {"vary": "ask", "paraphrases": "other"})
    assert {case.id: case.prompt for case in task.varied} == {
        "a~paraphrase.1": "Q: Name it.\nA:",
        "b~paraphrase.1": "Q: One\nA:",
        "b~paraphrase.2": "Q: Two\nA:",
    }


def test_several_columns(tmp_path: Path) -> None:
    """Each gets noise of its own; what the answer is made from stays."""
    varied = {"vary": ["ask", "right"], "kinds": ["casing"], "strength": 1}
    (case, *_) = _task(tmp_path, varied, prompt="{{ ask }} {{ right }}").varied
    assert case.prompt == "WHICH PLANET IS THE LARGEST? JUPITER"
    assert case.expected == "Jupiter"


def test_choice_tasks(tmp_path: Path) -> None:
    """The question varies, the options do not."""
    rows = [{"ask": "Which planet is large?", "choices": ["Jupiter", "Mars"], "right": 0}]
    keys = {"kind": "choice", "expected": None, "answer": "{{ right }}", "metrics": ["accuracy"]}
    task = _task(tmp_path, {"vary": "ask", "kinds": ["casing"]}, rows, **keys)
    (case,) = task.varied
    assert case.id == "1~casing"
    assert (case.options, case.expected) == (("Jupiter", "Mars"), 0)


@pytest.mark.parametrize(
    ("variations", "says"),
    [
        ({"kinds": ["typos"]}, "`variations` needs `variations.vary`"),
        ({"vary": "ask", "kind": ["typos"]}, "`variations.kind` is not a key of a task file"),
        ({"vary": "ask", "kinds": ["typo"]}, "there is no variation 'typo'"),
        ({"vary": "ask", "kinds": []}, "`variations.kinds` must be a list of one or more texts"),
        ({"vary": "ask", "strength": 0}, "`variations.strength` must be a share above 0"),
        ({"vary": "ask", "strength": 1.5}, "`variations.strength` must be a share above 0"),
        ({"vary": "ask", "seed": -1}, "`variations.seed` must be a whole number"),
        ({"vary": ["ask", "right"], "paraphrases": "other"}, "reword one column, not several"),
        ("ask", "`variations` must be a mapping"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, variations: Any, says: str) -> None:
    """Named with file and line, before any data is read."""
    with pytest.raises(FtevalsError, match=r"quiz\.task\.yaml:\d+: ") as error:
        _task(tmp_path, variations)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("variations", "rows", "says"),
    [
        ({"vary": "question"}, ROWS, "names the column 'question', and this row lacks it"),
        ({"vary": "n"}, [{**ROWS[0], "n": 3}], "this row holds the number 3 in it"),
        ({"vary": "ask", "paraphrases": "no"}, ROWS, "no row has a paraphrase in the column 'no'"),
        ({"vary": "ask", "paraphrases": "n"}, [{**ROWS[0], "n": [3]}], "which holds a list"),
        ({"vary": "n", "kinds": ["typos"]}, [{**ROWS[0], "n": "12"}], "of the kind typos change"),
        ({"vary": "right"}, ROWS, "of the kind typos change nothing that is asked in right"),
        (
            {"vary": "ask"},
            [ROWS[0], {**ROWS[1], "id": "a~typos"}],
            "the id 'a~typos' is that of a variation of case 'a'",
        ),
    ],
)
def test_mistakes_in_the_data(tmp_path: Path, variations: Any, rows: Any, says: str) -> None:
    """Named with the row, or with the key that no row fits."""
    with pytest.raises(FtevalsError, match=r"quiz\.(jsonl|task\.yaml):\d+: ") as error:
        _task(tmp_path, variations, rows)
    assert says in str(error.value)


def test_endings_vary_with_the_sentence(tmp_path: Path) -> None:
    """What is given and what is scored come from the varied sentence, the right option does not."""
    rows = [{"ask": "The cup fell since the _ was too heavy for it.", "choices": ["cup", "table"]}]
    keys: dict[str, Any] = {
        "kind": "choice",
        "prompt": "{{ ask.split('_')[0] | trim }}",
        "ending": "{{ ask.split('_')[1] | trim }}",
        "score": "texts",
        "expected": None,
        "answer": "1",
        "metrics": ["accuracy"],
    }
    task = _task(tmp_path, {"vary": "ask", "kinds": ["casing"], "strength": 1}, rows, **keys)
    (plain,), (case,) = task.cases, task.varied
    assert case.prompt == "THE CUP FELL SINCE THE"
    assert case.givens == plain.givens == (" cup", " table")
    assert case.continuations == (" WAS TOO HEAVY FOR IT.",) * 2
    assert case.expected == plain.expected == 1


def test_perplexity_tasks_have_none(tmp_path: Path) -> None:
    """There is no answer that could hold or not."""
    path = tmp_path / "t.task.yaml"
    path.write_text(
        "name: t\nkind: perplexity\ndata: t.jsonl\nmetrics: [accuracy]\nvariations: {vary: text}\n"
    )
    with pytest.raises(FtevalsError, match="`variations` belongs to generate and choice tasks"):
        read_task_file(path)
