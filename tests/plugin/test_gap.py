"""`result["exact_match"].gap(COLUMN)` in a run: what it says, and what the record keeps of it."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pytest_ftevals.reports import schemas

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

WOMEN, MEN = 40, 60


def people(**keys: Any) -> dict[str, Any]:
    """Return a task of 40 cases on women, c1 to c40, and 60 on men."""
    genders = ["f"] * WOMEN + ["m"] * MEN
    rows = [
        {"id": f"c{number}", "word": f"w{number}", "gender": gender, "age": str(number % 3)}
        for number, gender in enumerate(genders, start=1)
    ]
    return {"rows": rows, "slices": ["gender", "age"], **keys}


def first(number: int) -> list[str]:
    """Return the ids of the first cases, all on women."""
    return [f"c{case}" for case in range(1, number + 1)]


@pytest.fixture
def suite(project: "Project") -> "Project":
    """The base misses 2 of 40 women, the candidate 10: its gap is 25 points, 20 more."""
    project.model("base", wrong=first(2))
    project.adapter("good", wrong=first(10))
    project.task(**people())
    project.tests("""
        def test_fair(compare):
            assert compare(words)["exact_match"].gap("gender") <= 5
        def test_no_worse(compare):
            assert compare(words)["exact_match"].gap("gender").drop <= 30
    """)
    return project


def over_slices(record: Any) -> dict[tuple[str, str, str], Any]:
    """Return the rows over slices by name, candidate and reference."""
    return {
        (row["slice"], row["candidate"], row["reference"]): row
        for row in record["comparisons"]
        if row["slice"] and "=" not in row["slice"]
    }


def test_what_a_failure_says(suite: "Project") -> None:
    """Both gaps, which slices they lie between, and the worst cases of the worst slice."""
    result = suite.run()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*<= 5 does not hold for good on words: gap is 25.0 points (95% 10.8 .. 40.2, *",
            "E * exact_match gap(gender): base 5.0, good 25.0, +20.0 points (95% -5.7 .. 40.2)",
            "E * good: best gender=m 1.000 (n=60), worst gender=f 0.750 (n=40)",
            "E * base: best gender=m 1.000 (n=60), worst gender=f 0.950 (n=40)",
            "E * refuted: the threshold is missed by more than chance explains",
            "E * case c3 (wrong answer, regression from base): good 'wrong', base 'w3'",
            "words by gender",
            "  gap(gender)  exact_match  100   5.0  25.0  +20.0*<= 5 *FAIL, refuted",
            "*drop <= 30  pass, not proven",
            "*: best gender=m 1.000 (n=60), worst gender=f",
            "  0.750 (n=40) of 2 slices; were all equal in truth, chance alone would show 5.4*",
        ]
    )


def test_the_record(suite: "Project") -> None:
    """A row of its own: values as rates, its delta and thresholds in points, lower is better."""
    record = suite.record()
    jsonschema.validate(record, schemas.record_schema(), cls=jsonschema.Draft202012Validator)
    ((key, row),) = over_slices(record).items()
    assert key == ("gap(gender)", "good", "base")
    assert (row["base"], row["value"]) == pytest.approx((0.05, 0.25))
    assert row["delta"] == pytest.approx(20)
    assert (row["unit"], row["higher_is_better"], row["n"]) == ("points", False, 100)
    assert (row["method"], row["wins"], row["losses"], row["ties"]) == ("mover", 0, 0, 0)
    fair, growth = row["thresholds"]
    assert (fair["text"], fair["kind"], fair["bound"]) == (
        "exact_match[gap(gender)] <= 5",
        "value",
        5,
    )
    assert (fair["observed"], fair["verdict"], fair["n_used"]) == (25, "fail", 100)
    assert "chance alone would show 5" in fair["notes"][0]
    assert (growth["text"], growth["kind"]) == ("drop[gap(gender)] <= 30", "drop")
    assert growth["observed"] == pytest.approx(20)
    gap = row["gap"]
    assert gap["best"] == gap["reference_best"] == {"name": "gender=m", "n": 60, "value": 1}
    assert gap["worst"] == {"name": "gender=f", "n": 40, "value": 0.75}
    assert gap["reference_worst"] == {"name": "gender=f", "n": 40, "value": 0.95}
    assert (gap["slices"], gap["left_out"]) == (2, [])
    assert 0.05 < gap["by_chance"] < 0.06
    others = [one["gap"] for one in record["comparisons"] if one["slice"] != "gap(gender)"]
    assert not any(others)
    sliced = {row["slice"] for row in record["comparisons"]}
    assert sliced == {None, "gap(gender)", "gender=f", "gender=m", "age=0", "age=1", "age=2"}


def test_the_record_is_the_same_stored_and_replayed(suite: "Project") -> None:
    """From stored answers, and from a report's."""
    alone = suite.record()
    assert suite.comparable(suite.record(folder="stored")) == suite.comparable(alone)
    replayed = suite.record("--ftevals-replay=report", folder="replayed")
    assert replayed["comparisons"] == alone["comparisons"]


