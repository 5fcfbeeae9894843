"""JUnit properties: every number of a test's comparisons, as in the record, for machines."""

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from pytest_ftevals.reports.folder import read_record
from pytest_ftevals.reports.junit import properties_of

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TESTS = """
    @pytest.mark.parametrize("limit", [3, 90])
    def test_kept(compare, limit):
        result = compare(words)
        assert result.drop <= limit
        assert result["exact_match"].slice("language=de") >= 0.1 and result.gain > -95
    def test_others(compare):
        result = compare(words)
        assert result["exact_match"].by("language")["en"] >= 0.2
        assert not result["token_f1"] >= 0.999
    @pytest.mark.pass_rate(at_least=0.5, drop=90)
    @words.cases()
    def test_rate(model, case): assert model.generate(case).text == case.expected
    @words.cases()
    def test_case(candidate, case): assert candidate.generate(case).text == case.expected
    def test_nothing(compare): compare(words)
"""
NUMBERS = ("n", "base", "value", "delta", "level", "unit", "wins", "losses", "ties")
DECIDED = ("kind", "op", "bound", "observed", "holds", "evidence", "verdict", "n_used")


@pytest.fixture(autouse=True)
def worse(project: "Project") -> None:
    """Make the candidate miss seven of thirty cases: numbers without a short decimal."""
    project.adapter("good", wrong=[f"c{number}" for number in range(1, 8)])
    project.model("base", wrong=["c7"])
    project.task(cases=30, slices=["language"], metrics=["exact_match", "token_f1"])
    project.tests(TESTS)


def properties(project: "Project") -> dict[str, dict[str, str]]:
    """Return the properties of every test by its name; no two of one test have the same name."""
    found: dict[str, dict[str, str]] = {}
    for case in ET.parse(project.path / "junit.xml").getroot().iter("testcase"):  # noqa: S314 - written by pytest
        pairs = [(one.attrib["name"], one.attrib["value"]) for one in case.iter("property")]
        names = [name for name, _ in pairs if name != "ftevals"]
        assert len(names) == len(set(names))
        found[case.attrib["name"]] = dict(pairs)
    return found


def path_of(row: Any) -> str:
    """Return the names' beginning for a comparison row."""
    where = f"[{row['slice']}]" if row["slice"] else ""
    against = "" if row["reference"] == "base" else f".vs.{row['reference']}"
    return f"ftevals.{row['task']}.{row['metric']}{where}.{row['candidate']}{against}"


def stated(record: Any) -> Iterator[tuple[str, Any, list[Any]]]:
    """Yield (test, comparison row, its thresholds of that test)."""
    for row in record["comparisons"]:
        for test in dict.fromkeys(one["test"] for one in row["thresholds"]):
            yield test, row, [one for one in row["thresholds"] if one["test"] == test]


@pytest.mark.parametrize(
    ("family", "workers"),
    [
        ("xunit1", "0"),
        ("xunit2", "0"),
        pytest.param("xunit2", "2", marks=pytest.mark.slow),
    ],
)
def test_every_row_with_a_threshold_is_in_the_file(
    project: "Project", family: str, workers: str
) -> None:
    """To the last digit, in both families, from one process and from workers."""
    record = project.record("--junitxml=junit.xml", "-o", f"junit_family={family}", "-n", workers)
    found = properties(project)
    rows = list(stated(record))
    assert len(rows) == 6
    for test, row, thresholds in rows:
        own, path = found[test.partition("::")[2]], path_of(row)
        for name in NUMBERS:
            assert own[f"{path}.{name}"] == as_text(row[name])
        ends = [own[f"{path}.interval_{end}"] for end in ("low", "high")]
        assert ends == [as_text(one) for one in row["interval"]]
        for number, one in enumerate(thresholds, 1):
            suffix = f".{number}" if number > 1 else ""
            assert own[f"{path}.threshold{suffix}"] == one["text"]
            for name in DECIDED:
                assert own[f"{path}.{name}{suffix}"] == as_text(one[name])
            assert math.isclose(float(own[f"{path}.p{suffix}"]), one["p"])
    assert any(not float(row["delta"]).is_integer() for _, row, _ in rows)


def as_text(value: Any) -> str:
    """Return a value as the file has it."""
    return value if isinstance(value, str) else json.dumps(value)


def test_the_record_gives_the_same(project: "Project") -> None:
    """What a test's process wrote is a function of the record, but for labels of single cases."""
    project.run("--ftevals-report=report", "--junitxml=junit.xml")
    record = read_record(project.path / "report")
    found = properties(project)
    for test in record.tests:
        own = found[test.nodeid.partition("::")[2]]
        own.pop("ftevals", None)
        if "test_case" not in test.nodeid:
            assert own == dict(properties_of(record, test.nodeid))


