"""Adapters: packed where tokens are looked at one by one, else in rows, and exact in both."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ftevals.core.request import Request

if TYPE_CHECKING:
    from tests.engines.exact.conftest import Naive


def lora(**changes: Any) -> Any:
    """LoRA on the attention, changed as a kind wants it."""
    from peft import LoraConfig

    chosen = {"r": 4, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM"}
    return LoraConfig(**{**chosen, **changes})


def ia3() -> Any:
    """IA3 on keys, values and the way down."""
    from peft import IA3Config

    modules = ["k_proj", "v_proj", "down_proj"]
    return IA3Config(target_modules=modules, feedforward_modules=modules[2:], task_type="CAUSAL_LM")


def alora(base: Path) -> Any:
    """LoRA that begins to work where the row says `Answer`."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    return lora(alora_invocation_tokens=tokenizer("Answer", add_special_tokens=False)["input_ids"])


def prompt_tuning() -> Any:
    """Five virtual tokens before the prompt."""
    from peft import PromptTuningConfig

    return PromptTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM")


def prefix_tuning() -> Any:
    """Five virtual positions in every layer's cache."""
    from peft import PrefixTuningConfig

    return PrefixTuningConfig(
        num_virtual_tokens=5, task_type="CAUSAL_LM", token_dim=16, num_attention_heads=2
    )


PACKED: dict[str, Callable[[], Any]] = {
    "lora": lora,
    "dora": lambda: lora(use_dora=True),
    "ia3": ia3,
    "modules_to_save": lambda: lora(modules_to_save=["lm_head", "embed_tokens"]),
    "trained_tokens": lambda: lora(
        target_modules=["v_proj"], trainable_token_indices=[5, 350], init_lora_weights=True
    ),
}
UNPACKED: dict[str, Callable[[], Any]] = {
    "prompt_tuning": prompt_tuning,
    "prefix_tuning": prefix_tuning,
}


@pytest.mark.parametrize("kind", [*PACKED, *UNPACKED, "alora"])
def test_adapters_are_the_naive_way(
    kind: str,
    make_model: Any,
    make_adapter: Any,
    open_engine: Any,
    requests: list[Request],
    batched: Any,
    is_packed: Any,
    naive: "Naive",
) -> None:
    """Each kind, on a base whose embedding was resized; the base beside it too."""
    base = make_model("llama", rows=8)
    config = alora(base) if kind == "alora" else (PACKED | UNPACKED)[kind]()
    folder = make_adapter(base, config)
    engine = open_engine(base, tuned=folder)
    encoded = engine.encode(requests)
    for budget in (1, 100, 10**6):
        naive.compare(batched(engine, "tuned", encoded, budget), encoded, base, folder)
    naive.compare(batched(engine, "base", encoded, 10**6), encoded, base)
    assert is_packed(engine, "tuned") == (kind in PACKED)
    assert is_packed(engine, "base")
