"""lm-eval's tasks give lm-eval's numbers: each task, group and tag, each metric, each document."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.plain import plain, revived
from pytest_ftevals.core.variant import BASE

if TYPE_CHECKING:
    from tests.lm_eval.conftest import Harness, Ours

pytestmark = pytest.mark.slow

TASKS = (
    "texts",
    "letters",
    "drawn_examples",
    "inputs",
    "mutual_information",
    "several_right",
    "last_word",
    "rolling",
    "two_filters",
    "own_code",
    "own_metric",
    "python_class",
    "two_classes",
    "translation",
    "several_targets",
    "voted",
    "small",
    "large",
)
GROUPS = ("even", "nested", "mixed")
CHATS = ("texts", "letters", "translation")
FLOAT32 = 1e-5
"""Nats that two ways of summing log-probabilities in float32 may be apart."""
LARGE = 100
"""From here on lm-eval prints more digits than its sums in float32 have."""


@pytest.mark.parametrize("name", [*TASKS, *GROUPS])
def test_values_are_those_of_lm_eval(name: str, harness: "Harness", ours: "Ours") -> None:
    """Every metric that lm-eval prints, to its last digit (large perplexities: to six digits)."""
    check(harness.results[name], name, ours)


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_gives_lm_evals_values_too(name: str, harness: "Harness", ours: "Ours") -> None:
    """With the model's chat template, examples as turns of their own."""
    check(harness.chat[name], f"lm_eval:{name}-chat", ours)


def check(results: Mapping[str, Any], name: str, ours: "Ours") -> None:
    """Hold our values of a task against what lm-eval prints."""
    printed = {
        key: float(value) for key, value in results.items() if "," in key and "_stderr" not in key
    }
    assert printed
    assert set(printed) <= set(ours.tasks[name].metrics)
    for key, value in printed.items():
        found = ours.value(name, key)
        assert found == pytest.approx(value, rel=2e-6, abs=1e-6), key
        assert value >= LARGE or f"{found:.4f}" == f"{value:.4f}", key


@pytest.mark.parametrize("name", TASKS)
def test_documents_are_scored_as_by_lm_eval(name: str, harness: "Harness", ours: "Ours") -> None:
    """Each document's number, or what it adds to a value that is no mean."""
    compared = 0
    for sample in harness.samples[name]:
        for key in sample["metrics"]:
            metric = f"{key},{sample['filter']}"
            score = ours.scores(name, metric)[str(sample["doc_id"])]
            if ours.tasks[name].custom_metrics[metric].is_mean and metric != "brier_score,none":
                assert _close(score.value, float(sample[key]))
            elif score.parts is not None:
                assert score.parts[0] == name
                assert _close(revived(score.parts[1]), sample[key])
            else:
                assert score.value is not None
            compared += 1
    assert compared >= len(ours.tasks[name].cases) * len(ours.tasks[name].metrics)


@pytest.mark.parametrize("group", GROUPS)
def test_a_groups_slices_are_its_tasks(group: str, harness: "Harness", ours: "Ours") -> None:
    """On the slice of a task a metric has that task's value."""
    tasks = {case.slices["task"] for case in ours.tasks[group].cases}
    assert len(tasks) >= 2
    for task in tasks:
        for metric in ours.tasks[group].metrics:
            expected = pytest.approx(float(harness.results[task][metric]))
            assert ours.value(group, metric, task=task) == expected


def test_inner_groups_are_slices_too(ours: "Ours") -> None:
    """Documents of a group within a group name it."""
    found = {case.slices["task"]: case.slices["group"] for case in ours.tasks["nested"].cases}
    assert found == {"inner_first": "nested::nested_one", "inner_rest": "nested::nested_two"}
    assert "group" not in ours.tasks["even"].slices


def test_a_group_may_ask_for_different_things(ours: "Ours") -> None:
    """Each case says what it asks, and how its reply is made."""
    found = {
        (case.slices["task"], case.kind, case.decode and case.decode.max_new_tokens)
        for case in ours.tasks["mixed"].cases
    }
    assert found == {
        ("mixed_choice", "choice", None),
        ("mixed_short", "generate", 3),
        ("mixed_long", "generate", 12),
    }
    assert {case.kind for case in ours.tasks["even"].cases} == {None}


def test_a_tag_is_all_its_tasks(harness: "Harness", ours: "Ours") -> None:
    """lm-eval has no value of a tag; ours weighs its tasks by their documents."""
    small, large = (harness.results[name]["acc,none"] for name in ("small", "large"))
    assert ours.value("tagged", "acc,none") == pytest.approx((5 * small + 11 * large) / 16)
    assert ours.tasks["tagged"].metrics == ("acc,none", "acc_norm,none")
    unscored = ours.scores("tagged", "acc_norm,none")["large/0"]
    assert unscored.value is None
    assert "has no acc_norm" in unscored.reason


def test_a_replicate_that_draws_each_document_once_is_the_value(ours: "Ours") -> None:
    """Of every metric that is no mean: intervals are about the number that is printed."""
    import numpy as np

    checked = set()
    for name, task in ours.tasks.items():
        for metric, judge in task.custom_metrics.items():
            scores = [*ours.scores(name, metric).values()]
            drawn = judge.resampled(scores, np.ones((2, len(scores)), dtype=np.int64))
            assert (drawn is None) == judge.is_mean
            if drawn is not None:
                value = pytest.approx(judge.value(scores), rel=1e-9, abs=1e-12)
                assert drawn.tolist() == [value, value]
                checked.add(f"{name} {metric}")
    assert len(checked) >= 11
    assert {"even acc_norm,none", "own_code known_words,none", "translation bleu,none"} <= checked


def test_shapes_are_what_they_should_be(ours: "Ours") -> None:
    """The local tasks are of the shapes that they are there for."""
    tasks = ours.tasks
    assert {len(case.options) for case in tasks["texts"].cases} == {3, 4}
    assert all(case.givens for case in tasks["inputs"].cases)
    assert len(tasks["mutual_information"].cases[0].continuations) == 8
    assert any(case.prompt for case in tasks["last_word"].cases)
    rolled = [
        ours.session.response(tasks["rolling"], case, BASE) for case in tasks["rolling"].cases
    ]
    window = 512
    assert max(one.choices[0].tokens for one in rolled) > window
    assert len(set(tasks["two_filters"].metrics)) == 2
    assert not tasks["even"].custom_metrics["acc_norm,none"].is_mean
    assert tasks["nested"].custom_metrics["acc,none"].is_mean
    kinds = {task.kind for task in tasks.values()}
    assert kinds == {"choice", "generate", "perplexity"}
    shown = [str(case.prompt).count("Question:") for case in tasks["drawn_examples"].cases]
    assert set(shown) == {3}


def _close(found: Any, expected: Any) -> bool:
    """Whether two items are equal, numbers up to rounding in float32."""
    expected = revived(plain(expected))
    if isinstance(expected, list | tuple):
        same = type(found) is type(expected) and len(found) == len(expected)
        return same and all(map(_close, found, expected))
    if isinstance(expected, float):
        return bool(abs(found - expected) <= FLOAT32 * max(1.0, abs(expected)))
    return bool(found == expected)
