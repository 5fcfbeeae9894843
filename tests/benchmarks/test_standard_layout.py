"""The benchmark data are laid out as the hub has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.standard.layout import write_layout
from benchmarks.suite import read_rows


def lay_out(folder: Path, name: str, files: dict[str, str], most: int | None = None) -> Path:
    """Write files as the data have them; return the layout of one data set."""
    for path, text in files.items():
        file = folder / "data" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    write_layout(folder / "data", folder / "layout", {name: most}, subjects=("anatomy", "law"))
    return folder / "layout"


def as_lines(*rows: dict[str, Any]) -> str:
    """Return rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("context", "activity", "first", "second"),
    [
        ("Diving: A man jumps. he", "Diving", "A man jumps.", "he"),
        ("Diving: At 3.5 m. It is deep. the man", "Diving", "At 3.5 m. It is deep.", "the man"),
        ("How to dive: Jump. Then swim.", "How to dive", "Jump. Then swim.", ""),
        ("Diving: A man", "Diving", "A man", ""),
    ],
)
def test_hellaswag_contexts_are_taken_apart(
    tmp_path: Path, context: str, activity: str, first: str, second: str
) -> None:
    """Into the activity, the whole sentences, and the beginning of the one to be ended."""
    row = {"ctx": context, "label": 1, "endings": ["a", "b", "c", "d"]}
    files = {"hellaswag/validation_first_2000.jsonl": as_lines(row)}
    layout = lay_out(tmp_path, "hellaswag", files)
    (found,) = read_rows(layout / "Rowan" / "hellaswag" / "validation.jsonl")
    assert (found["activity_label"], found["ctx_a"], found["ctx_b"]) == (activity, first, second)
    assert (found["endings"], found["label"]) == (["a", "b", "c", "d"], "1")


def test_wikitext_is_cut_into_pages(tmp_path: Path) -> None:
    """At headings of the first level, not at those below."""
    first = " = Du Fu = \n A poet . \n = = Life = = \n Short . \n"
    second = " = Nero = \n An emperor . \n"
    text = f"{first}{second}".replace("\n", "\r\n")
    layout = lay_out(tmp_path, "wikitext", {"wikitext2/wiki.test.raw": text})
    folder = layout / "EleutherAI" / "wikitext_document_level" / "wikitext-2-raw-v1"
    assert read_rows(folder / "test.jsonl") == [{"page": first}, {"page": second}]


def test_mmlu_has_a_file_a_subject_and_one_of_all(tmp_path: Path) -> None:
    """The first rows of each subject; all its examples."""
    rows = {name: [{"question": f"{name} {i}"} for i in range(3)] for name in ("anatomy", "law")}
    files = {
        f"mmlu/{name}_{split}.jsonl": as_lines(*rows[name])
        for name in rows
        for split in ("test", "dev")
    }
    folder = lay_out(tmp_path, "mmlu", files, most=2) / "cais" / "mmlu"
    both = [*rows["anatomy"][:2], *rows["law"][:2]]
    assert read_rows(folder / "all" / "test.jsonl") == both
    assert read_rows(folder / "all" / "dev.jsonl") == [*rows["anatomy"], *rows["law"]]
    assert read_rows(folder / "law" / "test.jsonl") == rows["law"][:2]


def test_ifeval_leaves_out_what_is_not_checked_the_same_everywhere(tmp_path: Path) -> None:
    """Prompts whose checks need a file of NLTK's, or count a letter that they draw at random."""
    kept = {
        "key": 1,
        "instruction_id_list": ["punctuation:no_comma", "keywords:letter_frequency"],
        "kwargs": [{}, {"letter": "Z"}],
    }
    sentences = kept | {"instruction_id_list": ["length_constraints:number_sentences"]}
    drawn = kept | {"kwargs": [{}, {"letter": "#"}]}
    text = as_lines(sentences, drawn, kept, kept)
    layout = lay_out(tmp_path, "ifeval", {"ifeval/input_data.jsonl": text}, most=1)
    assert read_rows(layout / "google" / "IFEval" / "train.jsonl") == [kept]


def test_choices_are_lists(tmp_path: Path) -> None:
    """ARC's and TruthfulQA's, with their labels beside them."""
    stem = {"stem": "2?", "choices": [{"text": "two", "label": "A"}, {"text": "2", "label": "B"}]}
    row = as_lines({"id": "x", "question": stem, "answerKey": "B"})
    files = {"arc/ARC-Challenge-Test.jsonl": row, "arc/ARC-Challenge-Dev.jsonl": ""}
    layout = lay_out(tmp_path, "arc_challenge", files)
    assert read_rows(layout / "allenai" / "ai2_arc" / "ARC-Challenge" / "test.jsonl") == [
        {
            "id": "x",
            "question": "2?",
            "choices": {"text": ["two", "2"], "label": ["A", "B"]},
            "answerKey": "B",
        }
    ]
    targets = {"mc1_targets": {"yes": 1, "no": 0}, "mc2_targets": {"yes": 1, "y": 1, "no": 0}}
    text = json.dumps([{"question": "Is it?", **targets}])
    lay_out(tmp_path, "truthfulqa", {"truthfulqa/mc_task.json": text})
    folder = layout / "truthfulqa" / "truthful_qa" / "multiple_choice"
    (found,) = read_rows(folder / "validation.jsonl")
    assert found["mc1_targets"] == {"choices": ["yes", "no"], "labels": [1, 0]}
    assert found["mc2_targets"] == {"choices": ["yes", "y", "no"], "labels": [1, 1, 0]}
