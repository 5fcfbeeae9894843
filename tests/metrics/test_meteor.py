"""METEOR equals nltk called directly, with a WordNet of two words in a local folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.meteor import wordnet_in
from pytest_ftevals.metrics.registry import build, metric

FILES = {
    "lexnames": "00\tnoun.artifact\t1\n",
    "data.noun": "00000000 00 n 02 car 0 auto 0 000 | a motor vehicle  \n",
    "index.noun": "auto n 1 0 1 0 00000000  \ncar n 1 0 1 0 00000000  \n",
    **dict.fromkeys(["cntlist.rev", "index.sense", "index.adj", "index.adv", "index.verb"], ""),
    **dict.fromkeys(["data.adj", "data.adv", "data.verb"], ""),
    **dict.fromkeys(["adj.exc", "adv.exc", "noun.exc", "verb.exc"], ""),
}
"""WordNet's files, in its own format: one noun with two words for it."""


@pytest.fixture
def nltk_data(tmp_path: Path) -> Path:
    """A folder of nltk's data that holds a WordNet."""
    folder = tmp_path / "nltk_data"
    (folder / "corpora" / "wordnet").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / "corpora" / "wordnet" / name).write_text(text, encoding="utf-8")
    return folder


def _made(folder: Path, options: dict[str, Any]) -> Metric:
    found = build(MetricEntry(name="meteor", metric="meteor", options=options), folder)
    return found or metric("meteor")


@pytest.mark.parametrize(
    ("right", "reply", "value"),
    [
        (["the auto stopped"], "the car stopped", 0.9814814814814815),
        (["the dog stopped"], "the car stopped", 0.3333333333333333),
        (["cars are stopping"], "car is stopped", 0.6666666666666666 * (1 - 0.5)),
        (["It costs 20 euros.", "The price is 20 euros."], "The price: 20 Euros!", None),
        (["a b"], "", 0.0),
        (["alpha"], "alpha", 0.5),
        (["alpha"], "beta", 0.0),
    ],
)
def test_values_are_nltks(
    nltk_data: Path,
    make_task: Callable[..., Task],
    right: list[str],
    reply: str,
    value: float | None,
) -> None:
    """The best of several references, as nltk's function gives it; synonyms and stems count."""
    from nltk.tokenize import wordpunct_tokenize
    from nltk.translate.meteor_score import meteor_score

    judge, task = _made(nltk_data.parent, {"nltk_data": "nltk_data"}), make_task(right)
    judge.check(task)
    score = judge.score(task, task.cases[0], Response(text=reply))
    wordnet = wordnet_in(nltk_data)
    words = [wordpunct_tokenize(text) for text in right]
    assert score.value == meteor_score(words, wordpunct_tokenize(reply), wordnet=wordnet)
    assert value is None or score.value == pytest.approx(value, abs=1e-12)
    assert score.reason == ("" if score.value else "nothing is shared")


@pytest.mark.parametrize("reply", ["\ud800 car", "\x00\x1b[31m", "\u202e{}", "word " * 2000])
def test_hostile_replies_are_scored(
    nltk_data: Path, make_task: Callable[..., Task], reply: str
) -> None:
    """Whatever a model writes has a number between 0 and 1."""
    judge, task = _made(nltk_data.parent, {"nltk_data": "nltk_data"}), make_task("the car")
    value = judge.score(task, task.cases[0], Response(text=reply)).value
    assert value is not None
    assert 0 <= value <= 1


def test_keys_hold_the_dictionary(nltk_data: Path) -> None:
    """Another WordNet gives other keys, the same one elsewhere the same."""
    judge = _made(nltk_data.parent, {"nltk_data": "nltk_data"})
    before = _digest(judge)
    assert before == _digest(_made(nltk_data.parent, {"nltk_data": "nltk_data"}))
    nltk_data.rename(nltk_data.with_name("other"))
    moved = _made(nltk_data.parent, {"nltk_data": "other"})
    assert _digest(moved) == before
    noun = nltk_data.with_name("other") / "corpora" / "wordnet" / "data.noun"
    noun.rename(noun.with_name("data.verb"))
    assert _digest(moved) != before


def _digest(judge: Metric) -> JSON:
    """Return the settings of the metric itself, whatever its folder is called."""
    assert isinstance(judge.settings, list)
    return judge.settings[1]


def test_a_broken_dictionary_is_one_message(
    nltk_data: Path, make_task: Callable[..., Task]
) -> None:
    """A file that is not WordNet's is told of, as nltk tells it."""
    (nltk_data / "corpora" / "wordnet" / "lexnames").write_text("nothing of the kind\n")
    judge, task = _made(nltk_data.parent, {"nltk_data": "nltk_data"}), make_task("a text")
    judge.check(task)
    with pytest.raises(FtevalsError, match="metric 'meteor' cannot load "):
        judge.score(task, task.cases[0], Response(text="a reply"))


def test_what_is_missing_is_named(
    tmp_path: Path, make_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Option, data and library: each is said with what to do."""
    task = make_task("a text")
    with pytest.raises(
        FtevalsError, match=r"needs the option `nltk_data`\s+Give .*nltk\.downloader"
    ):
        metric("meteor").check(task)
    with pytest.raises(FtevalsError, match=r"it has no files in corpora/wordnet"):
        _made(tmp_path, {"nltk_data": "."}).check(task)
    monkeypatch.setattr("pytest_ftevals.metrics.needs.find_spec", lambda _: None)
    with pytest.raises(FtevalsError, match=r"pip install 'pytest-ftevals\[meteor\]'"):
        metric("meteor").check(task)
