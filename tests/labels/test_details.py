"""Hallucinated details: what of a reply is in neither the input nor the reference."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.labels.detail_words import FILE, detail_words
from pytest_ftevals.labels.details import invented
from pytest_ftevals.labels.failure import Failure
from pytest_ftevals.labels.languages import is_german
from pytest_ftevals.metrics.forms import form_of
from tests.labels.labelled import labels_of, made

HERE = Path(__file__).parent
REVIEWED: dict[str, Any] = json.loads((HERE / "reviewed.json").read_text(encoding="utf-8"))
DATA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def found(reply: str, source: str, expected: str = "") -> list[str]:
    """Return the details of a reply, or of the fields of one in JSON."""
    try:
        fields = list(json.loads(reply).values())
    except (ValueError, AttributeError):
        fields = [reply]
    spec = {"metric": "contains", "grounded": True}
    answers = [
        made(spec, {"expected": expected or None, "reply": str(field), "labels": []}, source)
        for field in fields
    ]
    return [
        detail
        for one in answers
        for detail in invented(
            Failure(task=one.task, case=one.case, response=one.response, form=form_of(one.task))
        )
    ]


@pytest.mark.parametrize("example", DATA["examples"], ids=lambda one: str(one["reply"]))
def test_examples(example: Any) -> None:
    """Every example of the data has the details that it names."""
    assert found(example["reply"], example["input"], example["expected"]) == example["found"]


@pytest.mark.parametrize("example", DATA["counterexamples"], ids=lambda one: str(one["reply"]))
def test_counterexamples(example: Any) -> None:
    """And every counterexample has none."""
    assert found(example["reply"], example["input"], example["expected"]) == []


@pytest.mark.parametrize(
    ("reply", "source", "details"),
    [
        ("1.240 euros", "1,240", []),
        ("1'240.50", "1 240,5", []),
        ("1,240", "1.24", []),
        ("3.4m", "3,400,000", []),
        ("0.12", "12%", []),
        ("12.5", "12.48", []),
        ("12.4", "12.48", ["12.4"]),
        ("in '24", "2024", []),
        ("007", "agent 7", []),
        ("zero to 0", "nothing", []),
        ("It was the 3rd.", "nothing", []),
        ("1) first\n2) then\n- 3. last", "nothing", []),
        ("It has 3 parts.", "three parts", []),
        ("one of them said so", "nothing", []),
        ("drei Tagen", "seit 5 Tagen und nicht mehr auf", ["drei Tagen"]),
        ("MP3", "nothing", []),
        ("Write to www.shop.example/help.", "see shop.example/help", []),
        ("He met St. Nicholas.", "He met somebody", ["Nicholas"]),
        ("He met J. Smith.", "He met Smith", []),
        ("He came from Ulm. Then he left.", "Ulm", []),
        ("- Rome\n- Bonn", "Rome", []),
        ("in Rome", "nothing", ["Rome"]),
        ("on Friday", "on 3 May 2024", []),
        ("on Friday", "soon", ["Friday"]),
        ("in NATO and the EU", "North Atlantic Treaty Organization", []),
        ("Bank of Utah", "a bank", ["Utah"]),
        ("Ж 東京 مرحبا", "nothing", []),
    ],
)
def test_single_details(reply: str, source: str, details: list[str]) -> None:
    """Numbers by value, names but for their endings, codes and addresses by their letters."""
    assert found(reply, source) == details


def test_words_of_the_data_are_read_without_capitals_and_accents() -> None:
    """As texts are compared."""
    words = detail_words()
    assert words.months["marz"] == words.months["march"] == 3
    assert words.number_words["funf"] == 5


@pytest.mark.parametrize(
    ("expected", "reply", "labels"),
    [
        ({"sum": 12}, '{"sum": 12, "note": null, "paid": true}', ["wrong answer"]),
        ({"sum": 12}, '{"sum": 15}', ["hallucinated detail"]),
        ({"sum": 12}, '{"sum": 12, "why": "Water Damage", "score": 0.8}', ["wrong answer"]),
        ({"sum": 12}, '{"sum": 12, "more": ["a", {"who": "by Ada"}]}', ["hallucinated detail"]),
        ({"by": "Al Day"}, '{"by": "al", "more": [{"who": "Ada"}]}', ["hallucinated detail"]),
        ({"sum": 12}, '{"sum": 12, "paid": 1250}', ["hallucinated detail"]),
        ({"mood": "bad"}, '{"mood": "Neutral"}', ["wrong answer"]),
        ({"mood": "bad"}, '{"mood": "NEUTRAL", "n": 1}', ["wrong answer"]),
        ({"city": "Rome"}, '{"city": "Vienna"}', ["hallucinated detail"]),
        ({"sum": 12}, '{"sum": 15', ["invalid JSON", "hallucinated detail"]),
        ({"sum": 12}, '{"Ada Byron": 1}', ["wrong format"]),
        ({"sum": 1.5e300}, '{"sum": 1.5e300}', ["wrong answer"]),
        (["12", "13"], "13", ["wrong answer"]),
    ],
)
def test_fields_of_a_reply_in_json(expected: JSON, reply: str, labels: list[str]) -> None:
    """Values count, at any depth, and keys don't; of broken JSON only what needs no grammar."""
    answer = {"expected": expected, "reply": reply, "labels": []}
    assert labels_of(made({"grounded": True}, answer, "Sum 12, or 1 at least.")) == labels


