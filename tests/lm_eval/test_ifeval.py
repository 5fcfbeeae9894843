"""The ifeval metrics are lm-eval's own numbers, and depend on nothing but row and reply."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.quiet import quietly
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.ifeval import IFEVAL, LIBRARIES, kept
from pytest_ftevals.metrics.registry import metric

NUMBERS = {"relation": "at least"}
ROWS: tuple[tuple[str, list[tuple[str, dict[str, Any]]]], ...] = (
    ("Say it.", [("punctuation:no_comma", {}), ("detectable_format:title", {})]),
    ("Count.", [("length_constraints:number_words", {**NUMBERS, "num_words": 8})]),
    ("Listen.", [("keywords:existence", {"keywords": ["sure", "answer"]})]),
    ("Twice.", [("keywords:frequency", {**NUMBERS, "keyword": "answer", "frequency": 2})]),
    ("Never.", [("keywords:forbidden_words", {"forbidden_words": ["comma"]})]),
    (
        "Letters.",
        [
            (
                "keywords:letter_frequency",
                {"letter": "e", "let_relation": "at least", "let_frequency": 6},
            )
        ],
    ),
    ("In German.", [("language:response_language", {"language": "de"})]),
    (
        "Paragraphs.",
        [
            ("length_constraints:number_paragraphs", {"num_paragraphs": 2}),
            ("detectable_content:postscript", {"postscript_marker": "P.S."}),
        ],
    ),
    (
        "First word.",
        [
            (
                "length_constraints:nth_paragraph_first_word",
                {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "the"},
            )
        ],
    ),
    ("Places.", [("detectable_content:number_placeholders", {"num_placeholders": 2})]),
    ("Bullets.", [("detectable_format:number_bullet_lists", {"num_bullets": 2})]),
    ("Yes or no?", [("detectable_format:constrained_response", {})]),
    (
        "Sections.",
        [
            (
                "detectable_format:multiple_sections",
                {"section_spliter": "Section", "num_sections": 2},
            ),
            ("detectable_format:number_highlighted_sections", {"num_highlights": 1}),
        ],
    ),
    ("JSON.", [("detectable_format:json_format", {})]),
    ("Two.", [("combination:two_responses", {})]),
    ("Repeat me.", [("combination:repeat_prompt", {"prompt_to_repeat": "Repeat me."})]),
    (
        "End.",
        [
            ("startend:end_checker", {"end_phrase": "Any questions?"}),
            ("startend:quotation", {}),
        ],
    ),
    (
        "Sentences.",
        [("length_constraints:number_sentences", {**NUMBERS, "num_sentences": 3})],
    ),
    (
        "Capitals.",
        [
            (
                "change_case:capital_word_frequency",
                {"capital_relation": "at least", "capital_frequency": 2},
            )
        ],
    ),
    ("loud", [("change_case:english_capital", {}), ("punctuation:no_comma", {})]),
    ("quiet", [("change_case:english_lowercase", {"num_words": None})]),
)
REPLIES = (
    "",
    "Sure, here you are:\n<<A title>>\n\nThe answer is the answer. P.S. More\nAny questions?",
    "* one [place]\n* two [place] *bright*\n***\n\nthe end",
    '{"a": "My answer is yes."}',
    '"Repeat me. And the rest. Any questions?"',
    "Das ist eine deutsche Antwort ohne jedes Satzzeichen im Inneren und sie ist lang genug",
    "THIS IS A LOUD ANSWER IN ENGLISH WITHOUT ANY OF THE MARKS THAT ARE FORBIDDEN HERE",
    "this is a quiet answer in english\n******\nand this is another answer, which is longer",
    "Section 1\nOne *thing*\n\nSection 2\nMy answer is no.",
)
OLD = {
    "ifeval_prompt_strict": "prompt_level_strict_acc",
    "ifeval_prompt_loose": "prompt_level_loose_acc",
    "ifeval_instruction_strict": "inst_level_strict_acc",
    "ifeval_instruction_loose": "inst_level_loose_acc",
}


def row(number: int) -> dict[str, Any]:
    """Return a row as google/IFEval has them."""
    prompt, asked = ROWS[number]
    names, kwargs = zip(*asked, strict=True)
    return {
        "key": number,
        "prompt": prompt,
        "instruction_id_list": [*names],
        "kwargs": [*kwargs],
    }


def task_of(*rows: Mapping[str, Any]) -> Task:
    """Return a task of these rows."""
    cases = tuple(
        Case(id=str(number), task="t", prompt=str(one.get("prompt")), expected=None, row=one)
        for number, one in enumerate(rows)
    )
    names = tuple(one.name for one in IFEVAL)
    return Task(name="t", kind="generate", path=Path("t.task.yaml"), cases=cases, metrics=names)


@pytest.fixture(autouse=True)
def punkt(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nltk have its data for sentences: a model that knows one abbreviation."""
    import nltk.data

    folder = tmp_path_factory.mktemp("nltk") / "tokenizers" / "punkt_tab" / "english"
    folder.mkdir(parents=True)
    for name in ("collocations.tab", "sent_starters.txt", "ortho_context.tab"):
        (folder / name).write_text("")
    (folder / "abbrev_types.txt").write_text("p.s\n")
    monkeypatch.setattr(nltk.data, "path", [str(folder.parents[2])])


