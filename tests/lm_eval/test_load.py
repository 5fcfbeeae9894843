"""What lm-eval's tasks become, and what cannot be asked: no model, no network."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.response import Choice, Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.library import Library, MissingDataError
from pytest_ftevals.tasks import DataAccess
from pytest_ftevals.tasks.lm_eval import LmEvalSource
from pytest_ftevals.tasks.lm_eval.cases import asked_of
from pytest_ftevals.tasks.lm_eval.failures import refusal

CODE = """
import random

def shuffled(docs):
    return docs.select(random.sample(range(len(docs)), len(docs)))

def fetching(docs):
    import urllib.request
    return urllib.request.urlopen("http://example.org/more.json")

def opening(docs):
    open("/no/such/synonyms.csv")

def asking(doc, results):
    import urllib.request
    return {"acc": len(urllib.request.urlopen("http://example.org/judge").read())}

def drawing(doc, results):
    import numpy
    return {"acc": numpy.random.rand()}

def drawn(items):
    import numpy
    return numpy.random.rand()

def broken(doc, results):
    if doc["number"] == 1:
        raise KeyError("number one")
    return {"rate": 0.25, "length": 7, "set": {1}, "nan": float("nan")}

def none(doc, results):
    return {"acc": 1.0} if doc["number"] else {}

def crashing(items):
    raise ZeroDivisionError("no items at all")
