"""Settings side by side: all that a run is made with, nothing that merely happened."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.diff.settings import setting_changes

if TYPE_CHECKING:
    from tests.reports.conftest import Build


def changes(before: Record, after: Record) -> list[tuple[str, str, Any, Any]]:
    """Return the changes as tuples."""
    return [(one.of, one.name, one.before, one.after) for one in setting_changes(before, after)]


def test_the_same_settings(build: "Build") -> None:
    """Whatever the run took, counted or noted."""
    record = build.passing()
    other: dict[str, JSON] = {
        "command": "pytest",
        "started": "x",
        "duration_s": 1.0,
        "plan": {},
        "notes": ["n"],
    }
    assert changes(record, replace(record, run={**record.run, **other})) == []


@pytest.mark.parametrize(
    ("key", "value", "change"),
    [
        ("versions", {"torch": "2.9.0"}, ("version", "torch", "2.8.0", "2.9.0")),
        ("versions", {"peft": "0.18"}, ("version", "peft", None, "0.18")),
        ("versions", {"torch": None}, ("version", "torch", "2.8.0", None)),
        ("hardware", {"threads": 4}, ("hardware", "threads", 2, 4)),
        ("numerics", {"dtype": "bfloat16"}, ("numerics", "dtype", "float32", "bfloat16")),
        ("options", {"seed": [1, 2]}, ("option", "seed", None, [1, 2])),
        (
            "numerics",
            {"quantization": {"bits": 4}},
            ("numerics", "quantization.bits", None, 4),
        ),
    ],
)
def test_of_a_run(build: "Build", key: str, value: Any, change: Any) -> None:
    """Versions, machine, options and numerics, nested ones by their path."""
    record = build.passing()
    inner: Any = record.run[key]
    after = replace(record, run={**record.run, key: {**inner, **value}})
    assert changes(record, after) == [change]


def test_a_family_that_was_counted_is_no_option(build: "Build") -> None:
    """It follows from the tests where no option sets it."""
    record = build.passing()
    both = (replace(record, run={**record.run, "family": n}) for n in (9, 18))
    assert changes(*both) == [("thresholds", "that share the error", 9, 18)]


def test_confidence_is_one_setting(build: "Build") -> None:
    """Options say once more what the run says."""
    record = build.passing()
    runs = [{**record.run, "confidence": level} for level in (0.95, 0.9)]
    before, after = (
        replace(record, run={**run, "options": {"confidence": run["confidence"]}}) for run in runs
    )
    assert changes(before, after) == [("option", "confidence", 0.95, 0.9)]


def test_of_variants_and_tasks(build: "Build") -> None:
    """Fingerprints, adapters, hashes and decoding, by name; what only one run has is named."""
    record = build.passing()
    base, trec = record.variants
    changed = replace(trec, fingerprint="ff" * 32, adapter={**(trec.adapter or {}), "r": 16})
    first, *others = record.tasks
    hashed = replace(first, data_hash="00" * 32, decode={"max_new_tokens": 64}, n=7)
    after = replace(
        record, variants=(base, changed, build.variant("r16", "x")), tasks=(hashed, *others)
    )
    assert changes(record, after) == [
        ("variant trec", "fingerprint", "ab" * 32, "ff" * 32),
        ("variant trec", "adapter.r", 8, 16),
        ("variant r16", "", "absent", "present"),
        (f"task {first.name}", "data_hash", "cd" * 32, "00" * 32),
        (f"task {first.name}", "n", first.n, 7),
        (f"task {first.name}", "decode.max_new_tokens", 48, 64),
        (f"task {first.name}", "decode.stop", ["\n\n"], None),
        (f"task {first.name}", "decode.temperature", 0.0, None),
    ]
    gone = [one[:4] for one in changes(record, replace(record, variants=(base,)))]
    assert gone == [("variant trec", "", "present", "absent")]


def test_a_confusion_matrix_is_no_setting(build: "Build") -> None:
    """It is what came out."""
    record = build.passing()
    tasks = tuple(replace(one, confusion=None) for one in record.tasks)
    assert changes(record, replace(record, tasks=tasks)) == []
