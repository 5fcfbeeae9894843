"""What weights take, what fits, and what is free again once a variant is released."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.request import Kind
from pytest_ftevals.engines.models import locate
from pytest_ftevals.engines.settings import EngineSettings

FREE = "pytest_ftevals.engines.transformers.memory.free_memory"


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gpt2"])
def test_weights_are_estimated_from_files(
    architecture: str, dtype: str, request: pytest.FixtureRequest
) -> None:
    """To what the parameters take once they are loaded, in another dtype than the files'."""
    import torch
    from transformers import AutoModelForCausalLM

    from pytest_ftevals.engines.transformers.memory import weights_bytes

    folder: Path = request.getfixturevalue(architecture)
    chosen = getattr(torch, dtype)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=chosen)
    real = sum(parameter.nbytes for parameter in model.parameters())
    variant = locate(str(folder), name="base", role="base")
    assert weights_bytes(variant, chosen) == real


def test_pickled_weights_count_as_their_files(llama: Path, copied: Any) -> None:
    """Their headers cannot be read without running them."""
    import torch
    from safetensors.torch import load_file

    from pytest_ftevals.engines.transformers.memory import weights_bytes

    folder = copied(llama)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    variant = locate(str(folder), name="base", role="base", allow_pickle=True)
    assert weights_bytes(variant, torch.float32) == (folder / "pytorch_model.bin").stat().st_size


def test_what_fits_is_counted(
    llama: Path,
    lora: Path,
    make_model: Any,
    make_adapter: Any,
    open_engine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Full models, adapters, bases of their own, what is loaded, and a base that was released."""
    import torch
    from peft import IA3Config

    from pytest_ftevals.engines.transformers.memory import weights_bytes

    def variant(name: str, folder: Path) -> Any:
        return locate(str(folder), name=name, role="candidate")

    modules = ["k_proj", "v_proj", "down_proj"]
    config = IA3Config(
        target_modules=modules, feedforward_modules=modules[2:], task_type="CAUSAL_LM"
    )
    tuned, small = variant("tuned", make_model("llama", seed=7)), variant("lora", lora)
    other = variant("ia3", make_adapter(llama, config))
    size = weights_bytes(tuned, torch.float32)
    adapters = weights_bytes(small, torch.float32) + weights_bytes(other, torch.float32)
    engine = open_engine(llama)

    def needed(*candidates: Any) -> int:
        """Return the least memory that holds them."""
        low, high = 0, 10 * size
        while low < high:
            middle = (low + high) // 2
            monkeypatch.setattr(FREE, lambda _device, free=middle: free)
            low, high = (low, middle) if engine.holds(candidates) else (middle + 1, high)
        return low

    share = 0.9
    assert needed() == 0
    assert needed(tuned) == pytest.approx(size / share, abs=2)
    assert needed(small) == pytest.approx(weights_bytes(small, torch.float32) / share, abs=2)
    # Adapters of two types: peft puts one type on a model, the other has a base of its own.
    assert needed(small, other) == pytest.approx((size + adapters) / share, abs=2)
    engine.attach(tuned)
    assert needed(tuned) == 0
    engine.release("base")
    assert needed(tuned) == pytest.approx(size / share, abs=2)


def test_a_device_map_says_itself_what_goes_where(
    llama: Path, make_model: Any, open_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several devices and the disk there is no one memory to look at."""
    engine = open_engine(llama, EngineSettings(device_map={"": "cpu"}))
    monkeypatch.setattr(FREE, lambda _device: 0)
    assert engine.holds([locate(str(make_model("llama")), name="m", role="candidate")])


def test_prefixes_take_a_share_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is said how much."""
    import torch

    from pytest_ftevals.engines.transformers.memory import free_memory, prefix_limit

    cpu = torch.device("cpu")
    assert free_memory(cpu) > 2**20
    monkeypatch.setattr(FREE, lambda _device: 1000)
    assert prefix_limit(cpu, None) == 250
    assert prefix_limit(cpu, 7) == 7
    assert prefix_limit(cpu, 0) == 0


def test_released_models_are_gone_and_come_back(
    llama: Path, lora: Path, make_model: Any, open_engine: Any, ask: Any, answer: Any
) -> None:
    """Their tensors too; the base returns with its adapters, to the same answers."""
    engine = open_engine(llama, lora=lora, tuned=make_model("llama", seed=7))
    encoded = engine.encode([ask("The quick brown fox")])
    before = {name: answer(engine, name, encoded) for name in ("base", "lora", "tuned")}
    fleet = engine._opened()[0]
    models = {name: weakref.ref(fleet.network(name).inner) for name in ("base", "tuned")}
    engine.release("tuned")
    gc.collect()
    assert models["tuned"]() is None
    assert models["base"]() is not None
    engine.release("base")
    gc.collect()
    assert models["base"]() is None
    assert answer(engine, "lora", encoded) == before["lora"]
    assert answer(engine, "base", encoded) == before["base"]
    tuned = make_model("llama", seed=7)
    engine.attach(locate(str(tuned), name="tuned", role="candidate"))
    assert answer(engine, "tuned", encoded) == before["tuned"]


@pytest.mark.parametrize("kind", ["loglikelihood", "generate"])
def test_batches_follow_the_device(
    llama: Path, open_engine: Any, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """By its whole memory, never by what is free now; a larger one takes no less."""
    import torch

    from pytest_ftevals.engines.transformers.memory import batch_tokens

    assert open_engine(llama).batch_tokens(kind) == batch_tokens(torch.device("cpu"), kind)
    sizes = []
    for total in (2**30, 2**33, 2**36, 2**40):
        monkeypatch.setattr(
            "torch.cuda.get_device_properties",
            lambda _device, total=total: type("Properties", (), {"total_memory": total}),
        )
        sizes.append(batch_tokens(torch.device("cuda"), kind))
    assert sizes == sorted(sizes)
    assert sizes[0] >= batch_tokens(torch.device("cpu"), kind)
    assert sizes[-1] == sizes[-2]
