"""Local tasks of many shapes in lm-eval's format, and what lm-eval itself makes of them."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_ftevals.core.quiet import quietly
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.progress import Silent
from pytest_ftevals.run.session import Need, Session
from pytest_ftevals.run.settings import EngineSettings, Settings
from pytest_ftevals.tasks.lm_eval import LmEvalSource

DEMO = Path(__file__).resolve().parents[2] / "evalsuites" / "demo"
MODEL = DEMO / "models" / "base"

CODE = """
import numpy as np
from lm_eval.api.metrics import mean
from lm_eval.api.task import ConfigurableTask

class Margins(ConfigurableTask):
    VERSION = 1

    def __init__(self, config):
        super().__init__(config={key: one for key, one in config.items() if key != "class"})

    def process_results(self, doc, results):
        found = np.array([logprob for logprob, _ in results])
        right = found[doc["answer"]]
        return {"margin": right - np.delete(found, doc["answer"]).max(), "known": right > -1}

    def aggregation(self):
        return {"margin": mean, "known": mean}

    def higher_is_better(self):
        return {"margin": True, "known": True}

def with_hint(docs):
    return docs.map(lambda doc: {**doc, "hint": doc["subject"].upper()})

def target(doc):
    return doc["choices"][doc["answer"]]

def process_results(doc, results):
    words = results[0].split()
    known = [word in " ".join(doc["choices"]) for word in words[:3]] or [False]
    return {"any_word": float(any(known)), "known_words": known, "length": len(words)}

def pooled(items):
    flat = [one for several in items for one in several]
    return sum(flat) / len(flat)

def first_word(references, predictions, **_):
    return {"first_word": float(predictions[0].split()[:1] == references[0].split()[:1]),
            "same_length": float(len(predictions[0]) == len(references[0]))}
