"""Features of cases: the documented table holds, and the question alone is looked at."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case, Message
from pytest_ftevals.core.task import Task
from pytest_ftevals.labels.features import MOST_VALUES, features_of
from pytest_ftevals.labels.patterns import LEAST_CASES, tried_features
from pytest_ftevals.labels.questions import SHARED_BY, questions_of
from pytest_ftevals.labels.text_features import (
    TEXT_FEATURES,
    Text,
    TextFeature,
    instructions,
    language,
)
from pytest_ftevals.labels.words import LANGUAGES, SCRIPTS

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"
SHOTS = "Q: Is snow white?\nA: yes\n\nQ: Is coal not white?\nA: 2 times yes\n\n"


def case(number: int, prompt: str | tuple[Message, ...], **parts: Any) -> Case:
    """Return a case."""
    return Case(**({"id": str(number), "task": "t", "prompt": prompt, "expected": "x"} | parts))


def task(cases: Sequence[Case], **parts: Any) -> Task:
    """Return a task of these cases."""
    made: dict[str, Any] = {"name": "t", "kind": "generate", "path": Path("t"), "metrics": ("m",)}
    return Task(**{**made, "cases": tuple(cases), **parts})


def named(found: Task) -> dict[str, set[str]]:
    """Return the cases of each feature that some case has."""
    return {one.name: set(one.cases) for one in features_of(found) if one.cases}


@pytest.mark.parametrize("feature", TEXT_FEATURES, ids=lambda feature: feature.name)
def test_examples_and_counterexamples(feature: TextFeature) -> None:
    """Each feature is what the table says."""
    assert feature.has(Text.of(feature.example))
    assert not feature.has(Text.of(feature.counterexample))


@pytest.mark.parametrize("feature", TEXT_FEATURES, ids=lambda feature: feature.name)
def test_the_page_has_the_table(feature: TextFeature) -> None:
    """Word for word, in the order of the code."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    shown = {row[0].strip("`"): row[1:] for row in cells}
    spelled = [
        " ".join(one.replace("`", "'").split()) for one in (feature.example, feature.counterexample)
    ]
    assert shown[feature.name] == [feature.meaning, *spelled]
    order = [row[0].strip("`") for row in cells]
    names = [one.name for one in TEXT_FEATURES]
    assert [name for name in order if name in names] == names


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("", {"very short", "no question"}),
        ("Das ist kein Fluss und war nie einer", {"no question", "negation"}),
        ("It wasn\u2019t me then", {"no question", "negation"}),
        ("Knots and notes", {"very short", "no question"}),
        ("Falls ja: welcher Fluss?", {"question", "condition"}),
        ("Fasse den Text zusammen und nenne drei Namen.", {"several instructions", "no question"}),
        ("Bitte übersetze das. Dann zähle die Wörter.",
         {"several instructions", "no question", "several sentences", "non-ASCII letters"}),
        ("1. Name a river\n2. Name a town",
         {"several instructions", "no question", "list", "digits"}),
        ("a) yes it is\nb) maybe", {"no question", "list"}),
        ("请问1+1等于几\uff1f然后呢\uff1f",
         {"very short", "question", "several questions", "digits", "several sentences",
          "non-ASCII letters"}),
        ("if x == 1 then", {"no question", "condition", "code", "digits"}),
        ("def main(x):\n  return x", {"no question", "code"}),
        ("Is 3 < 4 and 5 > 2?", {"question", "digits"}),
        ("<b>bold</b> words are here", {"no question", "code"}),
        ("Er sagte \u201eNein\u201c zu mir", {"no question", "quotation"}),
        ("Rock 'n' roll wasn't dead, was it", {"no question", "negation"}),
        ("ask the BBC about it", {"no question", "upper-case words"}),
    ],
)  # fmt: skip
def test_texts_have_these_features_and_no_others(text: str, has: set[str]) -> None:
    """Traps of each rule, in both languages."""
    assert {one.name for one in TEXT_FEATURES if one.has(Text.of(text))} == has


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("What is the use of a list?", 0),
        ("Sort it.", 1),
        ("Please sort it and then print it.", 2),
        ("Salt and use it well.", 0),
        ("Sort it; then count it: list all.", 3),
        ("The author and list of names", 0),
    ],
)
def test_instructions_are_counted(text: str, count: int) -> None:
    """At the beginning of a clause, or joined to one."""
    assert instructions(Text.of(text)) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Where is the house that was built for you?", "English"),
        ("Wo liegt die Stadt und wie ist es mit der Post?", "German"),
        ("Où est la ville qui est sur le fleuve ?", "French"),
        ("¿Cuál es el río que pasa por la ciudad?", "Spanish"),
        ("Quale è il fiume che passa per la città di Roma con le sue case?", "Italian"),
        ("Qual é o rio que não passa na cidade?", "Portuguese"),
        ("Wat is de stad die niet aan het water ligt?", "Dutch"),
        ("Где находится Москва?", "Cyrillic"),
        ("Πού είναι η Αθήνα;", "Greek"),
        ("أين تقع القاهرة؟", "Arabic"),
        ("איפה ירושלים?", "Hebrew"),
        ("दिल्ली कहाँ है?", "Devanagari"),
        ("กรุงเทพอยู่ที่ไหน", "Thai"),
        ("서울은 어디에 있습니까?", "Hangul"),
        ("東京はどこですか?", "Japanese"),
        ("北京在哪里?", "Han"),
        ("", None),
        ("Paris", None),
        ("The USA", None),
        ("in the no se", None),
        ("café naïve résumé", None),
    ],
)
def test_languages_are_guessed_where_they_are_certain(text: str, found: str | None) -> None:
    """By the script, or by three common words and twice those of any other language."""
    assert language(Text.of(text)) == found


