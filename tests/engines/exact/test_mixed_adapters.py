"""Adapters that peft cannot mix row by row are never asked to be, whatever stands beside them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.planning.batches import batch_of

KINDS: Mapping[str, Mapping[str, Any]] = {
    "saved_head": {"modules_to_save": ["lm_head"]},
    "trained_tokens": {"target_modules": ["v_proj"], "trainable_token_indices": [5, 6, 300]},
    "embeddings": {"target_modules": ["q_proj", "embed_tokens"]},
    "lora_bias": {"target_modules": ["v_proj"], "lora_bias": True},
    "dora": {"use_dora": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_stands_beside_plain_lora_all_reply_as_alone(
    kind: str, model_of: Callable[..., Path], make_adapter: Any, open_engine: Any, ask: Any
) -> None:
    """In teams where peft can mix them, alone where not."""
    from peft import LoraConfig

    base = model_of("llama")
    shared: dict[str, Any] = {"r": 4, "target_modules": ["q_proj"], "task_type": "CAUSAL_LM"}
    plain = make_adapter(base, LoraConfig(**shared))
    other = make_adapter(base, LoraConfig(**{**shared, **KINDS[kind]}), seed=3)
    engine = open_engine(base, plain=plain, other=other)
    batch = batch_of(engine.encode([ask(f"yes {n}", max_new_tokens=8) for n in range(6)]))
    teams = engine.teams(["base", "plain", "other"], "generate")
    assert sorted(name for team in teams for name in team) == ["base", "other", "plain"]
    for team in teams:
        if len(team) > 1:
            for name, replies in zip(team, engine.answer_jointly(team, batch), strict=True):
                assert replies == engine.answer(name, batch)


def test_layers_that_take_no_names_are_not_mixed(
    model_of: Callable[..., Path],
    make_adapter: Any,
    open_engine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On some quantised layers peft's forward has no room for them."""
    from peft import LoraConfig
    from peft.tuners.lora import Linear

    base = model_of("llama")
    config = LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM")
    engine = open_engine(base, tuned=make_adapter(base, config))
    assert engine.teams(["base", "tuned"], "generate") == [["base", "tuned"]]

    def narrow(self: Any, x: Any) -> Any:
        return self.base_layer(x)

    monkeypatch.setattr(Linear, "forward", narrow)
    assert engine.teams(["base", "tuned"], "generate") == [["base"], ["tuned"]]


def test_prefixes_of_a_team_stay_within_the_memory_for_them(
    model_of: Callable[..., Path], make_adapter: Any, open_engine: Any, ask: Any
) -> None:
    """Where they do not fit together, its variants answer one after the other."""
    from peft import LoraConfig

    from pytest_ftevals.engines.settings import EngineSettings
    from pytest_ftevals.engines.transformers.packing import token_bytes

    base = model_of("llama")
    config = LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM")
    tuned = make_adapter(base, config)
    stem = "The quick brown fox jumps over the lazy dog while the capital sleeps. " * 2
    roomy = open_engine(base, tuned=tuned)
    encoded = roomy.encode([ask(f"{stem}{n}", max_new_tokens=4) for n in range(4)])
    size = len(encoded[0].prompt_ids) - 2
    batch = batch_of(encoded, size)
    each = size * token_bytes(roomy._opened()[0].network("base"))
    tight = open_engine(
        base, EngineSettings(device="cpu", prefix_memory=int(1.5 * each)), tuned=tuned
    )
    assert tight.answer_jointly(["base", "tuned"], batch) == roomy.answer_jointly(
        ["base", "tuned"], batch
    )
    held = tight._shortcuts._prefixes
    assert held is not None
    assert held._size() <= 1.5 * each


def test_a_variant_that_avoids_shortcuts_does_so_when_attached_again(
    make_model: Any, open_engine: Any
) -> None:
    """A full model that was freed in its turn is the same model still."""
    from pytest_ftevals.engines.models import locate

    base, full = make_model("llama"), make_model("llama", seed=5)
    engine = open_engine(base, full=full)
    fleet = engine._opened()[0]
    assert engine._shortcuts.taken_by(fleet.network("full"))
    engine.avoid_shortcuts("full")
    engine.release("full")
    engine.attach(locate(str(full), name="full", role="candidate"))
    assert not engine._shortcuts.taken_by(fleet.network("full"))