"""

CHOICE = {
    "output_type": "multiple_choice",
    "doc_to_text": "Question: {{ question[:-4] }}\nAnswer:",  # cut, for the model knows them all
    "doc_to_choice": "choices",
    "doc_to_target": "answer",
    "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
}
GENERATE = {
    "output_type": "generate_until",
    "doc_to_text": "Question: {{ question }}\nAnswer:",
    "doc_to_target": "{{ choices[answer] }}",
    "generation_kwargs": {"until": ["\n", "."], "max_gen_toks": 12, "do_sample": False},
    "metric_list": [{"metric": "exact_match"}],
}
TASKS: Mapping[str, Mapping[str, Any]] = {
    "texts": CHOICE
    | {
        "description": "Questions about {{ subject }}.\n\n",
        "metric_list": [{"metric": name} for name in ("acc", "acc_norm", "acc_bytes")],
    },
    "letters": CHOICE
    | {
        "doc_to_text": "{{ question }}\n{% for one in choices %}{{ 'ABCD'[loop.index0] }}. "
        "{{ one }}\n{% endfor %}Answer:",
        "doc_to_choice": ["A", "B", "C", "D"],
        "fewshot_split": "dev",
        "fewshot_config": {"sampler": "first_n"},
        "num_fewshot": 3,
        "metric_list": [{"metric": "acc"}, {"metric": "brier_score"}],
    },
    "drawn_examples": CHOICE
    | {
        "fewshot_split": "test",
        "num_fewshot": 2,
        "metric_list": [{"metric": "acc"}, {"metric": "exact_match"}],
    },
    "inputs": CHOICE
    | {
        "doc_to_text": "{{ answer }}",
        "doc_to_choice": "{{ ['The ' ~ choices[0], 'A ' ~ choices[1], choices[2] ~ ' '] }}",
        "doc_to_target": "stands where {{ question }}",
        "data": "three",
        "metric_list": [{"metric": "acc"}],
    },
    "mutual_information": CHOICE
    | {"metric_list": [{"metric": "acc"}, {"metric": "acc_mutual_info"}]},
    "several_right": CHOICE
    | {"doc_to_target": "{{ [answer, 0] }}", "metric_list": [{"metric": "acc"}]},
    "last_word": {
        "output_type": "loglikelihood",
        "doc_to_text": "Question: {{ question[:-1] }}\nAnswer:",
        "doc_to_target": " {{ choices[answer] }}",
        "metric_list": [{"metric": "perplexity"}, {"metric": "acc"}],
    },
    "rolling": {
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "{{ question * repeated }}",
        "metric_list": [
            {"metric": name} for name in ("word_perplexity", "byte_perplexity", "bits_per_byte")
        ],
    },
    "two_filters": GENERATE
    | {
        "filter_list": [
            {
                "name": "strict-match",
                "filter": [
                    {"function": "regex", "regex_pattern": "^ ?([A-Z][a-z]+)$"},
                    {"function": "take_first"},
                ],
            },
            {
                "name": "flexible-extract",
                "filter": [
                    {"function": "regex", "group_select": -1, "regex_pattern": "([A-Z]?[a-z]+)"},
                    {"function": "take_first"},
                ],
            },
        ],
        "metric_list": [
            {"metric": "exact_match", "ignore_case": True, "regexes_to_ignore": [",", "\\."]}
        ],
    },
    "own_code": GENERATE
    | {
        "doc_to_text": "{{ hint }}: {{ question }}",
        "process_docs": "!function code.with_hint",
        "process_results": "!function code.process_results",
        "metric_list": [
            {"metric": "any_word", "aggregation": "mean", "higher_is_better": True},
            {
                "metric": "known_words",
                "aggregation": "!function code.pooled",
                "higher_is_better": True,
            },
            {"metric": "length", "aggregation": "median", "higher_is_better": False},
        ],
    },
    "own_metric": GENERATE
    | {
        "doc_to_target": "!function code.target",
        "metric_list": [
            {
                "metric": "!function code.first_word",
                "aggregation": "mean",
                "higher_is_better": True,
            }
        ],
    },
    "python_class": CHOICE | {"class": "!function code.Margins"},
    "two_classes": CHOICE
    | {
        "doc_to_choice": "{{ choices[:2] }}",
        "doc_to_target": "{{ answer % 2 }}",
        "metric_list": [{"metric": name} for name in ("f1", "mcc", "acc", "brier_score")],
    },
    "translation": GENERATE
    | {
        "doc_to_target": "The answer is {{ choices[answer] }}, of course.",
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 16},
        "metric_list": [{"metric": name} for name in ("bleu", "chrf", "ter")],
    },
    "several_targets": GENERATE
    | {
        "doc_to_target": "{{ [choices[answer], ' ' ~ choices[answer]] }}",
        "metric_list": [{"metric": "exact_match", "ignore_punctuation": True}],
    },
    "voted": GENERATE
    | {
        "repeats": 3,
        "metric_list": [{"metric": "exact_match", "regexes_to_ignore": [" "]}],
        "filter_list": [
            {
                "name": "vote",
                "filter": [
                    {"function": "take_first_k", "k": 2},
                    {"function": "majority_vote"},
                    {"function": "take_first"},
                ],
            }
        ],
    },
    "small": CHOICE | {"data": "first", "tag": ["tagged"]},
    "large": CHOICE | {"data": "rest", "tag": ["tagged"], "metric_list": [{"metric": "acc"}]},
    "even_small": CHOICE | {"data": "first"},
    "even_large": CHOICE | {"data": "rest"},
    "inner_first": CHOICE | {"data": "first"},
    "inner_rest": CHOICE | {"data": "rest"},
    "mixed_choice": CHOICE | {"metric_list": [{"metric": "exact_match"}], "data": "first"},
    "mixed_short": GENERATE
    | {"generation_kwargs": {"until": [" "], "max_gen_toks": 3}, "data": "first"},
    "mixed_long": GENERATE | {"data": "rest"},
}
GROUPS: Mapping[str, Mapping[str, Any]] = {
    "even": {
        "task": ["even_small", "even_large"],
        "aggregate_metric_list": [{"metric": "acc_norm", "weight_by_size": False}],
    },
    "nested": {
        "task": [
            {"group": "nested_one", "task": ["inner_first"]},
            {"group": "nested_two", "task": ["inner_rest"]},
        ],
        "aggregate_metric_list": [{"metric": "acc", "weight_by_size": True}],
    },
    "mixed": {
        "task": ["mixed_choice", "mixed_short", "mixed_long"],
        "aggregate_metric_list": [{"metric": "exact_match"}],
    },
}
IN_GROUPS = frozenset(
    {
        "mixed_choice",
        "mixed_short",
        "mixed_long",
        "even_small",
        "even_large",
        "inner_first",
        "inner_rest",
    }
)
ASKED = (*(name for name in TASKS if name not in IN_GROUPS), *GROUPS)
"""All that are asked for by name; what a tag stands for is among them."""
CHATS = ("texts", "letters", "translation")
"""Asked for once more, as a chat."""


@dataclass(frozen=True)
class Harness:
    """What lm-eval makes of the tasks with the demo's base model."""

    results: Mapping[str, Mapping[str, Any]]
    """Task or group -> ``METRIC,FILTER`` -> value."""
    samples: Mapping[str, Sequence[Mapping[str, Any]]]
    """Task -> one a document and filter."""
    chat: Mapping[str, Mapping[str, Any]]
    """Of the tasks in `CHATS` with the model's chat template: as `results`."""


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tasks' files."""
    folder = tmp_path_factory.mktemp("lm_eval_tasks")
    write_tasks(folder)
    return folder