def test_every_language_and_script_is_documented() -> None:
    """By its name."""
    page = PAGE.read_text(encoding="utf-8")
    assert all(name in page for name in (*LANGUAGES, *SCRIPTS))


def test_preambles_and_few_shot_examples_are_no_question() -> None:
    """Nor where they differ between groups of cases; nor what all prompts end with."""
    cases = [
        case(number, f"About {group}.\n\n{SHOTS}Q: What is {number}?\n\nTell {number}.\nAnswer:")
        for number in range(30)
        for group in [("rivers", "towns")[number % 2]]
    ]
    assert questions_of(cases)[4:6] == ["4?\n\nTell 4.", "5?\n\nTell 5."]


def test_a_passage_that_few_cases_share_belongs_to_their_questions() -> None:
    """It differs between cases, and may be why one fails."""
    cases = [case(number, f"Passage {number // 3}.\n\nWho is {number}?") for number in range(30)]
    assert questions_of(cases)[7] == "2.\n\nWho is 7?"


def test_of_a_chat_the_users_last_words_count() -> None:
    """And what the user says after each reply; not the system's words, nor examples."""
    shots = (Message(role="user", content="not 1"), Message(role="assistant", content="no"))
    cases = [
        case(
            number,
            (
                Message(role="system", content="Never lie."),
                *shots,
                Message(role="user", content=f"Route this: {number} is late"),
            ),
            turns=(f"Why {number}?",),
        )
        for number in range(12)
    ]
    assert questions_of(cases)[3] == "3 is late\nWhy 3?"
    assert "negation" not in named(task(cases))
    assert named(task(cases))["turns=2"] == {str(number) for number in range(12)}


def test_few_cases_lose_nothing() -> None:
    """What nine of them share may be chance."""
    assert questions_of([case(1, "Who is 1?"), case(2, "Who is 2?")]) == ["Who is 1?", "Who is 2?"]


def test_slices_come_first_with_every_value() -> None:
    """As column=value; a column that tells the language leaves nothing to guess."""
    german = "Wo liegt die Stadt und wie ist es mit der Post?"
    cases = [
        case(number, f"{german} {number}", slices={"language": ("de", "en")[number % 2], "s": "a"})
        for number in range(8)
    ]
    found = named(task(cases, slices=("language", "s")))
    assert list(found)[:3] == ["language=de", "s=a", "language=en"]
    assert found["language=de"] == {"0", "2", "4", "6"}
    assert "in German" not in found
    assert named(task(cases))["in German"] == {str(number) for number in range(8)}


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (["a", "b"], {"expected=a", "expected=b"}),
        ([{"q": 1, "r": "x"}, {"q": True}], {"expected q=1", "expected q=true", "expected r=x"}),
        ([["a", "b"], ["c"]], set()),
        ([None, None], set()),
        ([f"answer {number}" for number in range(8)], set()),
    ],
)  # fmt: skip
def test_expected_classes(expected: list[JSON], found: set[str]) -> None:
    """Where there are few different ones; not several right texts, nor answers of their own."""
    cases = [
        case(number, str(number), expected=expected[number % len(expected)]) for number in range(8)
    ]
    names = named(task(cases))
    assert {name for name in names if name.startswith("expected")} == found
    if "expected=a" in found:
        assert names["expected=a"] == {"0", "2", "4", "6"}


