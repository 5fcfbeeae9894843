"""Tiny random models with a real tokenizer, adapters on them, and engines that load them.

torch, transformers and peft are imported inside fixtures, so that collecting stays light.
"""

import json
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.case import Message
from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.models import locate
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.planning.batches import batch_of

CORPUS = (
    "Question: What is the capital of France? Answer: Paris. A B C D yes no maybe so.",
    "The quick brown fox jumps over the lazy dog while the capital sleeps. (1, 2, 3)",
    '{"category": "location", "reply": "The town lies in Belgium, not in France."}',
)
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.role == 'tool' %}{{ raise_exception('no tools here') }}{% endif %}"
    "<|{{ message.role }}|>{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

OpenEngine = Callable[..., Any]
MakeAdapter = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny matrices gain nothing from threads, which would fight with other processes."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _save_tokenizer(folder: Path, *, bos: bool, extra: tuple[str, ...] = ()) -> int:
    """Train a byte-level BPE on the corpus and save it; return how many ids it has."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer_class: Any = PreTrainedTokenizerFast
    special = ["<s>", "</s>", "<pad>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", *extra]
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=360 + len(extra),
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if bos:
        raw.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
        )
    tokenizer = tokenizer_class(
        tokenizer_object=raw,
        bos_token=special[0],
        eos_token=special[1],
        pad_token=special[2],
        chat_template=TEMPLATE,
    )
    tokenizer.save_pretrained(folder)
    return raw.get_vocab_size()


def _save_model(
    folder: Path, architecture: str, vocabulary: int, seed: int, changes: Mapping[str, Any]
) -> None:
    import torch
    from transformers import (
        FalconH1Config,
        Gemma2Config,
        GPT2Config,
        Llama4TextConfig,
        LlamaConfig,
        MambaConfig,
        MistralConfig,
        PhimoeConfig,
        Qwen2Config,
    )
    from transformers.models.auto import AutoModelForCausalLM

    shared: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 256,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 2,
        "initializer_range": 0.3,
    }
    mlp: dict[str, Any] = {"intermediate_size": 64, "num_key_value_heads": 2}
    state_space: dict[str, Any] = {
        "mamba_d_ssm": 64,
        "mamba_n_heads": 8,
        "mamba_d_head": 8,
        "mamba_d_state": 8,
        "mamba_chunk_size": 16,
    }
    experts = {"head_dim": 8, "intermediate_size_mlp": 64, "num_local_experts": 2}
    configs: dict[str, tuple[Any, dict[str, Any]]] = {
        "llama": (LlamaConfig, shared | mlp),
        "qwen2": (Qwen2Config, shared | mlp | {"tie_word_embeddings": True}),
        "gpt2": (GPT2Config, shared),
        "gemma2": (Gemma2Config, shared | mlp | {"head_dim": 8, "sliding_window": 8}),
        "mistral": (MistralConfig, shared | mlp | {"sliding_window": 8}),
        "llama4": (Llama4TextConfig, shared | mlp | experts),
        "phimoe": (PhimoeConfig, shared | mlp | {"num_local_experts": 4}),
        "mamba": (MambaConfig, shared | {"state_size": 8}),
        "falcon_h1": (FalconH1Config, shared | mlp | state_space),
    }
    config, values = configs[architecture]
    auto: Any = AutoModelForCausalLM
    torch.manual_seed(seed)
    auto.from_config(config(**{**values, **changes})).save_pretrained(folder)


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a tiny random model folder: architecture, seed, BOS policy, extra tokens, config."""

    def make(
        architecture: str = "llama",
        *,
        seed: int = 0,
        bos: bool = True,
        extra: tuple[str, ...] = (),
        rows: int = 0,
        **changes: Any,
    ) -> Path:
        folder = tmp_path_factory.mktemp(architecture)
        vocabulary = _save_tokenizer(folder, bos=bos, extra=extra)
        _save_model(folder, architecture, vocabulary + rows, seed, changes)
        return folder

    return make