def write_tasks(folder: Path) -> None:
    """Write every task, their rows and their code."""
    lines = (DEMO / "general.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines[::20]]
    shown = [json.loads(line) for line in (DEMO / "general_dev.jsonl").read_text().splitlines()]
    for number, row in enumerate(rows):
        row["repeated"] = 90 if number == 3 else 1 + number % 4  # one longer than the window
    # Options of unequal number, and of unequal length.
    fewer = [
        {**row, "choices": row["choices"][: 4 - number % 2]} for number, row in enumerate(rows)
    ]
    fewer = [row for row in fewer if row["answer"] < len(row["choices"])]
    three = [row for row in rows if row["answer"] < 3]
    sets = {"all": rows, "fewer": fewer, "three": three, "first": rows[:5], "rest": rows[5:16]}
    for name, chosen in {**sets, "dev": shown}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in chosen))
    (folder / "code.py").write_text(textwrap.dedent(CODE))
    defaults = {"texts": "fewer"}
    for name, settings in TASKS.items():
        write_task(folder, name, {"data": defaults.get(name, "all"), **settings})
    for name, settings in GROUPS.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"group": name, **settings}))


def write_task(folder: Path, name: str, settings: Mapping[str, Any]) -> None:
    """Write one task over the rows of ``DATA.jsonl``."""
    kept = {key: value for key, value in settings.items() if key != "data"}
    files = {"test": f"{folder}/{settings['data']}.jsonl", "dev": f"{folder}/dev.jsonl"}
    task = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": files, "cache_dir": f"{folder}/cache"},
        "test_split": "test",
        **kept,
    }
    text = yaml.safe_dump(task, sort_keys=False, width=1000)
    # What safe_dump quotes is a tag for lm-eval.
    for quoted in ("'!function ", '"!function '):
        while quoted in text:
            start = text.index(quoted)
            end = text.index(quoted[0], start + 1)
            text = text[:start] + text[start + 1 : end] + text[end + 1 :]
    (folder / f"{name}.yaml").write_text(text)


@pytest.fixture(scope="session")
def harness(tasks: Path) -> Harness:
    """Run lm-eval's own evaluator on all tasks at once."""
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    with quietly():
        model = HFLM(pretrained=str(MODEL), device="cpu", dtype="float32", batch_size=8)
        manager = TaskManager(include_path=str(tasks), include_defaults=False)
        found, chats = (
            simple_evaluate(
                model=model,
                tasks=[*names],
                task_manager=manager,
                bootstrap_iters=0,
                log_samples=not chat,
                apply_chat_template=chat,
            )
            for names, chat in ((ASKED, False), (CHATS, True))
        )
    return Harness(results=found["results"], samples=found["samples"], chat=chats["results"])


@dataclass(frozen=True)
class Ours:
    """What this project makes of the same tasks with the same model."""

    session: Session
    tasks: Mapping[str, Task]
    """By lm-eval's names."""

    def scores(self, name: str, metric: str) -> Mapping[str, Score]:
        """Return every case's score."""
        return self.session.scores(self.tasks[name]).scores(BASE, metric)

    def value(self, name: str, metric: str, **slices: str) -> float:
        """Return a metric's value, on all cases or on those of a slice."""
        task, scores = self.tasks[name], self.scores(name, metric)
        chosen = [
            scores[case.id]
            for case in task.cases
            if slices.items() <= case.slices.items() and scores[case.id].value is not None
        ]
        return task.custom_metrics[metric].value(chosen)


@pytest.fixture(scope="session")
def ours(tasks: Path) -> Iterator[Ours]:
    """Answer all tasks in one session."""
    session = Session(
        Settings(
            root=tasks,
            base=str(MODEL),
            loading=EngineSettings(device="cpu", dtype="float32", offline=True),
        ),
        Silent(),
    )
    loaded = {name: session.library.task(source(tasks, name)) for name in (*ASKED, "tagged")}
    for name in CHATS:
        chat = replace(source(tasks, name), chat=True)
        loaded[chat.name] = session.library.task(chat)
    session.answer(Need(task=task, cases=task.cases, variants=(BASE,)) for task in loaded.values())
    yield Ours(session=session, tasks=loaded)
    session.close()


def source(folder: Path, name: str) -> LmEvalSource:
    """Return what ``load_task("lm_eval:NAME", include_path=folder)`` names."""
    own = {"own_code": ("length,none",), "python_class": ("margin",)}
    return LmEvalSource(task=name, include_path=(str(folder),), own_unit=own.get(name, ()))