@pytest.mark.slow
def test_the_record_is_the_same_in_workers(suite: "Project") -> None:
    """Where tests run in two processes."""
    alone = suite.record()
    both = suite.record("-n2", folder="both", spawn=True)
    assert both["comparisons"] == alone["comparisons"]


def test_evidence_decides_where_asked(suite: "Project") -> None:
    """A gap that holds by its estimate alone is not proven."""
    suite.tests("""
        def test_proven(compare):
            assert compare(words, decide="proven")["exact_match"].gap("gender") <= 50
        def test_not_proven(compare):
            assert compare(words, decide="proven")["exact_match"].gap("gender") <= 30
        def test_not_refuted(compare):
            assert compare(words, decide="refuted")["exact_match"].gap("gender") <= 20
        def test_refuted(compare):
            assert compare(words, decide="refuted")["exact_match"].gap("gender") <= 5
    """)
    record = suite.record()
    suite.result.assert_outcomes(passed=2, failed=2)
    ((_, row),) = over_slices(record).items()
    assert [one["verdict"] for one in row["thresholds"]] == [
        "pass",
        "inconclusive",
        "inconclusive",
        "fail",
    ]


def test_all_cases_are_asked_with_early_stop(suite: "Project") -> None:
    """A gap lies between slices, and walks know none."""
    record = suite.record("--ftevals-early-stop")
    suite.result.assert_outcomes(failed=1, passed=1)
    ((_, row),) = over_slices(record).items()
    assert (row["n"], row["total"]) == (100, None)
    assert [one["n_used"] for one in row["thresholds"]] == [100, 100]


def test_against_a_saved_run(suite: "Project") -> None:
    """The gap beside the saved candidate's, in a row of its own."""
    suite.tests("def test_kept(compare):\n    assert compare(words).drop <= 100")
    suite.run("--ftevals-save=prod")
    suite.adapter("new", wrong=first(4))
    suite.tests("""
        def test_fairer(compare):
            gap = compare(words).against["exact_match"].gap("gender")
            assert gap.base == 25
            assert gap.gain >= 10
    """)
    record = suite.record("--ftevals-candidate=new", "--ftevals-against=prod")
    suite.result.assert_outcomes(passed=1)
    ((key, row),) = over_slices(record).items()
    assert key == ("gap(gender)", "new", "prod")
    assert (row["base"], row["value"]) == pytest.approx((0.25, 0.10))
    assert [one["text"] for one in row["thresholds"]] == ["gain[gap(gender)] >= 10"]


def test_seeds(suite: "Project") -> None:
    """The gap of the seeds' mean values, with the spread of their own gaps."""
    for number, missed in enumerate((8, 10, 12)):
        suite.adapter(f"out/s{number}", wrong=first(missed))
    record = suite.record("--ftevals-candidate=r8=[out/s0,out/s1,out/s2]")
    suite.result.assert_outcomes(failed=1, passed=1)
    row = over_slices(record)["gap(gender)", "r8", "base"]
    assert row["value"] == pytest.approx(0.25)
    assert (row["seeds"], row["seed_sd"]) == (3, pytest.approx(5))
    single = suite.record("--ftevals-candidate=out/s1", folder="single")
    low, high = over_slices(single)["gap(gender)", "s1", "base"]["interval"]
    assert row["interval"][0] < low
    assert row["interval"][1] > high


def test_values_that_are_no_means(suite: "Project") -> None:
    """F1 within each slice, with bootstrap intervals."""
    rows = [
        {"id": f"c{n}", "word": ("yes", "no")[n % 2], "gender": ("f", "m")[n % 3 == 0]}
        for n in range(1, 61)
    ]
    suite.task(rows=rows, slices=["gender"], metrics=["f1_macro"])
    suite.tests("""
        def test_fair(compare):
            assert compare(words)["f1_macro"].gap("gender") <= 60
    """)
    ((_, row),) = over_slices(suite.record()).items()
    assert suite.result.ret == 0
    assert 0 < row["value"] < 0.5
    assert row["interval"][0] < row["delta"] < row["interval"][1]


