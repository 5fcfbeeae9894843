"""A small project in which users make mistakes: tiny real models, a task, and a checked run.

A test writes its mistake into the project, runs pytest there and reads what a user would see. Every
run through `Project` must fail without a traceback of the plugin; see `Refusal`.
"""

import importlib
import json
import pkgutil
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

CORPUS = (
    "Question: What is the capital of France? Answer: Paris. A B C D yes no maybe so.",
    "The quick brown fox jumps over the lazy dog while the capital sleeps. (1, 2, 3)",
    '{"category": "location", "reply": "The town lies in Belgium, not in France."}',
)
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "<|{{ message.role }}|>{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
WINDOW = 128
"""Tokens that the tiny models take, prompt and reply together."""

TASK = """\
name: towns
kind: generate
data: towns.jsonl
prompt: "Where is {{ town }}?"
expected: "{{ land }}"
decode: {max_new_tokens: 3}
metrics: [exact_match]
slices: [size]
"""
ROWS = (
    {"town": "Paris", "land": "France", "size": "big"},
    {"town": "Gent", "land": "Belgium", "size": "small"},
    {"town": "Lyon", "land": "France", "size": "big"},
)
CHOICE = """\
name: choices
kind: choice
data: choices.jsonl
prompt: "{{ question }}\\n{{ choices | lettered }}\\nAnswer:"
answer: "{{ answer }}"
metrics: [accuracy]
"""
CHOICE_ROWS = (
    {"question": "Where is Paris?", "choices": ["France", "Belgium"], "answer": 0},
    {"question": "Where is Gent?", "choices": ["France", "Belgium"], "answer": 1},
)
HEAD = """\
import pytest
from pytest_ftevals import load_task

towns = load_task("towns.task.yaml")

"""
TEST = f"""{HEAD}
@towns.cases()
def test_reply(candidate, case):
    assert candidate.generate(case).finish
"""