"""
ROWS = [{"number": number, "word": f"word{number}", "pair": ["yes", "no"]} for number in range(5)]
BASIC: Mapping[str, Any] = {
    "output_type": "generate_until",
    "doc_to_text": "Say {{ word }}:",
    "doc_to_target": "{{ word }}",
    "generation_kwargs": {"until": ["\n"], "max_gen_toks": 5},
    "metric_list": [{"metric": "exact_match"}],
}
CHOICE: Mapping[str, Any] = {
    "output_type": "multiple_choice",
    "doc_to_text": "Is it {{ word }}?",
    "doc_to_choice": "pair",
    "doc_to_target": "{{ number % 2 }}",
    "metric_list": [{"metric": "acc"}],
}

Load = Callable[..., Task]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold rows and code for the tasks of this module."""
    import json

    made = tmp_path_factory.mktemp("tasks")
    (made / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (made / "code.py").write_text(CODE)
    return made


@pytest.fixture
def load(folder: Path, tmp_path: Path) -> Load:
    """Write a task of these settings, and load it as a test would."""
    import shutil

    import yaml

    for name in ("rows.jsonl", "code.py"):
        shutil.copy(folder / name, tmp_path / name)

    def loaded(
        settings: Mapping[str, Any],
        *,
        collecting: bool = False,
        **asked: Any,
    ) -> Task:
        task = {
            "task": "mine",
            "dataset_path": "json",
            "dataset_kwargs": {
                "data_files": {"test": str(folder / "rows.jsonl")},
                "cache_dir": str(folder / "cache"),
            },
            "test_split": "test",
            **settings,
        }
        text = yaml.safe_dump(task, sort_keys=False, width=1000)
        (tmp_path / "mine.yaml").write_text(
            text.replace("'!function", "!function").replace("#'", "")
        )
        source = LmEvalSource(**{"task": "mine", "include_path": (str(tmp_path),), **asked})
        access = DataAccess(offline=not collecting)
        return Library(access).task(source, collecting=collecting)

    return loaded


def own(name: str) -> str:
    """Return a function of the module beside the task, as `load` writes it."""
    return f"!function code.{name}#"


def test_a_document_is_a_case(load: Load) -> None:
    """Its id is lm-eval's, its row the document, its expectation what lm-eval compares with."""
    task = load(BASIC)
    assert [case.id for case in task.cases] == ["0", "1", "2", "3", "4"]
    first = task.cases[0]
    assert (first.prompt, first.expected) == ("Say word0:", "word0")
    assert dict(first.row) == ROWS[0]
    assert task.decode.stop == ("\n",)
    assert task.metrics == ("exact_match,none",)
    assert task.slices == ()
    assert (task.name, task.kind) == ("lm_eval:mine", "generate")


def test_a_choice_is_one_case(load: Load) -> None:
    """Options in lm-eval's order, the right one as an index, the delimiter before each."""
    case = load(CHOICE).cases[3]
    assert (case.options, case.expected) == (("yes", "no"), 1)
    assert case.continuations == (" yes", " no")
    assert case.givens == ()


def test_contexts_share_their_beginning(load: Load) -> None:
    """Where each option has a context of its own, the case's prompt is what they share."""
    inputs = {"doc_to_text": "{{ number % 2 }}", "doc_to_target": "is the answer"}
    case = load({**CHOICE, **inputs, "doc_to_choice": "{{ ['It was', 'It is'] }}"}).cases[0]
    assert (case.prompt, case.givens) == ("It ", ("was", "is"))
    assert case.continuations == (" is the answer",) * 2


def test_greedy_is_asked_where_it_is_read(load: Load) -> None:
    """Plain accuracy does not look at it."""
    assert not load(CHOICE).greedy
    assert load({**CHOICE, "metric_list": [{"metric": "exact_match"}]}).greedy
    assert load({**CHOICE, "process_results": own("none")}).greedy


def test_few_shot_examples_are_as_many_as_asked(load: Load) -> None:
    """From the split that the task names, drawn with lm-eval's seed; 0 of a task stays 0."""
    shown = {**BASIC, "fewshot_split": "test", "num_fewshot": 1}
    assert str(load(shown).cases[0].prompt).count("Say") == 2
    asked = load(shown, num_fewshot=3)
    assert {str(case.prompt).count("Say") for case in asked.cases} == {4}
    assert asked.name == "lm_eval:mine-3shot"
    with pytest.raises(FtevalsError, match="'mine' sets it to 0 itself"):
        load({**BASIC, "num_fewshot": 0}, num_fewshot=2)


def test_a_chat_is_messages(load: Load) -> None:
    """The description is the system's, each example a turn of user and assistant."""
    shown = {**BASIC, "fewshot_split": "test", "num_fewshot": 1, "description": "Be brief."}
    prompt = load(shown, chat=True).cases[0].prompt
    assert isinstance(prompt, tuple)
    assert [one.role for one in prompt] == ["system", "user", "assistant", "user"]
    assert prompt[0] == Message(role="system", content="Be brief.")
    assert prompt[-1] == Message(role="user", content="Say word0:")
    with pytest.raises(FtevalsError, match=r"^load_task.*gen_prefix"):
        load({**BASIC, "gen_prefix": "Well,"}, chat=True)
    mutual = {"metric_list": [{"metric": "acc_mutual_info"}]}
    with pytest.raises(FtevalsError, match=r"^load_task.*after different prompts"):
        load({**CHOICE, **mutual}, chat=True)


def test_random_numbers_are_lm_evals_and_leave_no_trace(load: Load) -> None:
    """A task that shuffles does so the same way each time; the session's numbers go on."""
    random.seed(5)
    expected = random.Random(5).random()  # noqa: S311 - test data
    shuffles = {**BASIC, "process_docs": own("shuffled")}
    first, second = load(shuffles), load(shuffles)
    assert random.random() == expected  # noqa: S311 - as above
    assert first.cases == second.cases
    assert [case.row["number"] for case in first.cases] != [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unsafe_code": True}, "runs code that models write"),
        ({"doc_to_image": ["word"]}, "shows images"),
        ({"generation_kwargs": {"until": [], "num_beams": 3}}, "sets num_beams to 3"),
        ({"doc_to_text": "{{ word"}, "lm-eval .* cannot build it: "),
        ({"metric_list": [{"metric": "exact_match"}], "output_type": "x"}, "invalid output_type"),
        ({"doc_to_target": "!function nowhere.f#"}, "lm-eval needs a library"),
        ({"metric_list": []}, "has no metric"),
    ],
)
def test_what_cannot_be_asked_is_one_message(
    load: Load, settings: dict[str, Any], message: str
) -> None:
    """It names the call, and never shows lm-eval's traceback."""
    with pytest.raises(FtevalsError, match=message) as raised:
        load({**BASIC, **settings})
    assert str(raised.value).startswith("load_task('lm_eval:mine')")


@pytest.mark.parametrize(
    ("pipeline", "refused"),
    [(["take_first"], False), (["regex", "take_first"], True)],
    ids=["first", "all"],
)
def test_drawn_replies_are_not_scored_together(
    load: Load, pipeline: list[str], *, refused: bool
) -> None:
    """Several replies make one score only where they are all the same, or the first one counts."""
    filters = [{"name": "f", "filter": [{"function": one} for one in pipeline]}]
    repeats = {"repeats": 4, "filter_list": filters}
    assert load({**BASIC, **repeats}).samples == 1
    drawn = {"generation_kwargs": {"until": [], "temperature": 0.7}}
    if refused:
        with pytest.raises(FtevalsError, match="draws 4 replies"):
            load({**BASIC, **repeats, **drawn})
    else:
        assert load({**BASIC, **repeats, **drawn}).decode.temperature == 0.7


