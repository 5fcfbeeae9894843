"""lm-evaluation-harness on its own task files, with rows from a folder instead of the hub.

    python lm_eval_standard.py SPEC

SPEC is a JSON file: ``layout`` (the folder), ``model``, ``variants`` (name -> adapter, or null for
the model itself), ``tasks`` (name -> batch size) and ``output`` (a folder, which gets a
VARIANT/TASK.json as soon as it is done: the results as lm-eval computed them, and for each case
what was asked and what came back).
"""

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

# Name -> the data set's folder, and for each of its splits lm-eval's word for it.
FILES = {
    "arc_challenge": ("allenai/ai2_arc/ARC-Challenge", {"test": "test"}),
    "hellaswag": ("Rowan/hellaswag", {"validation": "validation"}),
    "truthfulqa_mc1": ("truthfulqa/truthful_qa/multiple_choice", {"validation": "validation"}),
    "truthfulqa_mc2": ("truthfulqa/truthful_qa/multiple_choice", {"validation": "validation"}),
    "gsm8k_cot": ("openai/gsm8k/main", {"test": "test"}),
    "ifeval": ("google/IFEval", {"test": "train"}),
    "wikitext": ("EleutherAI/wikitext_document_level/wikitext-2-raw-v1", {"test": "test"}),
}
MMLU_SHOTS = 5
GROUPS = ("stem", "other", "social_sciences", "humanities")


def main() -> None:
    """Run the tasks one by one, on one variant after the other."""
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    output = Path(spec["output"])
    _write_groups(spec["tasks"], Path(spec["layout"]), output)
    manager = TaskManager(include_path=str(output))
    for variant, adapter in spec["variants"].items():
        model = HFLM(pretrained=spec["model"], peft=adapter, dtype="float32", device="cpu")
        (output / variant).mkdir(exist_ok=True)
        for name, batch in spec["tasks"].items():
            began = time.monotonic()
            model.batch_size_per_gpu = batch
            found = simple_evaluate(
                model, tasks=[f"parity_{name}"], task_manager=manager, bootstrap_iters=0
            )
            results = {
                "values": found["results"],
                "cases": {key: _cases(samples) for key, samples in found["samples"].items()},
            }
            file = output / variant / f"{name}.json"
            file.write_text(json.dumps(results), encoding="utf-8")
            print(variant, name, f"{time.monotonic() - began:.0f} s", flush=True)


def _write_groups(names: Iterable[str], layout: Path, output: Path) -> None:
    """Write a file for each task: a group, where lm-eval takes changes to tasks it knows."""
    for name in names:
        if name == "mmlu":
            group = _mmlu(layout)
        else:
            folder, splits = FILES[name]
            group = {"group": f"parity_{name}", "task": [_local(name, layout / folder, splits)]}
        (output / f"{name}.yaml").write_text(yaml.safe_dump(group), encoding="utf-8")


def _mmlu(layout: Path) -> dict[str, Any]:
    """Return its groups, of those subjects that have a file."""
    have = {path.name for path in (layout / "cais" / "mmlu").iterdir()}
    groups = []
    manager = TaskManager()
    for group in GROUPS:
        names = sorted(manager.task_index[f"mmlu_{group}_tasks"].tags)
        tasks = [
            _local(name, layout / "cais" / "mmlu" / subject, {"test": "test", "dev": "dev"})
            | {"num_fewshot": MMLU_SHOTS}
            for name in names
            if (subject := name.removeprefix("mmlu_")) in have
        ]
        groups.append({"group": group, "task": tasks, **_by_size()})
    return {"group": "parity_mmlu", "task": groups, **_by_size()}


def _by_size() -> dict[str, Any]:
    return {"aggregate_metric_list": [{"metric": "acc", "weight_by_size": True}]}


def _local(name: str, folder: Path, splits: dict[str, str]) -> dict[str, Any]:
    """Return a task whose splits are files; a training split is not among them."""
    files = {split: str(folder / f"{split}.jsonl") for split in splits.values()}
    return {
        "task": name,
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": files},
        "training_split": None,
        "validation_split": splits.get("validation"),
        "test_split": splits.get("test"),
    }


def _cases(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the samples in the order of the rows; one for each filter of a task."""
    return [
        {
            "row": int(sample["doc_id"]),
            "filter": sample["filter"],
            "asked": [list(one) for one in sample["arguments"]],
            "answered": [one[0] for one in sample["resps"]],
            "kept": sample["filtered_resps"],
            "scores": {name: sample[name] for name in sample["metrics"]},
        }
        for sample in sorted(samples, key=lambda sample: int(sample["doc_id"]))
    ]


if __name__ == "__main__":
    main()
