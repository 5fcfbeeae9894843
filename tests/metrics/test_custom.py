"""Custom metrics: found by name or path, and read with care."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from pytest_ftevals import Score, metric
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.custom_found import metric_modules
from pytest_ftevals.metrics.registry import build
from pytest_ftevals.run.custom_metrics import load_metrics
from pytest_ftevals.run.tested import Gathered, Tally


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder of task files; modules loaded from it are forgotten afterwards."""
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def made(name: str, folder: Path, **options: Any) -> Metric:
    """Return the metric that an entry makes."""
    found = build(MetricEntry(name=name, metric=name, options=options), folder)
    assert found is not None
    return found


def module(folder: Path, source: str, name: str = "checks.py") -> None:
    """Write a module beside the task file."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(dedent(source))


@pytest.fixture
def scored(
    folder: Path, make_task: Callable[..., Task], answer: Callable[..., Response]
) -> Callable[..., Score]:
    """Return the score of a reply by a metric of the module ``checks``."""

    def score(body: str, reply: str = "a b", **options: Any) -> Score:
        module(folder, f"def own(case, response):\n    {body}\n")
        task = make_task("right", row={"word": "a"})
        return made("checks:own", folder, **options).score(task, task.cases[0], answer(reply))

    return score


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return 1", 1),
        ("return False", 0),
        ("return 0.25", 0.25),
        ("return case.row['word'] in response.text", 1),
        ("return case.expected == 'right'", 1),
        ("import numpy; return numpy.float32(0.5)", 0.5),
        ("import numpy; return numpy.bool_(True)", 1),
        ("from fractions import Fraction; return Fraction(1, 4)", 0.25),
        ("from decimal import Decimal; return Decimal('0.1')", 0.1),
        ("from pytest_ftevals import Score; return Score(value=0.5, reason='half\\n')", 0.5),
    ],
)
def test_numbers(scored: Callable[..., Score], body: str, value: float) -> None:
    """Numbers, truth values and scores are taken, with a score's reason."""
    score = scored(body)
    assert score.value == value
    assert score.reason == ("half" if "half" in body else "")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return {}['x']", "metric 'checks:own' raised KeyError: 'x' ("),
        ("raise ValueError('a\\x1b[31m\\nb')", "raised ValueError: a [31m b ("),
        ("raise SystemExit(3)", "raised SystemExit: 3 ("),
        ("import pytest; pytest.skip('no ruler')", "raised Skipped: no ruler ("),
        ("import pytest; pytest.fail('no ruler')", "raised Failed: no ruler ("),
        ("import pytest; pytest.importorskip('nowhere_at_all')", "raised Skipped: could not"),
        ("return None", "returned nothing (None), not a number, true or false, or a Score"),
        ("return 'good'", "returned a value of type str: 'good', not a number"),
        ("return [1]", "returned a value of type list: [1]"),
        ("return 1j", "returned a value of type complex"),
        ("return float('nan')", "returned nan, which is no score"),
        ("return 10 ** 400", "returned inf, which is no score"),
        ("return 1.5", "returned 1.5, and it is declared to lie between 0 and 1 (if it does not,"),
        ("from pytest_ftevals import Score; return Score(value=float('nan'))", "no score"),
        ("from pytest_ftevals import Score; return Score(value=None)", "gave no score"),
        ("from pytest_ftevals import Score; return Score(value=None, reason='empty')", "empty"),
        ("import numpy; return numpy.zeros(2)", "raised ValueError"),
    ],
)
def test_what_is_no_number_is_unscored(
    scored: Callable[..., Score], body: str, reason: str
) -> None:
    """A failing function says nothing about the model: no score, and the reason."""
    score = scored(body)
    assert score.value is None
    assert reason in score.reason
    assert score.reason.isprintable()


def test_an_interrupt_is_no_score(scored: Callable[..., Score]) -> None:
    """Who stops the run stops it."""
    with pytest.raises(KeyboardInterrupt):
        scored("raise KeyboardInterrupt")