def test_repeated_cases_in_clusters(suite: "Project") -> None:
    """Samples are averaged; a slice's interval follows its clusters."""
    task = people(decode={"temperature": 1, "samples": 2, "max_new_tokens": 8})
    for number, row in enumerate(task["rows"]):
        row["page"] = f"p{number // 10}"
    suite.task(**task, cluster="page")
    clustered = suite.record()
    suite.task(**task)
    free = suite.record(folder="free")
    wide, narrow = (
        over_slices(one)["gap(gender)", "good", "base"]["interval"] for one in (clustered, free)
    )
    assert wide[1] > narrow[1]


def test_small_slices_are_left_out_and_named(suite: "Project") -> None:
    """One case tells nothing of a gap; a slice without any scored case is a mistake."""
    task = people()
    task["rows"].append({"id": "c101", "word": "w101", "gender": "x", "age": "1"})
    suite.adapter("good", wrong=["c101"])
    suite.task(**task)
    suite.tests("""
        def test_fair(compare):
            assert compare(words)["exact_match"].gap("gender") <= 5
    """)
    record = suite.record()
    suite.result.assert_outcomes(passed=1)
    ((_, row),) = over_slices(record).items()
    assert (row["n"], row["value"]) == (100, 0)
    assert row["thresholds"][0]["notes"][-1] == "left out of the gap, under two cases: gender=x"
    assert row["gap"]["left_out"] == ["gender=x"]
    suite.result.stdout.fnmatch_lines(["*left out of the gap, under two cases: gender=x*"])


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        (
            '["exact_match"].gap("gendr") <= 5',
            [
                "*task 'words' makes no slices of 'gendr'*",
                "*Did you mean 'gender'? Columns: age, gender.*",
            ],
        ),
        (
            '["exact_match"].gap("gender") <= 500',
            ["*exact_match[[]gap(gender)] lies between 0 and 100 points, so that comparing it*"],
        ),
        (
            '.drop.gap("gender") <= 5',
            ["*a gap lies between values, and drop is none*", '*write .gap("gender").drop;*'],
        ),
        (
            '["exact_match"].slice("age=1").gap("gender") <= 5',
            ["*exact_match[[]age=1] is on a slice already*"],
        ),
        (
            '["exact_match"].gap("only") <= 5',
            ["*'only' makes fewer than two slices of 2 or more cases in task 'words'*"],
        ),
    ],
)
def test_mistakes(suite: "Project", measure: str, says: list[str]) -> None:
    """Each says what there is."""
    task = people(slices=["gender", "age"] + (["only"] if "only" in measure else []))
    for row in task["rows"]:
        row["only"] = "one"
    suite.task(**task)
    suite.tests(f"def test_fair(compare):\n    assert compare(words){measure}")
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(says)


def test_thresholds_on_each_slice(suite: "Project") -> None:
    """Every slice of a column in one test: the record has them all, the report names the misses."""
    suite.tests("""
        def test_everybody(compare):
            by = compare(words)["exact_match"].by("gender")
            assert list(by) == ["f", "m"]
            assert all([measure >= 0.8 for measure in by.values()])
        def test_drops(compare):
            for group, drop in compare(words).drop.by("gender").items():
                assert drop <= 30, group
    """)
    record = suite.record()
    suite.result.assert_outcomes(failed=1, passed=1)
    stated = {
        one["text"]: one["verdict"] for row in record["comparisons"] for one in row["thresholds"]
    }
    assert stated == {
        "exact_match[gender=f] >= 0.8": "fail",
        "exact_match[gender=m] >= 0.8": "pass",
        "drop[gender=f] <= 30": "pass",
        "drop[gender=m] <= 30": "pass",
    }
    suite.result.stdout.fnmatch_lines(
        ["exact_match[[]gender=f] >= 0.8: does not hold, *", "case c3 (wrong answer, *"]
    )


def test_the_page(suite: "Project") -> None:
    """docs/subgroups.md: its task and its tests run as they stand there."""
    page = (Path(__file__).parents[2] / "docs" / "subgroups.md").read_text(encoding="utf-8")
    blocks = re.findall(
        r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', page, re.MULTILINE | re.DOTALL
    )
    titled = {title: text for _, title, text in blocks if title}
    (more,) = (text for kind, title, text in blocks if kind == "python" and not title)
    (suite.path / "people.task.yaml").write_text(titled["people.task.yaml"])
    rows = [
        {"question": f"c{n} = A", "choices": ["this", "that"], "answer": "A"}
        | {"gender": "fm"[n % 2], "language": ("de", "en")[n % 3 == 0]}
        for n in range(1, 41)
    ]
    (suite.path / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (suite.path / "test_people.py").write_text(titled["test_people.py"] + more)
    record = suite.record("test_people.py")
    suite.result.assert_outcomes(passed=3)
    assert {name for name, _, _ in over_slices(record)} == {"gap(gender)", "macro(language)"}