def test_two_things_of_one_document_are_refused() -> None:
    """A case is one request."""
    instances = [
        SimpleNamespace(request_type=kind, doc={}, args=("a", "b"), idx=number, doc_id=0)
        for number, kind in enumerate(("generate_until", "loglikelihood"))
    ]
    task = SimpleNamespace(instances=instances)
    with pytest.raises(FtevalsError, match="asks 2 things of one document"):
        list(asked_of(LmEvalSource(task="x"), {"x": task}, {}))


@pytest.mark.parametrize(
    "missing",
    [
        {"dataset_path": "no-such-organisation/no-such-data", "dataset_kwargs": {}},
        {"process_docs": own("fetching")},
        {"metric_list": [{"metric": "no_such_metric", "aggregation": "mean"}]},
    ],
    ids=["data", "code", "metric"],
)
@pytest.mark.parametrize("collecting", [False, True])
def test_missing_data_are_told_once_and_clearly(
    load: Load, missing: dict[str, Any], *, collecting: bool
) -> None:
    """While tests are collected the network is not used: there it may come later."""
    with pytest.raises(MissingDataError, match="lm-eval finds no data for it") as raised:
        load({**BASIC, **missing}, collecting=collecting)
    assert raised.value.later == collecting


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"process_docs": own("opening")}, "synonyms.csv"),
        ({"include": "_typo.yaml"}, "_typo.yaml"),
        ({"dataset_kwargs": {"data_files": {"test": "/no/such/rows.jsonl"}}}, "rows.jsonl"),
        ({"dataset_path": "/no/such/folder", "dataset_kwargs": {}}, "/no/such/folder"),
    ],
    ids=["open", "include", "data_files", "dataset_path"],
)
def test_a_wrong_path_is_a_mistake(load: Load, wrong: dict[str, Any], said: str) -> None:
    """No network would bring the file, and `missing_data="skip"` must not hide it."""
    with pytest.raises(FtevalsError, match=f"cannot read a file for it: .*{said}") as raised:
        load({**BASIC, **wrong})
    assert not isinstance(raised.value, MissingDataError)


def test_what_the_hub_lacks_is_missing() -> None:
    """Libraries say it with errors of several kinds, some of them those of files."""
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub.errors import LocalEntryNotFoundError

    for error in (
        DatasetNotFoundError("Dataset 'a/b' doesn't exist on the Hub or cannot be accessed."),
        LocalEntryNotFoundError("Cannot find the requested files in the disk cache"),
        FileNotFoundError("Unable to find 'hf://datasets/a/b@main/test.jsonl'"),
        FileNotFoundError("Couldn't find 'ab' on the Hugging Face Hub either"),
        ConnectionError("Couldn't reach 'a/b' on the Hub"),
        OSError("We couldn't connect to huggingface.co"),
    ):
        found = refusal(error, LmEvalSource(task="x"), DataAccess())
        assert isinstance(found, MissingDataError), error
    denied = PermissionError(13, "Permission denied", "/data/rows.jsonl")
    found = refusal(denied, LmEvalSource(task="x"), DataAccess())
    assert not isinstance(found, MissingDataError)
    assert "/data/rows.jsonl" in str(found)


def test_scoring_is_as_in_lm_eval(load: Load) -> None:
    """Offline means offline there too; what draws numbers draws lm-eval's, and the same again."""
    import numpy as np

    listed = [{"metric": "acc", "aggregation": own("drawn"), "higher_is_better": True}]

    def judge(code: str) -> tuple[Any, Task]:
        task = load({**BASIC, "process_results": own(code), "metric_list": listed})
        return task.custom_metrics["acc,none"], task

    asking, task = judge("asking")
    score = asking.score(task, task.cases[0], Response(text="x"))
    assert "the network, which is not used now, was asked for example.org" in score.reason
    drawing, task = judge("drawing")
    scores = [drawing.score(task, case, Response(text="x")) for case in task.cases]
    expected = np.random.RandomState(1234).rand()
    assert {one.parts[1] for one in scores if one.parts} == {expected}
    assert drawing.value(scores) == expected


