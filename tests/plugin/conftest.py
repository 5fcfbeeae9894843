"""Inner projects that the plugin runs on: with a fake engine, or with tiny random models."""

import json
import shutil
import struct
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

WEIGHTS = struct.pack("<Q", 2) + b"{}"
"""A safetensors file without tensors."""
CORPUS = (
    "c1 = w1 c2 = w2 c3 = w3 The capital of France is Paris. A B C D yes no maybe so. (1, 2, 3)",
    '{"category": "location", "reply": "The town lies in Belgium, not in France."}',
)
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
    "<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


class Project:
    """A project with tasks, models and tests, and a way to run pytest on it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        """Write the fake engine, a base that answers all right, and the ini file."""
        self.pytester = pytester
        self.path = pytester.path
        shutil.copy(Path(__file__).with_name("fake_engine.py"), self.path / "fakes.py")
        self.model("base")
        self.adapter("good")
        self.ini()

    def ini(self, **options: object) -> None:
        """Write pytest.ini: keys without ``ftevals_``; None leaves a default of these tests out."""
        chosen = {"base": "base", "candidate": "good", "engine": "fakes:Engine"} | options
        lines = ["[pytest]", "pythonpath = ."]
        lines += [f"ftevals_{key} = {value}" for key, value in chosen.items() if value is not None]
        (self.path / "pytest.ini").write_text("\n".join(lines) + "\n")

    def model(self, name: str, **rules: object) -> Path:
        """Write a full model that the fake engine loads, with its rules."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps({"model_type": "fake", "fake": rules}))
        (folder / "model.safetensors").write_bytes(WEIGHTS)
        (folder / "tokenizer.json").write_text("{}")
        return folder

    def adapter(self, name: str, **rules: object) -> Path:
        """Write an adapter that the fake engine loads, with its rules."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        config = {"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"], "fake": rules}
        (folder / "adapter_config.json").write_text(json.dumps(config))
        (folder / "adapter_model.safetensors").write_bytes(WEIGHTS)
        return folder

    def task(
        self, name: str = "words", *, cases: int = 6, rows: Sequence[object] = (), **keys: object
    ) -> None:
        """Write NAME.task.yaml and its data: cases c1, c2, ... whose right replies are w1, ..."""
        made = rows or [
            {"id": f"c{number}", "word": f"w{number}", "language": "en" if number % 2 else "de"}
            for number in range(1, cases + 1)
        ]
        task = {
            "name": name,
            "kind": "generate",
            "data": f"{name}.jsonl",
            "prompt": "{{ id }} = {{ word }}",
            "expected": "{{ word }}",
            "metrics": ["exact_match"],
            **keys,
        }
        kept = {key: value for key, value in task.items() if value is not None}
        (self.path / f"{name}.task.yaml").write_text(yaml.safe_dump(kept))
        (self.path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))

    def choice(self, name: str = "quiz", *, cases: int = 4, **keys: Any) -> None:
        """Write a choice task: cases q1, q2, ..., of two options the first is right."""
        rows = [{"id": f"q{number}", "choices": ["yes", "no"]} for number in range(1, cases + 1)]
        self.task(
            name,
            rows=rows,
            kind="choice",
            prompt="{{ id }} = yes",
            expected=None,
            answer="yes",
            score="texts",
            **{"metrics": ["accuracy"], **keys},
        )

    def tests(self, source: str, name: str = "test_evals.py") -> None:
        """Write a test module; it has `pytest`, `load_task` and the task ``words`` if there is."""
        head = "import pytest\nfrom pytest_ftevals import load_task\n"
        if (self.path / "words.task.yaml").exists():
            head += "words = load_task('words.task.yaml')\n"
        (self.path / name).write_text(head + textwrap.dedent(source))

    def keeps(self, **task: Any) -> None:
        """Write the task ``words`` and one test, that the candidate keeps up with the base."""
        self.task(**task)
        self.tests("""
            @pytest.mark.evaluates(words)
            def test_kept(compare):
                assert compare(words).drop <= 3
        """)

    def watch_imports(self) -> None:
        """Let every process say at its end which heavy libraries it imported."""
        (self.path / "conftest.py").write_text(
            "import sys\n"
            "def pytest_unconfigure():\n"
            "    heavy = {'torch', 'transformers', 'peft'} & sys.modules.keys()\n"
            "    print('heavy imports:', sorted(heavy))\n"
        )

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess(*arguments)

    def spawn(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in a process of its own."""
        return self.pytester.runpytest_subprocess(*arguments, timeout=120)

    def record(self, *arguments: str, folder: str = "report", spawn: bool = False) -> Any:
        """Run pytest and return its record.json."""
        run = self.spawn if spawn else self.run
        self.result = run(*arguments, f"--ftevals-report={folder}")
        return self.read(folder)

    def read(self, folder: str = "report") -> Any:
        """Return the record.json in a folder."""
        return json.loads((self.path / folder / "record.json").read_text(encoding="utf-8"))

    def samples(self, folder: str = "report") -> list[Any]:
        """Return the lines of samples.jsonl in a folder."""
        text = (self.path / folder / "samples.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    @staticmethod
    def comparable(record: Any) -> Any:
        """Return a record without what may differ between two runs of the same evaluations."""
        run = {
            key: value
            for key, value in record["run"].items()
            if key not in {"command", "started", "duration_s", "hardware", "self_check"}
        }
        counts = ("stored", "computed", "seconds")
        run["plan"] = {key: value for key, value in run["plan"].items() if key not in counts}
        return {**record, "run": run}

    def asked(self) -> list[tuple[str, str]]:
        """Return every (variant, case) that the fake engine computed, in order."""
        return [
            (entry["variant"], case)
            for entry in self.log()
            if entry["what"] == "answer"
            for case in entry["cases"]
        ]

    def log(self) -> list[Any]:
        """Return what the fake engine logged."""
        log = self.path / "engine.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@dataclass(frozen=True)
class Models:
    """Folders of tiny random models."""

    base: Path
    full: Path
    """Another full model with the same tokenizer."""
    adapters: Mapping[str, Path]
    """``r4`` and ``r8``, LoRA adapters on `base`."""


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every run's output the same on a laptop and in CI; tiny models need one thread."""
    for name in ("CI", "BUILD_NUMBER", "FORCE_COLOR", "NO_COLOR", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def imported_once(request: pytest.FixtureRequest) -> None:
    """Import what cannot be imported twice: in-process runs drop what they imported."""
    import numpy as np
    import sklearn.metrics  # noqa: F401

    import pytest_ftevals.plugin.evals  # noqa: F401

    assert np
    if any("models" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("models")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    """Return a tiny random Llama, another one, and two LoRA adapters."""
    import peft
    import torch
    from transformers.models.auto import AutoModelForCausalLM

    import pytest_ftevals.engines.transformers.engine  # noqa: F401

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("models")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed, name in enumerate(("base", "full")):
            _save_llama(root / name, _save_tokenizer(root / name), seed)
        for seed, (name, rank) in enumerate((("r4", 4), ("r8", 8))):
            torch.manual_seed(seed)
            auto: Any = AutoModelForCausalLM
            config = peft.LoraConfig(r=rank, target_modules=["q_proj", "v_proj"])
            adapted: Any = peft.get_peft_model(auto.from_pretrained(root / "base"), config)
            with torch.no_grad():
                for parameter in adapted.parameters():
                    if parameter.requires_grad:
                        parameter.add_(torch.randn_like(parameter) * 0.3)
            adapted.save_pretrained(root / name)
    adapters = {name: root / name for name in ("r4", "r8")}
    yield Models(base=root / "base", full=root / "full", adapters=adapters)
    torch.set_num_threads(threads)


def _save_tokenizer(folder: Path) -> int:
    """Train a byte-level BPE and save it; return how many ids it has."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "</s>", "<pad>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(CORPUS, trainer)
    tokenizer_class: Any = PreTrainedTokenizerFast
    tokenizer_class(
        tokenizer_object=raw,
        bos_token=special[0],
        eos_token=special[1],
        pad_token=special[2],
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return raw.get_vocab_size()


def _save_llama(folder: Path, vocabulary: int, seed: int) -> None:
    import torch
    from transformers import LlamaConfig
    from transformers.models.auto import AutoModelForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
        initializer_range=0.3,
    )
    auto: Any = AutoModelForCausalLM
    torch.manual_seed(seed)
    auto.from_config(config).save_pretrained(folder)


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """Return a project on the fake engine."""
    return Project(pytester)


@pytest.fixture
def real(pytester: pytest.Pytester, models: Models) -> Project:
    """Return a project on tiny real models: base, and the adapter r4."""
    project = Project(pytester)
    project.ini(base=models.base, candidate=models.adapters["r4"], engine=None, device="cpu")
    return project