def test_labels_of_a_missed_threshold(project: "Project") -> None:
    """Failures on the task by label, as the record counts them, where one is missed."""
    record = project.record("--junitxml=junit.xml")
    (row,) = record["failures"]
    found = properties(project)
    own = found["test_kept[3]"]
    path = "ftevals.words.good"
    counts = {
        name.removeprefix(f"{path}.labels[").removesuffix("]"): int(value)
        for name, value in own.items()
        if name.startswith(f"{path}.labels[")
    }
    assert counts == row["labels"] == {"wrong answer": 7}
    assert (own[f"{path}.answers"], own[f"{path}.failed"]) == ("30", "7")
    assert own[f"{path}.regressions"] == "6"
    assert not any(path in name for name in found["test_kept[90]"])


def test_labels_of_a_failed_case(project: "Project") -> None:
    """Primary and others; a case that is right has none, nor has a test that only compares."""
    project.run("--junitxml=junit.xml")
    found = properties(project)
    path = "ftevals.words.good"
    assert found["test_case[c1]"] == {
        f"{path}.case": "c1",
        f"{path}.label": "wrong answer",
        f"{path}.labels[wrong answer]": "1",
        f"{path}.labels[regression from base]": "1",
    }
    assert f"{path}.labels[regression from base]" not in found["test_case[c7]"]
    assert found["test_case[c9]"] == found["test_nothing"] == {}


def test_the_readable_line_is_kept(project: "Project") -> None:
    """A line a threshold for people who read the file."""
    project.run("--junitxml=junit.xml")
    assert properties(project)["test_kept[3]"]["ftevals"].startswith("good on words: ")


def test_numbers_of_an_early_stop(project: "Project") -> None:
    """Those of the cases that the test's threshold took, as in the record."""
    project.adapter("good", wrong=["c1"])
    project.task(cases=600)
    project.tests("def test_kept(compare): assert compare(words).drop <= 30")
    record = project.record("--junitxml=junit.xml", "--ftevals-early-stop")
    ((_, row, _),) = stated(record)
    assert row["n"] < row["total"] == 600
    own = properties(project)["test_kept"]
    names = (*NUMBERS, "interval_low", "interval_high")
    values = [*(row[name] for name in NUMBERS), *row["interval"]]
    found = [own[f"ftevals.words.exact_match.good.{name}"] for name in names]
    assert found == list(map(as_text, values))


def test_a_group_of_seeds(project: "Project") -> None:
    """The comparison is the group's, failures are each seed's."""
    project.adapter("other", wrong=["c1", "c2"])
    project.ini(candidate="both=[good,other]")
    project.tests("def test_kept(compare): assert compare(words).drop <= 3")
    record = project.record("--junitxml=junit.xml")
    (own,) = properties(project).values()
    assert own["ftevals.words.exact_match.both.verdict"] == "fail"
    assert [own[f"ftevals.words.both%2E{seed}.failed"] for seed in (0, 1)] == ["7", "2"]
    own.pop("ftevals")
    read = read_record(project.path / "report")
    assert own == dict(properties_of(read, record["tests"][0]["nodeid"]))


def test_the_page_names_every_field(project: "Project") -> None:
    """``docs/junit.md`` has a line for each, and none that no file has."""
    page = (Path(__file__).parents[2] / "docs" / "junit.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", page.partition("### Fields of a c")[2], re.MULTILINE)
    named = {one for row in rows for one in re.findall(r"`([a-z_]+)", row)}
    project.run("--junitxml=junit.xml")
    names = {name for own in properties(project).values() for name in own if "." in name}
    fields = {re.sub(r"(\.\d+|\[.*\])$", "", name).rpartition(".")[2] for name in names}
    assert fields == named


def test_against_a_saved_run_and_hostile_names(project: "Project") -> None:
    """Names split at their dots and give back what they were made of; the file is XML."""
    evil = 'a.b[c] <"&\x1b[2J\u202e]]>'
    rows = [
        {"id": f"c{one}", "word": f"w{one}", "kind": evil if one % 2 else "x"} for one in range(12)
    ]
    project.task(rows=rows, slices=["kind"], metrics=["exact_match"])
    project.tests("def test_kept(compare): assert compare(words).drop <= 100")
    project.run("--ftevals-save=v1.2")
    project.tests(f"""
        def test_slice(compare):
            assert compare(words)["exact_match"].slice("kind=" + {evil!r}) >= 0.9
        def test_saved(compare): assert compare(words).against.drop <= 100
    """)
    project.ini(candidate="qwen2.5-7b=good")
    record = project.record("--junitxml=junit.xml", "--ftevals-against=v1.2")
    found = properties(project)
    parts = re.compile(
        r"ftevals\.([^.\[\]]*)\.([^.\[\]]*)(?:\[([^.\[\]]*)\])?\.([^.\[\]]*)"
        r"(?:\.vs\.([^.\[\]]*))?\.value"
    )
    names = [name for own in found.values() for name in own if name.endswith(".value")]
    read = {match.groups() for match in map(parts.fullmatch, names) if match is not None}
    assert {tuple(one and unquote(one) for one in match) for match in read} == {
        ("words", "exact_match", f"kind={evil}", "qwen2.5-7b", None),
        ("words", "exact_match", None, "qwen2.5-7b", "v1.2"),
    }
    assert len(names) == len(list(stated(record))) == 2
