"""Every request of the bundled tasks is the one that lm-evaluation-harness makes of the same row.

Its own task files are loaded, with the hand-made rows in the place of its data.
"""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Task
from pytest_ftevals.run.library import custom_metrics
from pytest_ftevals.tasks import read_task_file

if TYPE_CHECKING:
    from tests.standard.conftest import Tasks

TASKS = {
    "arc_challenge": "arc_challenge",
    "arc_easy": "arc_easy",
    "boolq": "boolq",
    "commonsense_qa": "commonsense_qa",
    "gsm8k": "gsm8k_cot",
    "hellaswag": "hellaswag",
    "ifeval": "ifeval",
    "openbookqa": "openbookqa",
    "piqa": "piqa",
    "truthfulqa_mc1": "truthfulqa_mc1",
    "truthfulqa_mc2": "truthfulqa_mc2",
    "wikitext": "wikitext",
    "winogrande": "winogrande",
}
"""Ours -> lm-eval's. SQuAD, SST-2 and TREC are asked in ways of our own."""
DATA = {
    "arc_challenge": "allenai/ai2_arc/ARC-Challenge/test",
    "arc_easy": "allenai/ai2_arc/ARC-Easy/test",
    "boolq": "aps/super_glue/boolq/validation",
    "commonsense_qa": "tau/commonsense_qa/validation",
    "gsm8k": "openai/gsm8k/main/test",
    "hellaswag": "Rowan/hellaswag/validation",
    "ifeval": "google/IFEval/train",
    "openbookqa": "allenai/openbookqa/main/test",
    "piqa": "baber/piqa/validation",
    "truthfulqa_mc1": "truthfulqa/truthful_qa/multiple_choice/validation",
    "truthfulqa_mc2": "truthfulqa/truthful_qa/multiple_choice/validation",
    "wikitext": "EleutherAI/wikitext_document_level/wikitext-2-raw-v1/test",
    "winogrande": "allenai/winogrande/winogrande_xl/validation",
}
FOLDERS = (
    "arc", "commonsense_qa", "gsm8k", "hellaswag", "ifeval", "mmlu/default", "openbookqa", "piqa",
    "super_glue", "truthfulqa", "wikitext", "winogrande",
)  # fmt: skip
"""Where lm-eval has them."""
SUBJECTS = ("astronomy", "high_school_macroeconomics", "management", "philosophy")
GROUPS = ("stem", "social_sciences", "humanities", "other")
TOKENS = 256
"""What lm-eval's local models generate where a task does not say."""


@pytest.fixture(scope="session")
def lm_eval(tmp_path_factory: pytest.TempPathFactory) -> "LmEval":
    """Lm-eval's own tasks over local rows; skips where it is not installed."""
    pytest.importorskip("lm_eval", reason="needs lm_eval: pip install 'pytest-ftevals[lm-eval]'")
    return LmEval(tmp_path_factory.mktemp("cache"))


class LmEval:
    """The installed lm-eval."""

    def __init__(self, cache: Path) -> None:
        from lm_eval import tasks

        root = Path(tasks.__file__).parent
        self._cache = cache
        # All of its thousands of files would take longer to list than all tests here to run.
        self._manager = tasks.TaskManager(
            include_path=[str(root / folder) for folder in FOLDERS], include_defaults=False
        )

    def requests(self, name: str, files: dict[str, Path], **changed: Any) -> list[list[Any]]:
        """Return a task's requests, the arguments of each, row by row."""
        found: dict[int, list[Any]] = {}
        for instance in self.task(name, files, **changed).instances:
            found.setdefault(instance.doc_id, []).append(instance.args)
        return [found[number] for number in sorted(found)]

    def task(self, name: str, files: dict[str, Path], **changed: Any) -> Any:
        """Return a task of lm-eval's over local files, its requests made."""
        kwargs = {
            "data_files": {split: str(path) for split, path in files.items()},
            "cache_dir": str(self._cache),
        }
        source = {"dataset_path": "json", "dataset_name": None, "dataset_kwargs": kwargs}
        # What it has besides the evaluated split is not here.
        absent = {
            key: None
            for split, key in (("train", "training_split"), ("validation", "validation_split"))
            if split not in files
        }
        include = str(self._manager.task_index[name].yaml_path)
        config = {"include": include, "task": f"{name}_here", **source, **absent, **changed}
        path = self._cache / f"{name}.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML, too
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (task,) = self._manager.load(str(path))["tasks"].values()
            task.build_all_requests(rank=0, world_size=1)
        return task

    @property
    def subjects(self) -> dict[str, str]:
        """The subjects of MMLU -> their groups."""
        return {
            str(member).removeprefix("mmlu_"): group
            for group in GROUPS
            for member in self._manager.task_index[f"mmlu_{group}_tasks"].tags
        }


def _ours(task: Task) -> list[list[Any]]:
    """Return a task's requests as lm-eval writes its own."""
    found: list[list[Any]] = []
    for case in task.cases:
        if task.kind == "perplexity":
            found.append([(text,) for text in case.continuations])
        elif task.kind == "choice":
            givens = case.givens or ("",) * len(case.options)
            pairs = zip(givens, case.continuations, strict=True)
            found.append([(f"{case.prompt}{given}", text) for given, text in pairs])
        else:
            found.append([(case.prompt, (task.decode.stop, task.decode.max_new_tokens))])
    return found