@pytest.fixture(scope="session")
def llama(make_model: Callable[..., Path]) -> Path:
    """A tiny Llama whose tokenizer adds a BOS; untied embeddings."""
    return make_model("llama")


@pytest.fixture(scope="session")
def qwen2(make_model: Callable[..., Path]) -> Path:
    """A tiny Qwen2 whose tokenizer adds no BOS; tied embeddings."""
    return make_model("qwen2", bos=False)


@pytest.fixture(scope="session")
def gpt2(make_model: Callable[..., Path]) -> Path:
    """A tiny GPT-2: learned absolute positions."""
    return make_model("gpt2", bos=False)


@pytest.fixture(scope="session")
def make_adapter(tmp_path_factory: pytest.TempPathFactory) -> MakeAdapter:
    """Make an adapter with random, non-zero weights on a model folder: base, peft config, seed."""

    def make(base: Path, config: Any, *, seed: int = 1, scale: float = 0.3) -> Path:
        import torch
        from peft import get_peft_model
        from transformers import AutoModelForCausalLM

        folder = tmp_path_factory.mktemp("adapter")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            model = AutoModelForCausalLM.from_pretrained(base)
            model = get_peft_model(model, config)
            with torch.no_grad():
                for parameter in model.parameters():
                    if parameter.requires_grad:
                        parameter.add_(torch.randn_like(parameter) * scale)
            model.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def lora(llama: Path, make_adapter: MakeAdapter) -> Path:
    """A LoRA adapter on the tiny Llama."""
    from peft import LoraConfig

    return make_adapter(
        llama, LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    )


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Copy a model folder, to be broken by a test."""

    def copy(folder: Path) -> Path:
        target = tmp_path_factory.mktemp("copy") / folder.name
        shutil.copytree(folder, target)
        return target

    return copy


@pytest.fixture(scope="session")
def edit_json() -> Callable[..., None]:
    """Change keys of a JSON file."""

    def edit(path: Path, **changes: Any) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


@pytest.fixture
def open_engine() -> OpenEngine:
    """Open an engine on a base folder and attach candidates, `name=folder`."""
    from pytest_ftevals.engines.transformers.engine import TransformersEngine

    def start(
        base: Path, settings: EngineSettings | None = None, **candidates: Path
    ) -> TransformersEngine:
        settings = settings or EngineSettings(device="cpu")
        engine = TransformersEngine(settings)
        engine.open(locate(str(base), name="base", role="base"))
        for name, folder in candidates.items():
            engine.attach(
                locate(
                    str(folder),
                    name=name,
                    role="candidate",
                    allow_pickle=name in settings.allow_pickle,
                )
            )
        return engine

    return start


@pytest.fixture(scope="session")
def answer() -> Callable[..., list[Response]]:
    """Answer encoded requests in one batch, in whatever order they are given."""

    def give(engine: Any, variant: str, encoded: Sequence[Encoded]) -> list[Response]:
        found: list[Response] = engine.answer(variant, batch_of(encoded))
        return found

    return give


@pytest.fixture(scope="session")
def ask() -> Callable[..., Request]:
    """Make a generation request: a prompt or (role, content) pairs, and decoding settings."""

    def make(prompt: str | list[tuple[str, str]], **decode: Any) -> Request:
        return Request(
            kind="generate",
            prompt=prompt
            if isinstance(prompt, str)
            else tuple(Message(role=role, content=content) for role, content in prompt),
            decode=Decode(**{"max_new_tokens": 12, **decode}),
        )

    return make


@pytest.fixture(scope="session")
def rate() -> Callable[..., Request]:
    """Make a log-likelihood request: a prompt and its continuations."""

    def make(prompt: str, *continuations: str) -> Request:
        return Request(kind="loglikelihood", prompt=prompt, continuations=continuations)

    return make
