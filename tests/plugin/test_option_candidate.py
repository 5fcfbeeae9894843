"""``--ftevals-candidate``: the fine-tuned models under test."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Models, Project


def test_is_called_after_its_folder(project: "Project") -> None:
    """Without NAME= a candidate has its last folder's name."""
    project.ini(candidate=None)
    project.keeps()
    project.adapter("out/r8")
    record = project.record("--ftevals-candidate", "out/r8/")
    project.result.assert_outcomes(passed=1)
    assert [one["name"] for one in record["variants"]] == ["base", "r8"]
    assert {row["candidate"] for row in record["comparisons"]} == {"r8"}


def test_name_is_given(project: "Project") -> None:
    """NAME=FOLDER names a candidate."""
    project.keeps()
    project.adapter("out/checkpoint-100")
    record = project.record("--ftevals-candidate", "late=out/checkpoint-100")
    assert record["variants"][1]["name"] == "late"
    assert record["variants"][1]["source"] == "out/checkpoint-100"


def test_an_equals_sign_in_a_path_is_no_name(project: "Project") -> None:
    """A folder whose path has an equals sign after a slash is taken whole."""
    project.keeps()
    project.adapter("out/lr=3")
    result = project.run("--ftevals-candidate", "out/lr=3")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'out/lr=3' gives no usable name*"])
    project.run("--ftevals-candidate", "lr3=out/lr=3").assert_outcomes(passed=1)


def test_several_run_every_test_once_each_in_their_order(project: "Project") -> None:
    """With several candidates each test runs per candidate, its name first in the id."""
    project.task(cases=2)
    for name in ("r16", "r8"):
        project.adapter(name)
    project.tests("""
        def test_a(compare): assert compare(words).drop <= 3
        @pytest.mark.parametrize("task", [words])
        def test_b(compare, task): assert compare(task).drop <= 3
        @words.cases()
        def test_c(candidate, case): assert candidate.generate(case).text == case.expected
        def test_d(base): assert base
    """)
    options = ["--ftevals-candidate=r16", "--ftevals-candidate=eight=r8"]
    record = project.record(*options)
    assert project.result.ret == 0
    assert [test["nodeid"].partition("::")[2] for test in record["tests"]] == [
        "test_a[r16]",
        "test_a[eight]",
        "test_b[r16-words]",
        "test_b[eight-words]",
        "test_c[r16-c1]",
        "test_c[r16-c2]",
        "test_c[eight-c1]",
        "test_c[eight-c2]",
        "test_d",
    ]
    assert [one["name"] for one in record["variants"]] == ["base", "r16", "eight"]


def test_several_share_the_bases_answers(project: "Project") -> None:
    """The base is asked once, however many candidates it is compared with."""
    project.keeps(cases=3)
    project.adapter("bad", wrong=["c1", "c2"])
    result = project.run("--ftevals-candidate=good", "--ftevals-candidate=bad")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*FAILED *test_kept[[]bad] *"])
    assert sorted(project.asked()) == [
        (variant, f"c{number}") for variant in ("bad", "base", "good") for number in (1, 2, 3)
    ]


def test_ini_lists_several(project: "Project") -> None:
    """The ini key takes one candidate a line; the command line replaces them all."""
    project.keeps()
    project.adapter("bad", wrong=["c1"])
    project.ini(candidate="\n  good\n  worse=bad")
    names = [one["name"] for one in project.record()["variants"]]
    assert names == ["base", "good", "worse"]
    names = [one["name"] for one in project.record("--ftevals-candidate=bad")["variants"]]
    assert names == ["base", "bad"]


def test_two_of_one_name_are_refused(project: "Project") -> None:
    """Two candidates of one name are a usage error that says how to tell them apart."""
    project.keeps()
    project.adapter("a/r8")
    project.adapter("b/r8")
    result = project.run("--ftevals-candidate=a/r8", "--ftevals-candidate=b/r8")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*two candidates are called 'r8'*", "*NAME=b/r8"])


def test_full_model(project: "Project") -> None:
    """A full model is a candidate too; the record says that it has weights of its own."""
    project.keeps()
    project.model("merged", wrong=["c1"])
    record = project.record("--ftevals-candidate=merged")
    project.result.assert_outcomes(failed=1)
    merged = record["variants"][1]
    assert (merged["kind"], merged["adapter"], merged["shares_base"]) == ("full", None, False)


def test_none_is_a_usage_error_where_one_is_needed(project: "Project") -> None:
    """Tests that compare need a candidate; tests of the base alone do not."""
    project.ini(candidate=None)
    project.keeps()
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no candidate is named*"])
    project.tests("""
        @words.cases()
        def test_base(base, case): assert base.generate(case).text == case.expected
    """)
    project.run().assert_outcomes(passed=6)


def test_real_adapters_and_a_full_model_side_by_side(real: "Project", models: "Models") -> None:
    """Two adapters and a full model are compared with one base in one run."""
    real.keeps(cases=3, decode={"max_new_tokens": 4})
    record = real.record(
        *(f"--ftevals-candidate={folder}" for folder in models.adapters.values()),
        f"--ftevals-candidate=other={models.full}",
    )
    real.result.assert_outcomes(passed=3)
    kinds = {one["name"]: (one["kind"], one["shares_base"]) for one in record["variants"]}
    assert kinds == {
        "base": ("base", None),
        "r4": ("adapter", True),
        "r8": ("adapter", True),
        "other": ("full", False),
    }
    replies = {one["variant"]: one["response"] for one in real.samples() if one["case"] == "c1"}
    assert len(set(replies.values())) == 4
