"""Projects without evaluations, and tests beside them, feel nothing of the plugin."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

PLAIN = "def test_a():\n    assert True\n"


def test_nothing_is_printed_or_written(pytester: pytest.Pytester) -> None:
    """A project without evaluations sees no line and no file of ours."""
    pytester.makepyfile(PLAIN)
    result = pytester.runpytest_inprocess("-v", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    # These two list what is installed.
    listed = ("plugins:", "metadata:")
    body = [line for line in result.outlines if not line.startswith(listed)]
    assert "ftevals" not in "\n".join(body)
    assert not (pytester.path / ".ftevals").exists()


@pytest.mark.slow
def test_nothing_heavy_is_imported(pytester: pytest.Pytester) -> None:
    """Not even the plugin's own inner modules are imported, nor anything heavy."""
    pytester.makepyfile(PLAIN)
    pytester.makeconftest("""
        import sys
        def pytest_unconfigure():
            ours = {name for name in sys.modules if name.startswith("pytest_ftevals.")}
            heavy = {"torch", "transformers", "peft", "numpy", "sklearn", "jinja2"}
            print("inner:", sorted({name.split(".")[1] for name in ours} - {"plugin"}))
            print("heavy:", sorted(heavy & sys.modules.keys()))
    """)
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:html")
    result.stdout.fnmatch_lines(["inner: []", "heavy: []"])


def test_options_without_evaluations_do_no_harm(pytester: pytest.Pytester) -> None:
    """Naming models in a project that asks them nothing loads nothing."""
    pytester.makepyfile(PLAIN)
    pytester.runpytest_inprocess("--ftevals-base=nowhere/at_all").assert_outcomes(passed=1)


def test_users_own_fixtures_of_our_names_take_their_place(project: "Project") -> None:
    """A user's fixture of one of our names is theirs, and no models are needed."""
    project.ini(base=None, candidate=None)
    project.tests("""
        @pytest.fixture
        def base(): return 1
        @pytest.fixture(scope="module")
        def candidate(): return 2
        @pytest.fixture(params=["x", "y"])
        def model(request): return request.param
        @pytest.fixture
        def compare(base): return lambda other: base < other
        @pytest.fixture
        def case(): return "mine"
        def test_all(base, candidate, model, compare, case):
            assert (base, candidate, case) == (1, 2, "mine")
            assert model in "xy"
            assert compare(2)
        @pytest.mark.parametrize("model", [1, 2])
        @pytest.mark.parametrize("case", [1, 2])
        def test_parameters(model, case): assert model
    """)
    result = project.run()
    result.assert_outcomes(passed=6)
    result.stdout.no_fnmatch_line("ftevals:*")


def test_users_fixture_on_top_of_ours(project: "Project") -> None:
    """An overriding fixture may ask for ours, and the test then counts again."""
    project.task()
    project.tests("""
        @pytest.fixture
        def compare(compare):
            return lambda: compare(words).drop
        @pytest.mark.evaluates(words)
        def test_kept(compare): assert compare() <= 3
    """)
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["ftevals: 1 test *12 requests*"])


def test_other_scopes_beside_ours(project: "Project") -> None:
    """Session- and module-scoped fixtures of the user live beside per-candidate tests, once."""
    project.task(cases=2)
    project.adapter("other")
    project.tests("""
        made = []
        @pytest.fixture(scope="session")
        def database():
            made.append("database")
            return made
        @pytest.fixture(scope="module")
        def table(database):
            made.append("table")
            return made
        def test_compared(compare, table): assert compare(words).drop <= 3
        @words.cases()
        def test_case(candidate, case, table): assert candidate.generate(case).text
        def test_made(database): assert made == ["database", "table"]
    """)
    options = ["--ftevals-candidate=good", "--ftevals-candidate=other"]
    project.run(*options).assert_outcomes(passed=7)


def test_unit_tests_beside_are_not_reported(project: "Project") -> None:
    """Plain tests in the same run are in no report."""
    project.keeps()
    project.tests("""
        def test_plain(): pass
        def test_failing(): assert 0
    """, name="test_unit.py")  # fmt: skip
    record = project.record()
    project.result.assert_outcomes(passed=2, failed=1)
    assert [test["nodeid"] for test in record["tests"]] == ["test_evals.py::test_kept"]


def test_unittest_classes_are_told_what_to_do(project: "Project") -> None:
    """One candidate reaches a unittest class through a fixture; several cannot."""
    project.task()
    project.adapter("other")
    project.tests("""
        import unittest
        class TestOld(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def give(self, compare):
                self.compare = compare
            def test_kept(self):
                assert self.compare(words).drop <= 3
    """)
    project.run().assert_outcomes(passed=1)
    result = project.run("--ftevals-candidate=good", "--ftevals-candidate=other")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*which candidate? There are 2: good, other*"])


def test_getfixturevalue(project: "Project") -> None:
    """Fixtures asked for in a body work with one candidate, and are told apart with several."""
    project.task()
    project.adapter("other")
    project.tests("""
        def test_kept(request):
            assert request.getfixturevalue("compare")(words).drop <= 3
    """)
    project.run().assert_outcomes(passed=1)
    result = project.run("--ftevals-candidate=good", "--ftevals-candidate=other")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*which candidate?*"])


def test_doctests_and_other_items(project: "Project") -> None:
    """Items that are no Python functions are left alone."""
    project.keeps()
    (project.path / "test_doc.txt").write_text(">>> 1 + 1\n2\n")
    project.run("--doctest-glob=test_*.txt").assert_outcomes(passed=2)
