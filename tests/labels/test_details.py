"""Hallucinated details: what of a reply is in neither the input nor the reference."""

import json
import time
from typing import Any

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.labels.detail_words import FILE, detail_words
from pytest_ftevals.labels.details import details_in
from tests.labels.labelled import labels_of, made

DATA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def found(reply: str, *sources: str) -> list[str]:
    """Return the details of a reply, or of the fields of one in JSON."""
    try:
        fields = list(json.loads(reply).values())
    except (ValueError, AttributeError):
        fields = [reply]
    return [detail for field in fields for detail in details_in(str(field), sources)]


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
        ({"sum": 12}, '{"sum": 13}', ["hallucinated detail"]),
        ({"sum": 12}, '{"sum": 12, "more": ["a", {"who": "Ada Byron"}]}', ["hallucinated detail"]),
        ({"sum": 12}, '{"sum": 13', ["invalid JSON", "hallucinated detail"]),
        ({"sum": 12}, '{"Ada Byron": 1}', ["wrong format"]),
        ({"sum": 1.5e300}, '{"sum": 1.5e300}', ["wrong answer"]),
        (["12", "13"], "13", ["wrong answer"]),
    ],
)
def test_fields_of_a_reply_in_json(expected: JSON, reply: str, labels: list[str]) -> None:
    """Values count, at any depth, and keys don't; of broken JSON only what needs no grammar."""
    answer = {"expected": expected, "reply": reply, "labels": []}
    assert labels_of(made({"grounded": True}, answer, "Sum 12, or 1 at least.")) == labels


@pytest.mark.parametrize(
    "reply",
    ["9" * 100_000, "1," * 50_000, "a-" * 50_000, "A1/" * 30_000, "x@" * 50_000, '"a ' * 30_000,
     "Ab " * 30_000, "\u0661\u0662 \u00bd \u2460 1\u00b2", "1" * 29 + ".5%"],
)  # fmt: skip
def test_hostile_replies_take_no_time(reply: str) -> None:
    """Whatever a model repeats, in whatever digits."""
    began = time.process_time()
    found(reply, "It cost 12.5 euros in 2024.")
    assert time.process_time() - began < 2