def test_an_unknown_name_shows_the_closest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all that the installed lm-eval has."""
    names = ["arc_easy", "hellaswag"]
    index = SimpleNamespace(task_index=dict.fromkeys(names), all_tasks=names)
    monkeypatch.setattr("pytest_ftevals.tasks.lm_eval.building._index", lambda *_, **__: index)
    with pytest.raises(FtevalsError, match="Did you mean 'hellaswag'"):
        Library(DataAccess(offline=True)).task(LmEvalSource(task="helaswag"))


def test_a_tasks_own_code_may_fail(load: Load) -> None:
    """Such a case is not scored, and says why; so are items that cannot be kept or are no rate."""
    names = ("rate", "length", "set", "nan", "absent")
    listed = [{"metric": one, "aggregation": "mean", "higher_is_better": True} for one in names]
    task = load({**BASIC, "process_results": own("broken"), "metric_list": listed})

    def scored(name: str, case: int) -> tuple[float | None, str]:
        judge = task.custom_metrics[f"{name},none"]
        found = judge.score(task, task.cases[case], Response(text="x"))
        return found.value, found.reason

    assert scored("rate", 0) == (0.25, "")
    assert scored("rate", 1) == (None, "lm-eval's task failed: KeyError: 'number one'")
    value, reason = scored("length", 0)
    assert value is None
    assert "own_unit=['length,none']" in reason
    assert scored("set", 0) == (None, "lm-eval's task failed: TypeError: a value of type set")
    assert scored("nan", 0) == (None, "lm-eval's score is not a number")
    assert scored("absent", 0) == (None, "lm-eval's task gives this case no absent")
    again = load(
        {**BASIC, "process_results": own("broken"), "metric_list": listed}, own_unit=("length",)
    )
    judge = again.custom_metrics["length,none"]
    assert judge.score(again, again.cases[0], Response(text="x")).value == 7
    assert not judge.points
    assert again.custom_metrics["rate,none"].points
    wrong = {**BASIC, "metric_list": listed, "process_results": own("none")}
    with pytest.raises(FtevalsError, match="Did you mean 'length'"):
        load(wrong, own_unit=("lengths",))


def test_a_failing_aggregation_is_one_message(load: Load) -> None:
    """It names metric and task."""
    listed = [{"metric": "acc", "aggregation": own("crashing"), "higher_is_better": True}]
    task = load({**BASIC, "process_results": own("none"), "metric_list": listed})
    judge = task.custom_metrics["acc,none"]
    score = judge.score(task, task.cases[1], Response(text="x"))
    assert score.value is None
    assert "aggregation of acc,none failed: ZeroDivisionError" in score.reason


def test_errors_and_impossible_options_are_not_scored(load: Load) -> None:
    """As by every metric of ours."""
    task = load(CHOICE)
    judge = task.custom_metrics["acc,none"]
    nan = tuple(Choice(text="x", logprob=float("nan"), tokens=1) for _ in range(2))
    for response in (Response(finish="error", error="no"), Response(choices=nan)):
        assert judge.score(task, task.cases[0], response).value is None


def test_settings_follow_the_tasks_code(load: Load, tmp_path: Path) -> None:
    """Saved runs fit only what was scored by the same code."""
    before = load(BASIC).custom_metrics["exact_match,none"].settings
    assert load(BASIC).custom_metrics["exact_match,none"].settings == before
    (tmp_path / "code.py").write_text(CODE + "\n# changed\n")
    assert load(BASIC).custom_metrics["exact_match,none"].settings != before


@pytest.mark.parametrize(
    "changed", ["_common/utils.py", "_common/_base_yaml", "deep/down/more.yml"]
)
def test_settings_follow_what_a_task_includes(load: Load, tmp_path: Path, changed: str) -> None:
    """In any folder of include_path, whatever a template file is called."""
    texts = {"_common/utils.py": "A = 1", "_common/_base_yaml": "", "deep/down/more.yml": ""}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    before = load(BASIC).custom_metrics["exact_match,none"].settings
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "made.py").write_text("A = 1")
    (tmp_path / "rows.txt").write_text("no code")
    assert load(BASIC).custom_metrics["exact_match,none"].settings == before
    (tmp_path / changed).write_text("# changed")
    assert load(BASIC).custom_metrics["exact_match,none"].settings != before


def test_only_zero_or_one_is_passed_or_failed(load: Load) -> None:
    """What lm-eval's own code scores 0 or 1; a number of a task's own may be any share."""
    rate = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
    assert load(BASIC).custom_metrics["exact_match,none"].binary
    assert load(CHOICE).custom_metrics["acc,none"].binary
    graded = load({**BASIC, "process_results": own("none"), "metric_list": [rate]})
    assert not graded.custom_metrics["acc,none"].binary
    assert graded.pass_at is None
