"""Public benchmark data, as small files, into the layout that ``--ftevals-data`` reads.

``DIR/ORG/NAME[/CONFIG]/SPLIT.jsonl``, with those columns of the hub's data sets that
lm-evaluation-harness reads. docs/parity.md says which files it takes them from.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.suite import read_rows, write_rows

SUBJECTS = (
    "anatomy",
    "business_ethics",
    "clinical_knowledge",
    "college_biology",
    "college_chemistry",
    "college_computer_science",
    "college_physics",
    "electrical_engineering",
    "global_facts",
    "high_school_geography",
    "high_school_mathematics",
    "high_school_physics",
    "high_school_psychology",
    "high_school_statistics",
    "international_law",
    "logical_fallacies",
    "marketing",
    "moral_scenarios",
    "public_relations",
    "security_studies",
)
"""The subjects of MMLU, of 57, that the data hold."""
PAGE = re.compile(r"^ = [^=\n]+ = $", re.MULTILINE)
"""A heading of WikiText's first level: a page begins."""
NEED_NLTK_DATA = {"length_constraints:number_sentences", "change_case:capital_word_frequency"}
"""Instructions of IFEval whose checks load a file that NLTK downloads."""

Row = dict[str, Any]
Files = Iterable[tuple[str, list[Row]]]
"""Paths in the layout, and their rows."""


def write_layout(
    data: Path,
    target: Path,
    rows: Mapping[str, int | None],
    *,
    subjects: Sequence[str] = SUBJECTS,
) -> None:
    """Write the first rows of each data set; `rows` has a number for each name of `NAMES`.

    None takes all; of MMLU it is the rows of each subject. Raises FileNotFoundError where a file
    is not in `data`.
    """
    writers: Mapping[str, Writer] = {"mmlu": partial(_mmlu, subjects), **_WRITERS}
    for name, most in rows.items():
        for path, found in writers[name](data, most):
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            write_rows(file, found)


def _mmlu(subjects: Sequence[str], data: Path, most: int | None) -> Files:
    for split, taken in (("test", most), ("dev", None)):
        together: list[Row] = []
        for subject in subjects:
            found = read_rows(data / "mmlu" / f"{subject}_{split}.jsonl", taken)
            yield f"cais/mmlu/{subject}/{split}.jsonl", found
            together += found
        yield f"cais/mmlu/all/{split}.jsonl", together


def _arc(data: Path, most: int | None) -> Files:
    for split, file in (("test", "Test"), ("validation", "Dev")):
        found = read_rows(data / "arc" / f"ARC-Challenge-{file}.jsonl", most)
        yield f"allenai/ai2_arc/ARC-Challenge/{split}.jsonl", [_arc_row(row) for row in found]


def _arc_row(row: Row) -> Row:
    choices = row["question"]["choices"]
    return {
        "id": row["id"],
        "question": row["question"]["stem"],
        "choices": {key: [one[key] for one in choices] for key in ("text", "label")},
        "answerKey": row["answerKey"],
    }


def _hellaswag(data: Path, most: int | None) -> Files:
    found = read_rows(data / "hellaswag" / "validation_first_2000.jsonl", most)
    yield "Rowan/hellaswag/validation.jsonl", [_hellaswag_row(row) for row in found]


def _hellaswag_row(row: Row) -> Row:
    """Take the context apart again: ``Activity: Whole sentences. the sentence to be ended``."""
    activity, _, context = row["ctx"].partition(": ")
    whole, stop, last = context.rpartition(". ")
    begun = last[:1].islower()
    return {
        "activity_label": activity,
        "ctx_a": whole + stop.rstrip() if begun else context,
        "ctx_b": last if begun else "",
        "endings": row["endings"],
        "label": str(row["label"]),
    }


def _truthfulqa(data: Path, most: int | None) -> Files:
    found = json.loads((data / "truthfulqa" / "mc_task.json").read_text("utf-8"))[:most]
    yield (
        "truthfulqa/truthful_qa/multiple_choice/validation.jsonl",
        [
            {
                "question": row["question"],
                **{
                    key: {"choices": list(row[key]), "labels": list(row[key].values())}
                    for key in ("mc1_targets", "mc2_targets")
                },
            }
            for row in found
        ],
    )


def _gsm8k(data: Path, most: int | None) -> Files:
    yield "openai/gsm8k/main/test.jsonl", read_rows(data / "gsm8k" / "test.jsonl", most)


def _ifeval(data: Path, most: int | None) -> Files:
    found = read_rows(data / "ifeval" / "input_data.jsonl")
    yield "google/IFEval/train.jsonl", [row for row in found if _checkable(row)][:most]


def _checkable(row: Row) -> bool:
    """Whether lm-eval's checks need no download and give the same every time.

    A letter to be counted that is none, such as #, they replace by one drawn at random.
    """
    letters = [kwargs["letter"] for kwargs in row["kwargs"] if kwargs.get("letter")]
    drawn = any(not "a" <= letter.lower() <= "z" for letter in letters)
    return not drawn and not NEED_NLTK_DATA & set(row["instruction_id_list"])


def _wikitext(data: Path, most: int | None) -> Files:
    # Universal newlines: the file's lines end in CRLF.
    text = (data / "wikitext2" / "wiki.test.raw").read_text("utf-8")
    starts = [found.start() for found in PAGE.finditer(text)]
    pages = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    yield (
        "EleutherAI/wikitext_document_level/wikitext-2-raw-v1/test.jsonl",
        [{"page": page} for page in pages[:most]],
    )


Writer = Callable[[Path, int | None], Files]
_WRITERS: Mapping[str, Writer] = {
    "arc_challenge": _arc,
    "hellaswag": _hellaswag,
    "truthfulqa": _truthfulqa,
    "gsm8k": _gsm8k,
    "ifeval": _ifeval,
    "wikitext": _wikitext,
}
NAMES = ("mmlu", *_WRITERS)
"""The data sets; truthfulqa serves mc1 and mc2."""