@pytest.fixture(scope="module")
def process_results() -> Callable[[Mapping[str, Any], list[str]], Mapping[str, Any]]:
    """lm-eval's own scoring, with langdetect seeded; importing it must not use the network."""
    kept("strict", row(0), "x")  # imports it without a download
    from langdetect import DetectorFactory
    from lm_eval.tasks.ifeval import utils

    def scored(doc: Mapping[str, Any], replies: list[str]) -> Mapping[str, Any]:
        before = DetectorFactory.seed
        DetectorFactory.seed = 0
        try:
            with quietly():
                found: Mapping[str, Any] = utils.process_results(doc, replies)
        finally:
            DetectorFactory.seed = before
        return found

    return scored


@pytest.mark.parametrize("name", OLD)
def test_scores_and_values_are_lm_evals(name: str, process_results: Callable[..., Any]) -> None:
    """Every reply to every prompt, and the value of them all."""
    found: list[Score] = []
    expected: list[bool] = []
    judge = metric(name)
    for number in range(len(ROWS)):
        task = task_of(row(number))
        judge.check(task)
        for reply in REPLIES:
            score = judge.score(task, task.cases[0], Response(text=reply))
            item = process_results(row(number), [reply])[OLD[name]]
            flat = [item] if isinstance(item, bool) else item
            assert score.value == sum(flat) / len(flat)
            assert bool(score.reason) == (not all(flat))
            found.append(score)
            expected += flat
    assert 0.1 < judge.value(found) < 0.9
    assert judge.value(found) == pytest.approx(sum(expected) / len(expected), abs=1e-15)


@pytest.mark.parametrize("judge", IFEVAL, ids=lambda one: str(one.name))
def test_what_needs_data_of_nltk_says_so(judge: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without punkt_tab the prompt is not scored, and the reason is the command to get it."""
    import nltk.data

    monkeypatch.setattr(nltk.data, "path", [])
    from lm_eval.tasks.ifeval import instructions_util

    instructions_util._get_sentence_tokenizer.cache_clear()
    kwargs = {"relation": "at least", "num_sentences": 2}
    one = {**row(0), "instruction_id_list": ["length_constraints:number_sentences"]}
    task = task_of({**one, "kwargs": [kwargs]})
    score = judge.score(task, task.cases[0], Response(text="One. Two."))
    assert score.value is None
    assert "python -m nltk.downloader punkt_tab" in score.reason
    assert "number_sentences" in score.reason


def test_no_scoring_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing lm-eval's checks would fetch data; what it calls does nothing meanwhile."""
    import sys

    import nltk

    called: list[object] = []
    monkeypatch.setattr(nltk, "download", lambda *args: called.append(args))
    monkeypatch.setattr(nltk.data, "path", [])
    for name in [name for name in sys.modules if name.startswith("lm_eval.tasks.ifeval")]:
        monkeypatch.delitem(sys.modules, name)
    assert kept("strict", row(0), "x") == [True, False]
    assert called == []
    assert nltk.download is not None


def test_a_language_is_told_the_same_every_time() -> None:
    """The library langdetect draws random numbers: here always the same."""
    mixed = "the house das haus la casa"
    doc = {**row(0), "instruction_id_list": ["language:response_language"]}
    doc["kwargs"] = [{"language": "de"}]
    assert len({tuple(kept("strict", doc, mixed)) for _ in range(12)}) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kwargs": None}, "has no kwargs"),
        ({"kwargs": [{}]}, "an entry of kwargs for each instruction"),
        ({"instruction_id_list": []}, "an entry of kwargs for each instruction"),
    ],
)
def test_rows_must_be_ifevals(changed: dict[str, Any], message: str) -> None:
    """A row without the columns is refused before anything is asked."""
    one = {**row(0), **changed}
    one = {key: value for key, value in one.items() if value is not None}
    with pytest.raises(FtevalsError, match=message):
        IFEVAL[0].check(task_of(row(1), one))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_missing_library_names_the_extra(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that installs it is in the message."""
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        "pytest_ftevals.metrics.needs.find_spec",
        lambda name: None if name == library else real(name),
    )
    with pytest.raises(FtevalsError, match=r"pip install 'pytest-ftevals\[lm-eval\]'"):
        IFEVAL[0].check(task_of(row(0)))


def test_kwargs_that_no_check_takes_are_a_reason() -> None:
    """A wrong option is an unscored case, not a crash."""
    one = {**row(0), "kwargs": [{"no_such": 1}, {}]}
    task = task_of(one)
    score: Score = IFEVAL[0].score(task, task.cases[0], Response(text="x"))
    assert score.value is None
    assert "kwargs" in score.reason