def test_of_a_choice_the_place_of_the_right_option() -> None:
    """From 1; its text, too, where options are the same few; and how many there are."""
    texts = [(f"a{number}", "b", "c", "d") for number in range(12)]
    cases = [
        case(number, str(number), expected=number % 3, options=texts[number][: 3 + number % 2])
        for number in range(12)
    ]
    found = named(task(cases, kind="choice"))
    assert found["right option=2"] == {"1", "4", "7", "10"}
    assert found["options=3"] == {str(number) for number in range(0, 12, 2)}
    few = [
        case(number, str(number), expected=number % 2, options=("a", "b")) for number in range(9)
    ]
    assert named(task(few, kind="choice"))["expected=b"] == {"1", "3", "5", "7"}
    several = [
        case(number, str(number), expected=[0, 1], options=("a", "b")) for number in range(9)
    ]
    assert {name for name in named(task(several, kind="choice")) if "=" in name} == {"options=2"}


def test_the_longest_and_the_shortest_quarter() -> None:
    """By words; never more than a quarter, so that none is where all are as long."""
    cases = [case(number, f"{number}" + " w" * (number + 3) + f" {number}") for number in range(16)]
    found = named(task(cases))
    assert found["words >= 17"] == {"12", "13", "14", "15"}
    assert found["words <= 8"] == {"0", "1", "2", "3"}
    same = [case(number, f"{number} w w {number}") for number in range(16)]
    assert not [name for name in named(task(same)) if name.startswith("words")]
    most = [
        case(number, f"{number}" + " w" * max(number, 9) + f" {number}") for number in range(16)
    ]
    assert {name for name in named(task(most)) if name[:5] == "words"} == {"words >= 14"}


def test_of_a_text_that_stands_alone_its_own_words_count() -> None:
    """Perplexity tasks ask nothing."""
    cases = [
        case(number, "", expected=None, options=(f"It is not {number}.",)) for number in range(6)
    ]
    assert len(named(task(cases, kind="perplexity"))["negation"]) == 6


def test_features_that_nothing_can_be_said_of_are_not_tried() -> None:
    """Of fewer than 5 cases, of all, and of the same cases as one before; of those looked at."""
    cases = [
        case(number, f"Why {number}?" if number < 8 else f"Do not {number}",
             slices={"kind": "why" if number < 8 else "do", "rare": str(number < 4)})
        for number in range(20)
    ]  # fmt: skip
    found = task(cases, slices=("kind", "rare"))
    looked_at = {str(number) for number in range(20)}
    tried = tried_features(features_of(found), looked_at, {"0", "1", "19"})
    names = [one.name for one in tried]
    assert "rare=True" not in names  # 4 cases
    assert "digits" not in names  # all of them
    assert "question" not in names  # the same as kind=why
    (why,) = [one for one in tried if one.name == "kind=why"]
    assert (why.n, why.failed) == (8, 2)
    assert all(LEAST_CASES <= one.n < 20 for one in tried)
    assert tried_features(features_of(found), {"0", "1"}, {"0"}) == ()


@given(st.lists(st.text(max_size=60), min_size=1, max_size=25))
def test_any_text_has_features_or_none(texts: list[str]) -> None:
    """No text is an error, surrogates and control signs among them."""
    cases = [case(number, text, expected=text) for number, text in enumerate(texts)]
    for feature in features_of(task(cases)):
        assert feature.cases <= {case.id for case in cases}


@pytest.mark.parametrize(
    "part",
    ["\n", "\n\n", " ", ". ", ".", "'", "\u2018", "\u2018a ", "`", "<a b= ", "<a ", "{ ", "SELECT ",
     "class a(", "a) ", "? ", "\u3002", "not ", "def ", "and ", "1.\n", "\ud800", "东"],
    ids=ascii,
)  # fmt: skip
def test_hostile_texts_take_no_longer_than_others(part: str) -> None:
    """A megabyte of whatever a rule looks for: what is searched grows with the text alone."""
    began = time.process_time()
    long = part * (1_000_000 // len(part))
    features_of(task([case(number, f"{number}{long}") for number in (1, 2)]))
    assert time.process_time() - began < 4


def test_as_many_cases_as_mmlu_has_take_little_time() -> None:
    """14,042 questions behind four examples of their subject."""
    text = "which of these is not a river in Germany and why does it flow to 1999 USA"
    cases = [
        case(number, f"About {number % 57}.\n\n{SHOTS * 2}{text[number % 40 :]} {number}?")
        for number in range(14_042)
    ]
    began = time.process_time()
    found = features_of(task(cases))
    assert time.process_time() - began < 2
    assert len(found) > 10


def test_the_page_says_how_many() -> None:
    """The numbers in the rules are those of the code."""
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"had by {LEAST_CASES} cases or more" in page
    assert f"where there are {MOST_VALUES} different ones or fewer" in page
    assert f"shared by {SHARED_BY} cases or more" in page