def test_what_is_right_for_another_case_is_a_class() -> None:
    """And no name; a reply of several words that is not, is one."""
    spec = {"metric": "exact_match", "grounded": True}
    answer = made(spec, {"expected": "Neutral", "reply": "Entailment", "labels": []}, "It rains.")
    other = replace(answer.case, id="2", expected="Entailment")
    several = replace(answer.task, cases=(answer.case, other))
    assert labels_of(answer) == ["hallucinated detail"]
    assert labels_of(replace(answer, task=several)) == ["wrong answer"]
    assert found("Ada Byron", "It rains.", "no") == []
    assert found("Ada Byron", "It rains.", "Al Day") == ["Ada", "Byron"]


@pytest.mark.parametrize("one", REVIEWED["grounded"], ids=lambda one: str(one["reply"]))
def test_replies_that_a_second_person_meant_as_grounded(one: Any) -> None:
    """What is flagged still is what one knows beside the input, and a word of another language."""
    assert found(one["reply"], one["input"]) == one["flagged"]


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("Kundin bittet um Etikett.", True),
        ("Leipzig: Lohnforderung", False),
        ("der Bericht", True),
        ("öffnet spät", True),
        ("Müller and the others saw Die Zeit in Bonn.", False),
        ("Rue des Fleurs, dans la ville", False),
        ("", False),
    ],
)
def test_german_is_told_by_a_few_words(text: str, *, german: bool) -> None:
    """As many as no other language has; what has none is told by its prompt."""
    assert is_german(text) is german


@pytest.mark.parametrize(
    "reply",
    ["9" * 100_000, "1," * 50_000, "a-" * 50_000, "A1/" * 30_000, "x@" * 50_000, '"a ' * 30_000,
     "Ab " * 30_000, "1990s " * 30_000, "Ab: " * 30_000, "AB " * 30_000,
     "\u0661\u0662 \u00bd \u2460 1\u00b2", "1" * 29 + ".5%"],
)  # fmt: skip
def test_hostile_replies_take_no_time(reply: str) -> None:
    """Whatever a model repeats, in whatever digits."""
    began = time.process_time()
    found(reply, "It cost 12.5 euros in 2024.")
    found(reply, " ".join(f"Name{one} {one}.5" for one in range(5000)))
    assert time.process_time() - began < 2
