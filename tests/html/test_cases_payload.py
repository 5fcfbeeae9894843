"""The case browser's data hold every sample, and no text of them is HTML."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.html import cases
from pytest_ftevals.reports.html.cases import payload, scripts
from pytest_ftevals.reports.samples import sample_line
from tests.html.hostile_cases import hostile, shapes
from tests.html.many_cases import many
from tests.html.packed_cases import blocks, samples_in

Made = tuple[Record, list[Sample]]


def lines(samples: list[Sample], record: Record | None = None) -> list[dict[str, Any]]:
    """Return samples as samples.jsonl has them, without slices, case by case.

    Tasks stand in the order of the record, then in that of the samples; so do the cases of a task.
    """
    found = [json.loads(sample_line(one)) for one in samples]
    tasks = [task.name for task in record.tasks] if record else []
    tasks += [one["task"] for one in found]
    first = list(dict.fromkeys(one["case"] for one in found))
    found.sort(key=lambda one: (tasks.index(one["task"]), first.index(one["case"])))
    return [{name: value for name, value in one.items() if name != "slices"} for one in found]


@pytest.mark.parametrize("make", [hostile, shapes, lambda: many(450)])
def test_every_sample_is_there(make: Callable[[], Made]) -> None:
    """Unpacked, the blocks are what samples.jsonl holds."""
    record, samples = make()
    assert list(samples_in(blocks(payload(record, samples)))) == lines(samples, record)


texts = st.text(st.characters() | st.sampled_from("\ud83d\ude00\U0001f600aab"), max_size=40)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_prompts_with_common_beginnings_come_back(prompts: list[tuple[str, str]]) -> None:
    """However astral or broken the text: lengths are JavaScript's."""
    record, (one, *_) = many(2)
    samples = [
        replace(one, case=str(number), prompt=first if number % 2 else [{"content": first + last}])
        for number, (first, last) in enumerate(prompts)
    ]
    found = samples_in(blocks(payload(replace(record, tasks=()), samples)))
    assert [each["prompt"] for each in found] == [each["prompt"] for each in lines(samples)]


def test_a_sample_of_other_prompt_keeps_its_own() -> None:
    """What two samples of a case have in common is written once; the rest is not lost."""
    record, (base, candidate, *_) = many(2)
    samples = [base, replace(candidate, prompt="another", expected={"a": [1, None]})]
    assert list(samples_in(blocks(payload(record, samples)))) == lines(samples)


def test_numbers_that_are_none_are_null() -> None:
    """As in samples.jsonl: a NaN is no number of JSON, and browsers refuse it."""
    record, (one, *_) = many(2)
    broken = replace(one, scores={"accuracy": float("nan"), "f1": float("-inf")}, expected=[1e999])
    (found,) = samples_in(blocks(payload(record, [broken])))
    assert found["scores"] == {"accuracy": None, "f1": None}
    assert found["expected"] == [None]


def test_nothing_but_base64_stands_in_the_page() -> None:
    """Whatever models answered, the page's source has no character of it."""
    alone = re.compile(
        r'<script type="application/octet-stream" id="cases-(\d+|index)">[A-Za-z0-9+/=]+</script>\n'
    )
    assert all(alone.fullmatch(part) for part in payload(*hostile()))


def test_the_same_record_gives_the_same_bytes() -> None:
    """No time and no order of a set gets in."""
    assert list(payload(*many(30))) == list(payload(*many(30)))


def test_blocks_stay_small() -> None:
    """To look at one case a page unpacks some hundred at most, or one that is huge."""
    found = blocks(payload(*many(450)))
    sizes = [len(block) for name, block in found.items() if name != "index"]
    assert sum(sizes) == 450
    assert max(sizes) == 200
    record, samples = many(6)
    huge = [replace(one, response="x" * 1_000_000) for one in samples]
    assert set(blocks(payload(record, huge))) == {"0", "1", "2", "3", "4", "5", "index"}


def test_few_shot_prompts_are_packed_away() -> None:
    """A beginning that many prompts share costs little, even beyond what gzip looks back."""
    record, samples = many(40, shots=900)
    assert len(str(samples[0].prompt)) > 100_000
    assert sum(map(len, payload(record, samples))) < 500_000


def test_without_samples_there_is_an_empty_index() -> None:
    """A page for a run that answered nothing opens all the same."""
    found = blocks(payload(Record(), []))
    assert set(found) == {"index"}
    assert found["index"]["rows"]["case"] == []


def test_the_library_is_the_published_one() -> None:
    """dist/diff.min.js of the npm package diff 9.0.0, byte for byte."""
    file = Path(cases.__file__).parent / "vendor" / "diff.min.js"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert digest == "b51a9d2885f2c090dc97b981027395f7e7e6558a46c75ae3747db267913a89ab"


def test_scripts_can_stand_in_a_page() -> None:
    """Nothing ends them early; jsdiff comes with its licence; none asks for eval."""
    library, own = scripts()
    assert "BSD 3-Clause License" in library
    # HTML allows no other control characters, not even in a script.
    assert all(char in "\n\t" or char.isprintable() for char in library + own)
    assert "Copyright (c) 2009-2015, Kevin Decker" in library
    assert own.count('"use strict"') == 1
    for script in (library, own):
        assert not re.search(
            r"</script|<!--|\beval\(|new Function|innerHTML", script, re.IGNORECASE
        )
