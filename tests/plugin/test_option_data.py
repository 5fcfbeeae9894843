"""``--ftevals-data``: where hub data sets lie, and tasks whose data are not at hand."""

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

WAYS = "*run with --ftevals-data=DIR, where DIR has org/words/test.jsonl*pytest-ftevals?hub?*"
EVERY_WAY = """
    found = load_task("words.task.yaml", missing_data="skip")
    @pytest.mark.evaluates(found)
    def test_named(compare):
        assert compare(found).drop <= 3
    @pytest.mark.parametrize("task", [found])
    def test_parameter(compare, task):
        assert compare(task).drop <= 3
    def test_body(compare):
        assert compare(found).drop <= 3
    @found.cases()
    def test_case(candidate, case):
        assert candidate.generate(case).text
    @pytest.mark.pass_rate(at_least=0.5)
    @found.cases()
    def test_rate(model, case):
        assert model.generate(case).text
"""


@pytest.fixture(autouse=True)
def without_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here may ask the hub."""
    monkeypatch.setitem(sys.modules, "datasets", None)


def _keeps(project: "Project", folder: str = "", cases: int = 4) -> None:
    """Write a task over a hub data set, its rows into `folder` if there is one."""
    project.keeps(cases=cases, data="hub:org/words#test")
    rows = (project.path / "words.jsonl").read_text(encoding="utf-8")
    (project.path / "words.jsonl").unlink()
    if folder:
        place = project.path / folder / "org" / "words"
        place.mkdir(parents=True)
        (place / "test.jsonl").write_text(rows, encoding="utf-8")


def test_folder_on_the_command_line(project: "Project") -> None:
    """It is relative to the working directory, and recorded as the task file names the data."""
    _keeps(project, "sets")
    record = project.record("--ftevals-data=sets")
    project.result.assert_outcomes(passed=1)
    assert (record["tasks"][0]["data"], record["tasks"][0]["n"]) == ("hub:org/words#test", 4)


def test_folder_of_the_ini_file(project: "Project", monkeypatch: pytest.MonkeyPatch) -> None:
    """It is relative to the ini file, wherever pytest was started."""
    _keeps(project, "sets")
    root = project.path
    project.ini(data="sets", base=root / "base", candidate=f"good={root / 'good'}")
    (root / "deep").mkdir()
    monkeypatch.chdir(root / "deep")
    project.run("..").assert_outcomes(passed=1)


def test_command_line_wins(project: "Project") -> None:
    """The rows are those of the folder on the command line."""
    _keeps(project, "sets")
    _keeps(project, "others", cases=6)
    project.ini(data="sets")
    assert project.record("--ftevals-data=others")["tasks"][0]["n"] == 6


def test_no_such_folder(project: "Project") -> None:
    """A folder that is not there is refused by the name of the option or the ini key."""
    _keeps(project)
    result = project.run("--ftevals-data=nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: ftevals: --ftevals-data: there is no folder *nowhere"])
    project.ini(data="gone")
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*ftevals_data in pytest.ini: there is no folder *gone"])


def test_missing_data_is_an_error(project: "Project") -> None:
    """A test that names the task: nothing runs, and the message says both ways."""
    _keeps(project)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*words.task.yaml:*: the data set hub:org/words#test is not*"])
    result.stderr.fnmatch_lines([WAYS])


@pytest.mark.parametrize(
    ("body", "code", "outcomes"),
    [
        ("@words.cases()\ndef test(candidate, case):\n    pass", 2, {"errors": 1}),
        ("def test(compare):\n    assert compare(words).drop <= 3", 1, {"failed": 1}),
    ],
    ids=["cases", "body"],
)
def test_missing_data_elsewhere(
    project: "Project", body: str, code: int, outcomes: dict[str, int]
) -> None:
    """Cases are missed at collection, a task that a body asks for fails its test."""
    _keeps(project)
    project.tests(body)
    result = project.run()
    assert result.ret == code
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines(["*the data set hub:org/words#test is not at hand*", WAYS])


def test_missing_data_can_skip(project: "Project") -> None:
    """Whatever way a test asks for the task, it is skipped with the reason, and so recorded."""
    _keeps(project)
    project.tests(EVERY_WAY)
    record = project.record("-rs")
    project.result.assert_outcomes(skipped=5)
    assert project.result.ret == pytest.ExitCode.OK
    text = project.result.stdout.str()
    assert text.count("the data set hub:org/words#test is not at hand") == 5
    assert text.count("--ftevals-data=DIR") == 6  # pytest says it of each, the report of all
    assert [test["outcome"] for test in record["tests"]] == ["skipped"] * 5
    assert all("hub:org/words#test is not at hand" in test["message"] for test in record["tests"])


def test_skips_are_for_missing_data_only(project: "Project") -> None:
    """With the data the same tests run; a mistake in them is an error as ever."""
    _keeps(project, "sets")
    project.tests(EVERY_WAY)
    project.run("--ftevals-data=sets").assert_outcomes(passed=8)
    path = project.path / "sets/org/words/test.jsonl"
    path.write_text("{", encoding="utf-8")
    result = project.run("--ftevals-data=sets")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*test.jsonl:1: is not JSON*"])


def test_skipped_tests_share_no_error(project: "Project") -> None:
    """Thresholds of tests that are skipped do not make others harder to refute."""
    _keeps(project)
    project.task("here")
    project.tests(f"""
    here = load_task("here.task.yaml")
    @pytest.mark.evaluates(here)
    def test_here(compare):
        assert compare(here).drop <= 3
    {EVERY_WAY}
    """)
    record = project.record("-k", "not body")  # what a body asks for, nobody knows before
    project.result.assert_outcomes(passed=1, skipped=4, deselected=1)
    assert record["run"]["family"] == 1


class _Builder:
    """What `datasets` makes of a data set that it downloaded."""

    info = SimpleNamespace(splits=("test",))

    def download_and_prepare(self) -> None:
        """Do nothing: it is here."""

    def as_dataset(self, split: str) -> "_Split":
        """Return the split, as far as it is looked at."""
        assert split == "test"
        return _Split()


class _Split:
    """A split of a data set, as a table of arrow's."""

    def with_format(self, kind: str) -> "_Split":
        """Take arrow's values as they are."""
        assert kind == "arrow"
        return self

    def __getitem__(self, rows: slice) -> "_Split":
        return self

    def to_pydict(self) -> dict[str, list[str]]:
        """Return the columns."""
        return {"id": ["c1", "c2"], "word": ["w1", "w2"]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A hub whose cache is empty; the list holds what was fetched from it."""
    fetched: list[str] = []

    def fetch(repository: str, *_: object, **__: object) -> _Builder:
        fetched.append(repository)
        return _Builder()

    class Cache:
        def __init__(self, **_: object) -> None:
            raise ValueError

    logging = SimpleNamespace(
        get_verbosity=lambda: 0, set_verbosity=lambda _: None, set_verbosity_error=lambda: None
    )
    modules: dict[str, dict[str, Any]] = {
        "datasets": {
            "config": SimpleNamespace(HF_HUB_OFFLINE=False),
            "load_dataset_builder": fetch,
        },
        "datasets.utils": {"logging": logging},
        "datasets.packaged_modules.cache.cache": {"Cache": Cache},
        "datasets.packaged_modules.cache": {},
        "datasets.packaged_modules": {},
    }
    for name, parts in modules.items():
        module = ModuleType(name)
        vars(module).update(parts)
        monkeypatch.setitem(sys.modules, name, module)
    return fetched


def test_the_network_is_for_running(project: "Project", asked: list[str]) -> None:
    """Tests are collected without it, and offline they run without it; else it is asked once."""
    _keeps(project)
    result = project.run("--collect-only")
    assert (result.ret, asked) == (pytest.ExitCode.OK, [])
    result = project.run("--ftevals-offline")
    assert (result.ret, asked) == (pytest.ExitCode.USAGE_ERROR, [])
    result.stderr.fnmatch_lines(["*lacks it, and --ftevals-offline forbids the network"])
    project.run().assert_outcomes(passed=1)
    assert asked == ["org/words"]


def test_cases_are_collected_without_the_network(project: "Project", asked: list[str]) -> None:
    """A test a case needs the rows when tests are collected: only what is at hand will do."""
    _keeps(project)
    project.tests("@words.cases()\ndef test(candidate, case):\n    pass")
    result = project.run()
    assert (result.ret, asked) == (pytest.ExitCode.INTERRUPTED, [])
    result.stdout.fnmatch_lines(["*lacks it, and tests are collected without the network"])
