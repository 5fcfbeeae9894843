"""Rows without a label, or with an unknown one: refused by name, never taken for another class."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.errors import FtevalsError

if TYPE_CHECKING:
    from tests.standard.conftest import Tasks

FILES = {
    "commonsense_qa": "tau/commonsense_qa/validation.jsonl",
    "hellaswag": "Rowan/hellaswag/validation.jsonl",
    "winogrande": "allenai/winogrande/winogrande_xl/validation.jsonl",
    "sst2": "nyu-mll/glue/sst2/validation.jsonl",
    "trec": "CogComp/trec/test.jsonl",
    "piqa": "baber/piqa/validation.jsonl",
    "boolq": "aps/super_glue/boolq/validation.jsonl",
    "arc_easy": "allenai/ai2_arc/ARC-Easy/test.jsonl",
    "openbookqa": "allenai/openbookqa/main/test.jsonl",
}


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("commonsense_qa", "answerKey", ""),
        ("commonsense_qa", "answerKey", "AB"),
        ("hellaswag", "label", ""),
        ("hellaswag", "label", "-1"),
        ("winogrande", "answer", ""),
        ("winogrande", "answer", "0"),
        ("sst2", "label", -1),
        ("trec", "coarse_label", -1),
        ("piqa", "label", -1),
        ("boolq", "label", -1),
        ("arc_easy", "answerKey", ""),
        ("openbookqa", "answerKey", ""),
    ],
)
def test_an_unknown_label_is_refused(
    tasks: "Tasks", tmp_path: Path, name: str, column: str, value: Any
) -> None:
    """As test splits without labels have them: the row is named."""
    for path in tasks.data.rglob("*.jsonl"):
        copy = tmp_path / path.relative_to(tasks.data)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    file = tmp_path / FILES[name]
    first, *others = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert column in first
    rows = [{**first, column: value}, *others]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(FtevalsError) as caught:
        tasks.load(name, tmp_path)
    assert str(caught.value).startswith(f"{file}:1: ")


def test_an_unknown_subject_is_in_no_group(tasks: "Tasks", tmp_path: Path) -> None:
    """Of MMLU: `other` is a group of thirteen subjects, not of whatever is new."""
    folder = tmp_path / "cais/mmlu/all"
    folder.mkdir(parents=True)
    for path in (tasks.data / "cais/mmlu/all").iterdir():
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        text = "".join(json.dumps({**row, "subject": "astrology"}) + "\n" for row in rows)
        (folder / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(FtevalsError, match=r"jsonl:1: the template `columns.group` fails"):
        tasks.load("mmlu", tmp_path)