@pytest.fixture(scope="session", autouse=True)
def heavy_modules() -> Iterator[None]:
    """Import everything once: in-process runs drop what they imported, and torch loads only once.

    Tiny matrices gain nothing from threads, which would fight with other processes.
    """
    import numpy as np
    import sklearn.metrics
    import torch
    from peft import PeftModel
    from transformers.models.auto import AutoModelForCausalLM

    import pytest_ftevals

    assert all((np, sklearn.metrics, PeftModel, AutoModelForCausalLM))
    for module in pkgutil.walk_packages(pytest_ftevals.__path__, "pytest_ftevals."):
        importlib.import_module(module.name)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _save_tokenizer(folder: Path) -> int:
    """Train a byte-level BPE on the corpus and save it; return how many ids it has."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer_class: Any = PreTrainedTokenizerFast
    special = ["<s>", "</s>", "<pad>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=340,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer_class(
        tokenizer_object=raw,
        bos_token=special[0],
        eos_token=special[1],
        pad_token=special[2],
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return raw.get_vocab_size()


def _save_model(folder: Path, hidden: int) -> Path:
    import torch
    from transformers import LlamaConfig
    from transformers.models.auto import AutoModelForCausalLM

    folder.mkdir()
    auto: Any = AutoModelForCausalLM
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=_save_tokenizer(folder),
        hidden_size=hidden,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=WINDOW,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
        initializer_range=0.3,
    )
    auto.from_config(config).save_pretrained(folder)
    return folder


def _save_adapter(folder: Path, base: Path, *, scale: float) -> Path:
    """Save a LoRA adapter on `base`; at scale 0 its B matrices are zero, as before training."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(1)
        model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter) * scale)
        model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a base, an adapter on it that is in order, and damaged candidates.

    `base`, `good`; `narrow` (another base) and `stranger` (an adapter on it); `nan`, `unchanged`,
    `pickled`, `configless` (weights only), `weightless` (a config only) and `void` (nothing).
    """
    import torch
    from safetensors.torch import load_file, save_file

    root = tmp_path_factory.mktemp("models")
    base = _save_model(root / "base", 32)
    good = _save_adapter(root / "good", base, scale=0.3)
    _save_adapter(root / "unchanged", base, scale=0)
    _save_adapter(root / "stranger", _save_model(root / "narrow", 16), scale=0.3)
    weights = load_file(good / "adapter_model.safetensors")
    first = min(weights)

    nan = Path(shutil.copytree(good, root / "nan"))
    save_file(
        {**weights, first: torch.full_like(weights[first], torch.nan)},
        nan / "adapter_model.safetensors",
    )
    pickled = Path(shutil.copytree(good, root / "pickled"))
    (pickled / "adapter_model.safetensors").unlink()
    torch.save(weights, pickled / "adapter_model.bin")
    configless = Path(shutil.copytree(good, root / "configless"))
    (configless / "adapter_config.json").unlink()
    weightless = Path(shutil.copytree(good, root / "weightless"))
    (weightless / "adapter_model.safetensors").unlink()
    (root / "void").mkdir()
    return root


_FRAMES = re.compile(r"pytest_ftevals/\S*\.py|site-packages/(?!_pytest/)\S*\.py")
"""Lines of code that are neither the user's nor pytest's own."""
_SUMMARY = re.compile(r"^=+ short test summary info =+$", re.MULTILINE)
_REPORT = re.compile(
    r"^=+ ftevals: base and candidates =+$.*?(?=^=+ |\Z)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a user sees of a run that failed for a mistake of theirs."""

    code: int
    text: str
    """All output, stdout first."""
    outcomes: dict[str, int]

    def says(self, *parts: str, times: int = 1) -> None:
        """Assert that one message says all `parts`, in order, and as often as it should.

        The report and the short summary say it again in short, and are left out.
        """
        shown = _SUMMARY.split(_REPORT.sub("", self.text))[0]
        message = ".*?".join(map(re.escape, parts))
        found = re.findall(message, shown, re.DOTALL)
        assert len(found) == times, f"{len(found)} times: {parts}"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with a task, its data and a test file, and pytest to run there."""

    pytester: pytest.Pytester
    models: Path

    @property
    def path(self) -> Path:
        """The project's folder."""
        return self.pytester.path

    def write(self, name: str, content: str) -> Path:
        """Write a file of the project."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def rows(self, name: str, *rows: dict[str, Any]) -> Path:
        """Write a JSONL file."""
        return self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def test(self, body: str) -> None:
        """Write the project's test file, in which `towns` is the task of the project."""
        self.write("test_towns.py", f"{HEAD}{body}\n")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a text of a file, which must be there once."""
        text = (self.path / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.write(name, text.replace(old, new))

    def arguments(self, base: str | None, candidates: tuple[str, ...]) -> list[str]:
        """Return the options that name models, by their folders in `models`."""
        given = [] if base is None else [f"--ftevals-base={self.models / base}"]
        return given + [f"--ftevals-candidate={self.models / name}" for name in candidates]

    def refused(
        self,
        *args: str,
        code: int,
        base: str | None = "base",
        candidates: tuple[str, ...] = ("good",),
        workers: int = 0,
        python: tuple[str, ...] = (),
    ) -> Refusal:
        """Run pytest in the project and assert what holds for every mistake.

        It ends with `code`, and neither pytest nor the plugin nor a library of its shows a
        traceback. `workers` are xdist's; `python` are options of an interpreter of its own.
        """
        given = [*self.arguments(base, candidates), "-p", "no:cacheprovider", *args]
        if workers or python:
            command = [sys.executable, *python, "-m", "pytest", "-p", "no:timeout", *given]
            result = self.pytester.run(*command, *(["-n", str(workers)] if workers else []))
        else:
            result = self.pytester.runpytest_inprocess(*given)
        text = f"{result.stdout}\n{result.stderr}"
        assert result.ret == code, text
        for trace in ("INTERNALERROR", "Traceback (most recent call last)"):
            assert trace not in text
        assert not _FRAMES.findall(text)
        try:
            outcomes = result.parseoutcomes()
        except ValueError:  # a usage error comes before any outcome
            outcomes = {}
        return Refusal(code=int(result.ret), text=text, outcomes=outcomes)


@pytest.fixture
def project(pytester: pytest.Pytester, models: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Make a project without mistakes."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("COLUMNS", "200")
    made = Project(pytester=pytester, models=models)
    made.write("pytest.ini", "[pytest]\n")
    made.write("towns.task.yaml", TASK)
    made.rows("towns.jsonl", *ROWS)
    made.write("choices.task.yaml", CHOICE)
    made.rows("choices.jsonl", *CHOICE_ROWS)
    made.write("test_towns.py", TEST)
    return made
