"""BLEU, chrF and TER equal sacrebleu called directly, whatever the options and references."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.registry import build, metric
from pytest_ftevals.metrics.signatures import signature, signatures

WORDS = st.lists(st.sampled_from(["the", "a", "cat", "Cat", "sat", "on,", "mat.", "über"]))
SENTENCES = WORDS.map(" ".join)
SEGMENTS = st.lists(st.tuples(SENTENCES, SENTENCES, SENTENCES), min_size=2, max_size=8)
WAYS: list[tuple[str, dict[str, Any]]] = [
    ("bleu", {}),
    ("bleu", {"tokenize": "intl", "lowercase": True}),
    ("bleu", {"tokenize": "char"}),
    ("bleu", {"tokenize": "zh"}),
    ("bleu", {"tokenize": "none"}),
    ("chrf", {}),
    ("chrf", {"word_order": 2}),
    ("chrf", {"word_order": 1, "lowercase": True}),
    ("ter", {}),
    ("ter", {"normalized": True, "no_punct": True, "case_sensitive": True}),
]
IDS = ["-".join([name, *options]) for name, options in WAYS]


def made(name: str, options: Mapping[str, Any]) -> Metric:
    """Return the metric as a task file with these options has it."""
    return build(MetricEntry(name=name, metric=name, options=options), Path()) or metric(name)


def library(name: str, options: Mapping[str, Any]) -> Any:
    """Return sacrebleu's own metric of that name."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF
    from sacrebleu.metrics.ter import TER

    return {"bleu": BLEU, "chrf": CHRF, "ter": TER}[name](**options)


def scored(judge: Metric, task: Task, replies: Sequence[str]) -> list[Score]:
    """Return the scores of a task's cases."""
    pairs = zip(task.cases, replies, strict=True)
    return [judge.score(task, case, Response(text=reply)) for case, reply in pairs]