def test_the_line_of_a_failure_is_named(scored: Callable[..., Score]) -> None:
    """The reason ends with the user's line."""
    assert scored("return {}['x']").reason.endswith("(checks.py:2)")


def test_declared_in_the_task_file(folder: Path) -> None:
    """A plain function's direction and range stand in the task file; defaults are a share's."""
    module(folder, "def own(case, response) -> bool: ...\ndef other(case, response): ...")
    found = made("checks:own", folder)
    assert (found.higher_is_better, found.points, found.binary) == (True, True, True)
    found = made("checks:other", folder, higher_is_better=False, points=False)
    assert (found.higher_is_better, found.points, found.binary) == (False, False, False)


def test_declared_ranges_hold(scored: Callable[..., Score]) -> None:
    """Any number where it is no share; 0 or 1 where that is declared."""
    assert scored("return -7", points=False).value == -7
    assert "declared as 0 or 1" in scored("return 0.5", binary=True).reason


def test_options_go_to_the_function(
    folder: Path, make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """Every other key is an argument by name; `extract` works as for all metrics."""
    module(
        folder,
        "def longer(case, response, *, than=3):\n    return len(response.text) > than",
    )
    task = make_task("x")
    judge = made("checks:longer", folder, than=2, extract="<(.*)>")
    replies = [answer("<abc> and more"), answer("<ab> and more"), answer("none")]
    scores = [judge.score(task, task.cases[0], reply) for reply in replies]
    assert [score.value for score in scores] == [1, 0, 0]
    assert judge.value(scores) == pytest.approx(1 / 3)
    assert judge.score_libraries == ()  # nobody knows what a user's function depends on


@pytest.mark.parametrize(
    ("name", "options", "parts"),
    [
        ("cheks:own", {}, ("names no module 'cheks'", "cheks.py beside the task file")),
        ("checks.own:own", {}, ("names no module 'checks.own'",)),
        ("checks:onw", {}, ("checks.py) has no function 'onw'", "Did you mean 'own'?")),
        ("checks:LIMIT", {}, ("metric 'checks:LIMIT' is no function", "int")),
        ("checks:bare", {}, ("cannot be called", "checks.py:3()", "too many positional")),
        ("checks:later", {}, ("is an async function", "function(case, response)")),
        ("checks:own", {"than": 3}, ("cannot be called", "unexpected keyword argument 'than'")),
        ("checks:with_option", {"then": 3}, ("'then'", "The options it takes: than.")),
        ("checks:own", {"points": "no"}, ("needs `points` to be true or false",)),
        ("checks:named", {"points": False}, ("unexpected keyword argument 'points'",)),
        ("broken:own", {}, ("'broken' of a metric cannot be imported: ZeroDivisionError", ":2)")),
        ("syntax:own", {}, ("'syntax' of a metric cannot be imported: SyntaxError",)),
        ("lost:own", {}, ("ModuleNotFoundError: No module named 'nowhere_at_all'",)),
        ("json:dumbs", {}, ("has no function 'dumbs'", "Did you mean 'dumps'?")),
        ("politness", {}, ("unknown metric 'politness'", "its name in @metric")),
    ],
)
def test_mistakes(folder: Path, name: str, options: dict[str, Any], parts: tuple[str, ...]) -> None:
    """Whatever cannot be found or called is one message."""
    source = """
    def own(case, response): return 1
    def bare(): return 1
    def with_option(case, response, than=3): return 1
    async def later(case, response): return 1
    LIMIT = 3
    from pytest_ftevals import metric
    @metric("named")
    def named(case, response): return 1
    """
    module(folder, source)
    module(folder, "\nx = 1 / 0\n", "broken.py")
    module(folder, "def own(:\n", "syntax.py")
    module(folder, "import nowhere_at_all\n", "lost.py")
    with pytest.raises(FtevalsError) as mistake:
        made(name, folder, **options)
    for part in parts:
        assert part in str(mistake.value)


def test_modules_are_run_once(folder: Path) -> None:
    """Two metrics of a file share its module; a module in a sub-folder has a dotted path."""
    module(folder, "def one(case, response): return 1\ndef two(case, response): return 1")
    module(folder, "def own(case, response): return 1", "more/rhymes.py")
    before = set(sys.modules)
    made("checks:one", folder)
    made("checks:two", folder)
    assert made("more.rhymes:own", folder).name == "more.rhymes:own"
    files = [getattr(sys.modules[name], "__file__", "") for name in set(sys.modules) - before]
    assert sorted(files) == [str(folder / "checks.py"), str(folder / "more" / "rhymes.py")]


def test_an_installed_module_is_found(folder: Path) -> None:
    """Where no file lies beside the task file, Python's own path counts."""
    assert made("operator:is_", folder).name == "operator:is_"


def test_another_processs_modules_are_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under their own names where those lead to the file, else by file; one that fails is told."""
    source = "from pytest_ftevals import metric\n@metric('mine')\ndef own(case, response): return 1"
    module(folder, source, "only_in_workers.py")
    module(folder, source.replace("mine", "theirs"), "deep/json.py")
    module(folder, "import pytest\npytest.skip(allow_module_level=True)", "skipping.py")
    files = [folder / name for name in ("only_in_workers.py", "deep/json.py", "skipping.py")]
    monkeypatch.setattr(sys, "path", [*sys.path])
    tally = Tally(
        worker="gw0",
        tests=(),
        requests=0,
        unique=0,
        variants=0,
        answered=0,
        computed=0,
        seconds=0,
        metric_modules=tuple((file.stem, str(file)) for file in files),
        import_path=(str(folder), *sys.path),
    )
    gathered = Gathered()
    gathered.count(Tally.from_json(json.loads(json.dumps(tally.to_json()))))
    (why,) = load_metrics(gathered)
    assert why.startswith("module 'skipping' of a metric cannot be imported: Skipped")
    assert made("mine", folder)
    assert made("theirs", folder)
    assert "only_in_workers" in sys.modules
    assert json.loads("1") == 1
    found = dict(metric_modules())
    assert found["only_in_workers"] == str(files[0])
    assert str(files[1]) in found.values()
    assert __name__ not in found


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put attributes into a module that is loaded."""

    def load(name: str, **attributes: object) -> None:
        found = ModuleType(name)
        vars(found).update(attributes)
        monkeypatch.setitem(sys.modules, name, found)

    return load


def test_a_decorated_function(
    loaded: Callable[..., None], make_task: Callable[..., Task], answer: Callable[..., Response]
) -> None:
    """It is found by its name in any loaded module, and is still a function."""

    @metric("shortness", higher_is_better=False, points=False)
    def shortness(case: object, response: Response, factor: float = 1) -> float:
        """Count letters."""
        assert case
        return len(response.text) * factor

    loaded("conftest_of_a_user", shortness=shortness, again=shortness)
    task = make_task("x")
    judge = made("shortness", Path(), factor=2)
    assert judge.score(task, task.cases[0], answer("abc")).value == 6
    assert (judge.higher_is_better, judge.points, judge.binary) == (False, False, False)
    assert shortness(task.cases[0], answer("abc")) == 3


def test_two_of_one_name(loaded: Callable[..., None]) -> None:
    """Both places are named; one file loaded under two module names is no second metric."""

    def first(case: object, response: object) -> bool:
        return case is response

    def second(case: object, response: object) -> bool:
        return case is not response

    loaded("one_module", own=metric("same_name")(first))
    loaded("its_double", own=metric("same_name")(first))
    assert made("same_name", Path()).binary
    loaded("other_module", own=metric("same_name")(second))
    with pytest.raises(FtevalsError, match=r"two metrics are called 'same_name': .*\.py:\d+"):
        made("same_name", Path())


@pytest.mark.parametrize("name", ["", " ", "a:b", "accuracy", "f1:billing", 3])
def test_names_that_cannot_be(name: Any) -> None:
    """A name that is taken or is none is a collection error, not a metric nobody finds."""
    with pytest.raises(pytest.Collector.CollectError):
        metric(name)(lambda case, response: case is response)


def test_the_name_must_not_be_forgotten() -> None:
    """`@metric` without its name says so."""

    def politeness(case: object, response: object) -> bool:
        return case is response

    with pytest.raises(pytest.Collector.CollectError, match=r'write @metric\("NAME"\)'):
        metric(politeness)  # type: ignore[arg-type]


def test_the_source_is_part_of_the_settings(folder: Path, tmp_path: Path) -> None:
    """Another function under the same name has other settings: a saved run does not fit it."""
    other = tmp_path / "other"
    other.mkdir()
    module(folder, "def own(case, response): return 1")
    module(other, "def own(case, response): return 0")
    assert made("checks:own", folder).settings == made("checks:own", folder).settings
    assert made("checks:own", folder).settings != made("checks:own", other).settings
    assert made("checks:own", folder, points=False).settings != made("checks:own", folder).settings


FORMS = """
import re
from functools import cache, partial, wraps

HALF = 0.5

def scaled(case, response, by=1, table=None): return by * HALF

def times(by):
    def within(case, response): return by * HALF
    return within

def logged(function):
    @wraps(function)
    def outer(*given): return function(*given)
    return outer

class Judge:
    def __init__(self, by): self.by = by
    def __call__(self, case, response): return self.by * HALF
    def score(self, case, response): return self.by

one, two = partial(scaled, by=1), partial(scaled, by=2)
nested, nested_two = partial(one, table={"a": [1, None]}), partial(one, table={"a": [2, None]})
closed, closed_two = times(1), times(2)
around, around_two = logged(times(1)), logged(times(2))
called, called_two = Judge(1), Judge(2)
bound, bound_two = called.score, called_two.score
kept, kept_two = cache(times(1)), cache(times(2))
pattern = partial(scaled, table=re.compile("x"))
found = partial(scaled, table=Judge(1))
"""


@pytest.mark.parametrize(
    "name", ["scaled", "one", "nested", "closed", "around", "called", "bound", "pattern"]
)
def test_a_changed_helper_is_another_metric(folder: Path, tmp_path: Path, name: str) -> None:
    """The whole file that defines a function counts, in whatever form the function is handed."""
    other = tmp_path / "other"
    other.mkdir()
    module(folder, FORMS)
    module(other, FORMS.replace("HALF = 0.5", "HALF = 0.6"))
    found = made(f"checks:{name}", folder)
    assert found.settings == made(f"checks:{name}", folder).settings
    assert found.settings != made(f"checks:{name}", other).settings


@pytest.mark.parametrize(
    "pair",
    [
        ("one", "two"),
        ("nested", "nested_two"),
        ("closed", "closed_two"),
        ("around", "around_two"),
        ("called", "called_two"),
        ("bound", "bound_two"),
        ("kept", "kept_two"),
    ],
)
def test_what_a_function_holds_is_part_of_it(folder: Path, pair: tuple[str, str]) -> None:
    """Two functions made of the same lines are two where they hold other values."""
    module(folder, FORMS)
    first, second = (_source(made(f"checks:{name}", folder)) for name in pair)
    assert first == _source(made(f"checks:{pair[0]}", folder))
    assert first != second


@pytest.mark.parametrize("name", ["operator:is_", "checks:found"])
def test_what_has_no_source_fits_no_saved_run(folder: Path, name: str) -> None:
    """Nobody could tell whether it changed: no two runs have the same settings."""
    module(folder, FORMS)
    assert _source(made(name, folder)) != _source(made(name, folder))
    assert str(_source(made(name, folder))).startswith("unknown, so no saved run fits it")


def _source(found: Metric) -> Any:
    """Return what a metric says of its function."""
    settings: Any = found.settings
    return settings[1]["source"]