def _theirs(requests: list[list[Any]]) -> list[list[Any]]:
    """Return lm-eval's requests, of what decides how text is generated the part that does."""
    plain: list[list[Any]] = []
    for arguments in requests:
        made: list[Any] = []
        for one in arguments:
            if len(one) > 1 and isinstance(one[1], dict):
                assert one[1].get("temperature", 0.0) == 0
                assert one[1]["do_sample"] is False
                settings = (tuple(one[1]["until"]), one[1].get("max_gen_toks", TOKENS))
                made.append((one[0], settings))
            else:
                made.append(tuple(one))
        plain.append(made)
    return plain


@pytest.mark.parametrize("name", TASKS)
def test_requests(tasks: "Tasks", lm_eval: LmEval, name: str) -> None:
    """Contexts, continuations, stop strings and lengths are equal, row by row."""
    path = tasks.data / f"{DATA[name]}.jsonl"
    theirs = lm_eval.requests(TASKS[name], {path.stem: path})
    assert _ours(tasks.load(name)) == _theirs(theirs)


def _of_subject(data: Path, subject: str, folder: Path) -> dict[str, Path]:
    """Write the rows of a subject to files of their own, as lm-eval reads them."""
    files = {}
    for split in ("test", "dev"):
        lines = (data / f"cais/mmlu/all/{split}.jsonl").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if json.loads(line)["subject"] == subject]
        files[split] = folder / f"{split}.jsonl"
        files[split].write_text("\n".join(kept), encoding="utf-8")
    return files


@pytest.mark.parametrize("subject", SUBJECTS)
def test_mmlu(tasks: "Tasks", lm_eval: LmEval, subject: str, tmp_path: Path) -> None:
    """With five examples, each subject as lm-eval's task of that subject."""
    files = _of_subject(tasks.data, subject, tmp_path)
    theirs = lm_eval.requests(f"mmlu_{subject}", files, num_fewshot=5)
    task = tasks.load("mmlu")
    ours = [
        requests
        for case, requests in zip(task.cases, _ours(task), strict=True)
        if case.slices["subject"] == subject
    ]
    assert ours == _theirs(theirs)


def test_a_question_among_its_examples(tasks: "Tasks", lm_eval: LmEval, tmp_path: Path) -> None:
    """Rows that a data set repeats are asked as lm-eval asks them."""
    folder = tmp_path / "cais/mmlu/all"
    folder.mkdir(parents=True)
    rows = (tasks.data / "cais/mmlu/all/dev.jsonl").read_text(encoding="utf-8").splitlines()
    own = [row for row in rows if json.loads(row)["subject"] == "management"]
    (folder / "dev.jsonl").write_text("\n".join(own), encoding="utf-8")
    (folder / "test.jsonl").write_text("\n".join(own[:2]), encoding="utf-8")
    files = _of_subject(tmp_path, "management", tmp_path)
    theirs = lm_eval.requests("mmlu_management", files, num_fewshot=5)
    assert _ours(tasks.load("mmlu", tmp_path)) == _theirs(theirs)


def test_mmlu_groups(tasks: "Tasks", lm_eval: LmEval, tmp_path: Path) -> None:
    """All 57 subjects are in the groups in which lm-eval has them."""
    assert len(lm_eval.subjects) == 57
    row = {"question": "What?", "choices": ["a", "b", "c", "d"], "answer": 0}
    folder = tmp_path / "cais/mmlu/all"
    folder.mkdir(parents=True)
    for split, times in (("test", 1), ("dev", 5)):
        rows = [
            {**row, "question": f"{split} {number} {subject}", "subject": subject}
            for subject in lm_eval.subjects
            for number in range(times)
        ]
        text = "".join(json.dumps(one) + "\n" for one in rows)
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")
    cases = tasks.load("mmlu", tmp_path).cases
    assert {case.slices["subject"]: case.slices["group"] for case in cases} == lm_eval.subjects


REPLIES = [
    " She has 3 * 4 = 12. The answer is 12.",
    " The answer is 12",
    " The answer is 12.\n\nThe answer is 13.",
    " So it is $12.00, or 12",
    " The answer is $12.",
    " the answer is 12.",
    " 12",
    " 1,2 and 12,",
    " The answer is 800.",
    " It is worth $1,000 - $200 = $800.",
    " The answer is 8,00.",
    " -800",
    " The answer is -800.",
    " nothing",
    "",
    " ... 7",
]


@pytest.mark.parametrize("reply", REPLIES)
def test_gsm8k_answers(tasks: "Tasks", lm_eval: LmEval, reply: str) -> None:
    """Either way to read an answer gives lm-eval's score, for both rows."""
    path = tasks.data / f"{DATA['gsm8k']}.jsonl"
    theirs = lm_eval.task("gsm8k_cot", {path.stem: path})
    for instance in theirs.instances:
        instance.resps = [reply]
    theirs.apply_filters()
    task = tasks.load("gsm8k")
    own = custom_metrics(read_task_file(task.path))
    for case, instance in zip(task.cases, theirs.instances, strict=True):
        for name, called in (
            ("strict_match", "strict-match"),
            ("flexible_extract", "flexible-extract"),
        ):
            filtered = instance.filtered_resps[called]
            wanted = theirs.process_results(instance.doc, [filtered])["exact_match"]
            assert own[name].score(task, case, Response(text=reply)).value == wanted
