"""Seeds of one recipe as a group: which test runs for whom, and what is decided on the group."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

GROUP = "r8=[out/s0,out/s1,out/s2]"


@pytest.fixture
def seeds(project: "Project") -> "Project":
    """A project with three seeds, each wrong on other cases, and one more candidate."""
    for number, wrong in enumerate((["c1"], ["c1", "c2"], ["c3"])):
        project.adapter(f"out/s{number}", wrong=wrong)
    project.ini(candidate=None)
    return project


def _nodes(record: object) -> list[str]:
    return [test["nodeid"].partition("::")[2] for test in record["tests"]]  # type: ignore[index]


def test_comparisons_are_of_the_group_and_replies_of_its_seeds(seeds: "Project") -> None:
    """`compare` runs once for the group; `candidate`, `model` and pass rates for every seed."""
    seeds.task(cases=2)
    seeds.tests("""
        def test_a(compare): assert compare(words).drop <= 100
        @words.cases()
        def test_b(candidate, case): assert candidate.generate(case).text
        @words.cases()
        def test_c(model, case): assert model.generate(case).text
        @pytest.mark.pass_rate(drop=100)
        @words.cases()
        def test_d(model, case): assert model.generate(case).text == case.expected
        def test_e(base): assert base
    """)
    record = seeds.record(f"--ftevals-candidate={GROUP}")
    assert seeds.result.ret == 0
    three = ["r8.0", "r8.1", "r8.2"]
    assert _nodes(record) == [
        "test_a[r8]",
        *(f"test_b[{name}-{case}]" for name in three for case in ("c1", "c2")),
        *(f"test_c[{name}-{case}]" for name in ("base", *three) for case in ("c1", "c2")),
        *(f"test_d[{name}]" for name in three),
        "test_e",
    ]
    rates = [row["candidate"] for row in record["comparisons"] if row["metric"] == "test_d"]
    assert rates == three


def test_rows_of_the_group_and_of_each_seed(seeds: "Project") -> None:
    """The group's row has the mean, its spread and the threshold; labels stay with the seeds."""
    seeds.keeps(cases=60)
    record = seeds.record(f"--ftevals-candidate={GROUP}")
    seeds.result.assert_outcomes(passed=1)
    variants = {one["name"]: one["group"] for one in record["variants"]}
    assert variants == {"base": None, "r8.0": "r8", "r8.1": "r8", "r8.2": "r8"}
    rows = {row["candidate"]: row for row in record["comparisons"]}
    assert list(rows) == ["r8", "r8.0", "r8.1", "r8.2"]
    group = rows["r8"]
    assert group["delta"] == pytest.approx(-100 * 4 / 180)
    assert (group["seeds"], group["n"]) == (3, 60)
    assert group["seed_sd"] == pytest.approx(100 / 60 * 3**-0.5)
    assert group["method"].endswith(", seeds")
    assert [len(row["thresholds"]) for row in rows.values()] == [1, 0, 0, 0]
    assert rows["r8.1"]["delta"] == pytest.approx(-100 * 2 / 60)
    assert (rows["r8.1"]["seeds"], rows["r8.1"]["seed_sd"]) == (None, None)
    assert (group["wins"], group["losses"], group["ties"]) == (0, 3, 57)
    assert {one["candidate"] for one in record["failures"]} == {"r8.0", "r8.1", "r8.2"}
    seeds.result.stdout.fnmatch_lines(["r8, mean of 3 seeds; standard deviation: *1.0 points"])


def test_thresholds_are_decided_on_the_group(seeds: "Project") -> None:
    """One seed alone would fail; the mean over seeds is what is held against the bound."""
    seeds.task(cases=10)
    seeds.tests("""
        def test_kept(compare): assert compare(words).drop <= 14
        def test_strict(compare): assert compare(words).drop <= 13
    """)
    result = seeds.run(f"--ftevals-candidate={GROUP}")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*drop <= 13 does not hold for r8 on words: drop is 13.3 points*",
            "*c1 (*): r8.0 'wrong', base 'w1'*",
        ]
    )
    seeds.run("--ftevals-candidate=out/s1", "-k", "kept").assert_outcomes(failed=1)


def test_groups_and_candidates_side_by_side(seeds: "Project") -> None:
    """Ids are names in the order of the options; ini files list a group in a line."""
    seeds.keeps(cases=4)
    seeds.adapter("out/r4")
    seeds.ini(candidate=f"\n  r4=out/r4\n  {GROUP}")
    record = seeds.record("--ftevals-no-store")
    assert _nodes(record) == ["test_kept[r4]", "test_kept[r8]"]
    assert [one["source"] for one in record["variants"]] == [
        "base",
        "out/r4",
        "out/s0",
        "out/s1",
        "out/s2",
    ]


def test_ini_paths_are_relative_to_the_ini_file(seeds: "Project") -> None:
    """Every seed's, as a single candidate's is."""
    seeds.keeps(cases=4)
    seeds.ini(base="base", candidate=GROUP)
    below = seeds.path / "below"
    below.mkdir()
    seeds.pytester.chdir()
    record = seeds.record()
    sources = [one["source"] for one in record["variants"][1:]]
    assert sources == ["out/s0", "out/s1", "out/s2"]