@pytest.mark.parametrize(("name", "options"), WAYS, ids=IDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(segments=SEGMENTS, data=st.data())
def test_values_are_sacrebleus(
    name: str,
    options: dict[str, Any],
    segments: list[tuple[str, str, str]],
    data: st.DataObject,
    make_task: Callable[..., Task],
) -> None:
    """Value, replicate and signature over two references, to the last digit."""
    import numpy as np

    replies = [reply for reply, _, _ in segments]
    task = make_task(*([one, other] for _, one, other in segments))
    judge, reference = made(name, options), library(name, options)
    judge.check(task)
    scores = scored(judge, task, replies)
    streams = [[one for _, one, _ in segments], [other for _, _, other in segments]]
    assert judge.value(scores) == reference.corpus_score(replies, streams).score
    assert signature(judge, task) == reference.get_signature().format()

    drawn = data.draw(st.lists(st.sampled_from(range(len(segments))), min_size=1, max_size=20))
    counts = np.bincount(drawn, minlength=len(segments))[np.newaxis]
    replicates = judge.resampled(scores, counts)
    assert replicates is not None
    again = [[stream[one] for one in drawn] for stream in streams]
    wanted = reference.corpus_score([replies[one] for one in drawn], again).score
    assert replicates[0] == pytest.approx(wanted, rel=1e-12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(reply=SENTENCES, right=SENTENCES)
def test_segments_are_sacrebleus(reply: str, right: str, make_task: Callable[..., Task]) -> None:
    """A case's own score is what the library's functions for one sentence give."""
    import sacrebleu

    task = make_task(right)
    for name in ("bleu", "chrf", "ter"):
        function: Any = getattr(sacrebleu, f"sentence_{name}")
        (score,) = scored(metric(name), task, [reply])
        assert score.value == function(reply, [right]).score


def test_numbers_of_references_may_differ(make_task: Callable[..., Task]) -> None:
    """A case with one reference beside one with two: sacrebleu's missing references are None."""
    task = make_task("the cat sat", ["a dog ran", "the dog ran"])
    replies = ["the cat sat down", "the dog ran"]
    streams = [["the cat sat", "a dog ran"], [None, "the dog ran"]]
    for name in ("bleu", "chrf", "ter"):
        reference = library(name, {})
        scores = scored(metric(name), task, replies)
        assert metric(name).value(scores) == reference.corpus_score(replies, streams).score
        text = signature(metric(name), task)
        assert text.startswith("nrefs:var|")
        assert text == reference.get_signature().format()


@pytest.fixture(scope="module")
def wmt22() -> Path:
    """The folder with WMT22's translations; skips, naming it, where it is absent."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "wmt22"
    if not folder.is_dir():
        pytest.skip(f"needs the folder {folder}")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("system", ["Online-A", "Online-B"])
@pytest.mark.parametrize(
    ("name", "options"), [("bleu", {}), ("chrf", {}), ("chrf", {"word_order": 2}), ("ter", {})]
)
def test_real_translations(
    wmt22: Path,
    system: str,
    name: str,
    options: dict[str, Any],
    make_task: Callable[..., Task],
) -> None:
    """500 segments of a real system: the corpus value of sacrebleu to the last digit."""
    right, replies = (
        (wmt22 / f"generaltest2022.de-en.{part}.en").read_text(encoding="utf-8").splitlines()
        for part in ("ref.A", f"hyp.{system}")
    )
    task = make_task(*right)
    judge, reference = made(name, options), library(name, options)
    value = judge.value(scored(judge, task, replies))
    assert len(replies) == 500
    assert value == reference.corpus_score(replies, [right]).score
    assert signature(judge, task) == reference.get_signature().format()


HOSTILE = {
    "5,000 words": "word " * 5_000,
    "one line of 100,000 letters": "a" * 100_000,
    "a lone surrogate": "\ud800 cat",
    "control characters": "\x00\x1b[31m\x07\r\x08",
    "a right-to-left override": "\u202e{}",
    "white space": " \n\t\u2028",
}


@pytest.mark.parametrize("name", ["bleu", "chrf", "ter", "rougeLsum", "length_ratio"])
@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_replies_are_scored(name: str, reply: str, make_task: Callable[..., Task]) -> None:
    """Whatever a model writes has a number, a printable reason, and a value over it."""
    judge, task = metric(name), make_task("the cat sat on the mat")
    (score,) = scored(judge, task, [reply])
    assert score.value is not None
    assert score.value >= 0
    assert score.reason.isprintable()
    assert judge.value([score]) >= 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(reply=st.text(st.characters(exclude_categories=())))
def test_any_text_is_scored(reply: str, make_task: Callable[..., Task]) -> None:
    """No text at all makes a metric raise."""
    task = make_task("the cat", row={"facts": ["cat"]})
    for name in ("bleu", "chrf", "ter", "rougeLsum", "length_ratio", "fact_coverage"):
        (score,) = scored(metric(name), task, [reply])
        assert score.value is not None


def test_signatures_of_a_task(make_task: Callable[..., Task]) -> None:
    """Of a task's metrics those that have a signature are named, under their own names."""
    names = ("accuracy", "chrf", "plus_plus")
    own = build(MetricEntry(name="plus_plus", metric="chrf", options={"word_order": 2}), Path())
    found = signatures(make_task("x", metrics=names, custom_metrics={"plus_plus": own}))
    assert {name: text.split("|")[4] for name, text in found.items()} == {
        "chrf": "nw:0",
        "plus_plus": "nw:2",
    }


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("bleu", {"tokenize": "spm"}, "`tokenize` to be one of 13a, intl, char, zh, none"),
        ("bleu", {"tokenise": "13a"}, "Did you mean `tokenize`?"),
        ("bleu", {"lowercase": "yes"}, "`lowercase` to be true or false"),
        ("chrf", {"word_order": 3}, "`word_order` to be 0, 1 or 2"),
        ("chrf", {"word_order": 1.5}, "`word_order` to be 0, 1 or 2"),
        ("ter", {"lowercase": True}, "has no option `lowercase`"),
    ],
)
def test_wrong_options_are_named(name: str, options: dict[str, Any], message: str) -> None:
    """An option that sacrebleu does not have here is refused with the valid ones."""
    with pytest.raises(FtevalsError, match=f"metric '{name}'") as mistake:
        made(name, options)
    assert message in str(mistake.value)


@pytest.mark.parametrize("name", ["bleu", "chrf", "ter"])
def test_what_they_say_of_themselves(
    name: str, make_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values from 0 to 100 in their own unit; TER is an error rate; the extra is named."""
    found = metric(name)
    assert found.higher_is_better == (name != "ter")
    assert (found.points, found.binary, found.is_mean) == (False, False, False)
    monkeypatch.setattr("pytest_ftevals.metrics.needs.find_spec", lambda _: None)
    with pytest.raises(FtevalsError, match=r"pip install 'pytest-ftevals\[translation\]'"):
        found.check(make_task("a text"))