def test_everything_is_planned_for_all_seeds(seeds: "Project") -> None:
    """The answers of a group are computed before its test, with the base's, and stored."""
    seeds.keeps(cases=3)
    seeds.run(f"--ftevals-candidate={GROUP}").assert_outcomes(failed=1)
    asked = sorted(seeds.asked())
    names = ("base", "r8.0", "r8.1", "r8.2")
    assert asked == [(name, f"c{number}") for name in names for number in (1, 2, 3)]
    result = seeds.run(f"--ftevals-candidate={GROUP}")
    result.stdout.fnmatch_lines(["*12 stored*0 computed*"])


def test_the_record_is_the_same_cold_and_stored(seeds: "Project") -> None:
    """Resampled intervals of a group too."""
    seeds.task(
        cases=8,
        rows=[{"id": f"c{n}", "word": "yes" if n % 3 else "no"} for n in range(1, 9)],
        metrics=["accuracy", "f1_macro"],
    )
    seeds.tests("""
        def test_kept(compare): assert compare(words)["f1_macro"].drop <= 90
    """)
    first, second = (seeds.record(f"--ftevals-candidate={GROUP}") for _ in range(2))
    assert seeds.comparable(first) == seeds.comparable(second)
    methods = {row["metric"]: row["method"] for row in first["comparisons"]}
    assert {row["metric"] for row in first["comparisons"]} == {"accuracy", "f1_macro"}
    assert "seeds" not in methods["f1_macro"]  # the last row is a seed's own


def test_compare_and_candidate_in_one_test_is_a_mistake(seeds: "Project") -> None:
    """There is no single model behind the group; the message says how to split the test."""
    seeds.task()
    seeds.tests("""
        def test_both(compare, candidate): assert compare(words).drop <= 100
    """)
    result = seeds.run(f"--ftevals-candidate={GROUP}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*which seed? r8 is a group of 3: r8.0, r8.1, r8.2", "*Take `candidate` in a test of its*"]
    )
    seeds.run("--ftevals-candidate=out/s0").assert_outcomes(passed=1)


def test_a_seed_that_cannot_be_loaded_fails_the_group(seeds: "Project") -> None:
    """Its name is told; the group is not decided on the others."""
    seeds.keeps()
    seeds.adapter("out/s2", broken="has NaN weights")
    record = seeds.record(f"--ftevals-candidate={GROUP}")
    seeds.result.assert_outcomes(errors=1)
    seeds.result.stdout.fnmatch_lines(["*r8.2*has NaN weights*"])
    assert "r8" not in {row["candidate"] for row in record["comparisons"]}


def test_early_stop_takes_all_cases_of_a_group(seeds: "Project") -> None:
    """What walks the cases knows nothing of the noise of seeds."""
    seeds.keeps(cases=60)
    record = seeds.record(f"--ftevals-candidate={GROUP}", "--ftevals-early-stop")
    seeds.result.assert_outcomes(passed=1)
    (row,) = (row for row in record["comparisons"] if row["candidate"] == "r8")
    assert (row["n"], row["total"], row["seeds"]) == (60, None, 3)
    assert [one["n_used"] for one in row["thresholds"]] == [60]


def test_workers_decide_alike(seeds: "Project") -> None:
    """Two processes give the record of one."""
    seeds.task(cases=8)
    seeds.tests("""
        def test_kept(compare): assert compare(words).drop <= 100
        @words.cases()
        def test_case(candidate, case): assert candidate.generate(case).text
    """)
    alone = seeds.record(f"--ftevals-candidate={GROUP}", spawn=True)
    both = seeds.record(f"--ftevals-candidate={GROUP}", "-n2", folder="both", spawn=True)
    assert both["comparisons"] == alone["comparisons"]
    assert {row["candidate"] for row in both["comparisons"]} >= {"r8", "r8.2"}


@pytest.mark.parametrize(
    ("group", "parts"),
    [
        (
            "r8=[out/s0]",
            ["*'r8=[[]out/s0]' is a group of one seed*", "*Write r8=[[]FOLDER,FOLDER]*"],
        ),
        ("r8=[]", ["*'r8=[[]]' names no seeds*"]),
        ("r8=[out/s0,out/s0]", ["*names out/s0 twice*"]),
        ("r8=[out/s0,out/s1", ["*has a bracket without its other half*"]),
        ("r8=[out/s0,out/s9]", ["*r8.1 (out/s9): there is no such folder*"]),
    ],
)
def test_a_group_that_cannot_be_is_a_usage_error(
    seeds: "Project", group: str, parts: list[str]
) -> None:
    """One message each, before anything is asked."""
    seeds.keeps()
    result = seeds.run(f"--ftevals-candidate={group}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(parts)
    assert seeds.asked() == []


def test_copies_are_no_seeds(seeds: "Project") -> None:
    """Two folders with the very same weights: a copy would make the spread look small."""
    seeds.keeps()
    seeds.adapter("out/s9", wrong=["c1"])
    result = seeds.run("--ftevals-candidate=r8=[out/s0,out/s1,out/s9]")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*r8.2 (out/s9) has the very weights of r8.0 (out/s0)*"])
