"""Adapters on one base: kinds, switching, the canary, and every mistake by its name."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Request

PROMPTS = ("The quick brown fox", "Question: What is the capital of France?\nAnswer:")


@pytest.fixture
def replies(
    ask: Callable[..., Request], rate: Callable[..., Request], answer: Any
) -> Callable[..., Any]:
    """All that a variant answers to a few requests of both kinds, in exact numbers."""

    def answers(engine: Any, variant: str) -> Any:
        generated = answer(engine, variant, engine.encode([ask(prompt) for prompt in PROMPTS]))
        rated = answer(engine, variant, engine.encode([rate(PROMPTS[1], " Paris", " A")]))
        assert not any(response.error for response in (*generated, *rated))
        return generated, rated

    return answers


def lora_config(**changes: Any) -> Any:
    """LoRA on the attention, changed as a test wants it."""
    from peft import LoraConfig

    return LoraConfig(
        **{"r": 4, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", **changes}
    )


def ia3_config() -> Any:
    """IA3: learned vectors instead of matrices."""
    from peft import IA3Config

    return IA3Config(
        target_modules=["k_proj", "v_proj", "down_proj"],
        feedforward_modules=["down_proj"],
        task_type="CAUSAL_LM",
    )


def prompt_config() -> Any:
    """Prompt tuning: five virtual tokens before the prompt."""
    from peft import PromptTuningConfig

    return PromptTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM")


def prefix_config() -> Any:
    """Prefix tuning: five virtual positions in every layer's cache."""
    from peft import PrefixTuningConfig

    # Two key-value heads of eight, not the four query heads that peft would guess.
    return PrefixTuningConfig(
        num_virtual_tokens=5, task_type="CAUSAL_LM", token_dim=16, num_attention_heads=2
    )


KINDS: dict[str, Callable[[], Any]] = {
    "lora": lora_config,
    "rslora": lambda: lora_config(use_rslora=True, target_modules="all-linear"),
    "dora": lambda: lora_config(use_dora=True),
    "modules_to_save": lambda: lora_config(modules_to_save=["lm_head"]),
    "saved_embeddings": lambda: lora_config(modules_to_save=["embed_tokens"]),
    "trained_tokens": lambda: lora_config(
        target_modules=["v_proj"], trainable_token_indices=[5, 350], init_lora_weights=True
    ),
    "ia3": ia3_config,
    "prompt_tuning": prompt_config,
    "prefix_tuning": prefix_config,
}


def naive_logits(base: Path, adapter: Path, ids: tuple[int, ...]) -> Any:
    """Return the last logits as peft itself gives them, alone and unbatched."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: Any = AutoModelForCausalLM.from_pretrained(base)
        model = PeftModel.from_pretrained(model, str(adapter))
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0, -1].float()


@pytest.mark.parametrize("kind", KINDS)
def test_kind_shares_the_base_and_answers_as_peft_does(
    kind: str,
    llama: Path,
    make_adapter: Any,
    open_engine: Any,
    replies: Any,
    rate: Any,
    answer: Any,
) -> None:
    """Each kind is switched on the one base, with peft's own numbers."""
    import torch

    from pytest_ftevals.engines.models import locate

    folder = make_adapter(llama, KINDS[kind]())
    engine = open_engine(llama)
    before = replies(engine, "base")
    assert engine.attach(locate(str(folder), name="v1.2", role="candidate"))
    assert replies(engine, "base") == before
    assert replies(engine, "v1.2") != before
    (encoded,) = engine.encode([rate("Answer:", " A", " B")])
    (response,) = answer(engine, "v1.2", [encoded])
    table = torch.log_softmax(naive_logits(llama, folder, encoded.sequences[0][:-1]), dim=-1)
    for choice, sequence in zip(response.choices, encoded.sequences, strict=True):
        assert choice.logprob == pytest.approx(float(table[sequence[-1]]), abs=1e-5)


@pytest.mark.parametrize("kind", ["lora", "prompt_tuning", "prefix_tuning"])
def test_adapter_generates_as_repeated_whole_passes_do(
    kind: str, llama: Path, make_adapter: Any, open_engine: Any, ask: Any, answer: Any
) -> None:
    """The cache and the batch change nothing; virtual tokens are there but once."""
    folder = make_adapter(llama, KINDS[kind]())
    engine = open_engine(llama, tuned=folder)
    encoded = engine.encode([ask(prompt, max_new_tokens=6) for prompt in PROMPTS])
    responses = answer(engine, "tuned", encoded)
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(llama)
    for item, response in zip(encoded, responses, strict=True):
        ids = item.prompt_ids
        for _ in range(response.new_tokens):
            ids += (int(naive_logits(llama, folder, ids).argmax()),)
        expected = tokenizer.decode(ids[len(item.prompt_ids) :], skip_special_tokens=True)
        assert response.text == expected


def test_virtual_tokens_are_skipped_where_all_logits_come(
    llama: Path,
    make_adapter: Any,
    open_engine: Any,
    rate: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
) -> None:
    """Prompt tuning on an architecture that cannot be told which positions matter."""
    folder = make_adapter(llama, prompt_config())

    def logprobs() -> list[float]:
        engine = open_engine(llama, tuned=folder)
        encoded = engine.encode([rate("Answer:", " A", " the capital")])
        return [choice.logprob for choice in answer(engine, "tuned", encoded)[0].choices]

    marked = logprobs()
    monkeypatch.setattr(
        "pytest_ftevals.engines.transformers.fleet.supports_marks", lambda _model: False
    )
    assert logprobs() == pytest.approx(marked, abs=1e-5)


def test_several_adapters_answer_as_if_alone(
    llama: Path, make_adapter: Any, open_engine: Any, replies: Any
) -> None:
    """Switching to and fro leaves no trace, whatever the adapters are called."""
    folders = {
        "a": make_adapter(llama, lora_config(), seed=1),
        "b.c/d": make_adapter(llama, lora_config(modules_to_save=["lm_head"]), seed=2),
        "lora": make_adapter(llama, lora_config(use_dora=True, target_modules=["up_proj"]), seed=3),
    }
    alone = {
        name: replies(open_engine(llama, **{name: folder}), name)
        for name, folder in folders.items()
    }
    engine = open_engine(llama, **folders)
    base = replies(open_engine(llama), "base")
    for name in ("a", "lora", "a", "b.c/d", "lora", "b.c/d"):
        assert replies(engine, name) == alone[name]
        assert replies(engine, "base") == base


def test_another_type_of_adapter_gets_a_base_of_its_own(
    llama: Path, lora: Path, make_adapter: Any, open_engine: Any, replies: Any
) -> None:
    """One peft wrapper holds one type; the second type costs memory, not truth."""
    from pytest_ftevals.engines.models import locate

    other = make_adapter(llama, ia3_config())
    alone = replies(open_engine(llama, ia3=other), "ia3")
    engine = open_engine(llama, lora=lora)
    before = replies(engine, "lora"), replies(engine, "base")
    assert not engine.attach(locate(str(other), name="ia3", role="candidate"))
    assert replies(engine, "ia3") == alone
    assert (replies(engine, "lora"), replies(engine, "base")) == before


@pytest.fixture
def pissa(llama: Path, tmp_path: Path) -> Path:
    """A PiSSA adapter as training leaves it: loading it takes its part out of the base weights."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(5)
    model: Any = AutoModelForCausalLM.from_pretrained(llama)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = get_peft_model(model, lora_config(init_lora_weights="pissa"))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.mul_(1.3)
    model.peft_config["default"].init_lora_weights = "pissa"
    model.save_pretrained(tmp_path / "pissa")
    return tmp_path / "pissa"


def test_adapter_that_changes_the_base_gets_its_own(
    llama: Path, lora: Path, pissa: Path, open_engine: Any, replies: Any, rate: Any, answer: Any
) -> None:
    """The canary: the base and the adapter before it must come back bit for bit."""
    import torch

    from pytest_ftevals.engines.models import locate

    engine = open_engine(llama, lora=lora)
    before = replies(engine, "lora"), replies(engine, "base")
    assert not engine.attach(locate(str(pissa), name="pissa", role="candidate"))
    assert (replies(engine, "lora"), replies(engine, "base")) == before
    assert replies(engine, "pissa") != before[1]
    (encoded,) = engine.encode([rate("Answer:", " A")])
    (response,) = answer(engine, "pissa", [encoded])
    table = torch.log_softmax(naive_logits(llama, pissa, encoded.sequences[0][:-1]), dim=-1)
    expected = float(table[encoded.sequences[0][-1]])
    assert response.choices[0].logprob == pytest.approx(expected, abs=1e-4)
    assert (replies(engine, "lora"), replies(engine, "base")) == before


def test_restored_base_has_the_same_bits(llama: Path, pissa: Path, open_engine: Any) -> None:
    """The logits themselves are compared, not only what is read off them."""
    import torch

    from pytest_ftevals.engines.models import locate
    from pytest_ftevals.engines.transformers.probe import probe_logits

    engine = open_engine(llama)
    fleet = engine._open[0]
    before = probe_logits(fleet.network("base"), fleet._probe)
    engine.attach(locate(str(pissa), name="pissa", role="candidate"))
    assert torch.equal(before, probe_logits(fleet.network("base"), fleet._probe))


def test_trained_biases_do_not_reach_the_base(
    qwen2: Path, make_adapter: Any, open_engine: Any, replies: Any
) -> None:
    """Biases are kept by peft in the base's own parameters, out of switching's reach."""
    from pytest_ftevals.engines.models import locate

    folder = make_adapter(qwen2, lora_config(bias="all"))
    engine = open_engine(qwen2)
    before = replies(engine, "base")
    assert not engine.attach(locate(str(folder), name="biased", role="candidate"))
    assert replies(engine, "base") == before


def test_failed_attach_leaves_the_others_alone(
    llama: Path, lora: Path, make_adapter: Any, open_engine: Any, replies: Any
) -> None:
    """Half an adapter may be left in the model; nobody sees it."""
    from pytest_ftevals.engines.models import locate

    engine = open_engine(llama, lora=lora)
    before = replies(engine, "lora"), replies(engine, "base")
    untrained = make_adapter(llama, lora_config(), scale=0.0)
    with pytest.raises(FtevalsError):
        engine.attach(locate(str(untrained), name="zero", role="candidate"))
    assert (replies(engine, "lora"), replies(engine, "base")) == before


def test_untrained_adapter_changes_nothing(
    llama: Path, make_adapter: Any, open_engine: Any
) -> None:
    """A LoRA whose B is zero is a mistake, not a draw."""
    folder = make_adapter(llama, lora_config(), scale=0.0)
    with pytest.raises(FtevalsError, match=r"zero .*: changes nothing") as caught:
        open_engine(llama, zero=folder)
    assert str(folder) in str(caught.value)


def test_token_training_counts_where_its_tokens_are(
    llama: Path, make_adapter: Any, open_engine: Any, rate: Any, answer: Any
) -> None:
    """An adapter that trains one rare input embedding is no adapter that changes nothing."""
    from peft import TrainableTokensConfig

    config = TrainableTokensConfig(
        token_indices=[333], target_modules=["embed_tokens"], task_type="CAUSAL_LM"
    )
    engine = open_engine(llama, tokens=make_adapter(llama, config))
    (response,) = answer(engine, "tokens", engine.encode([rate("Answer:", " A")]))
    assert response.error is None


def test_adapter_of_another_width_names_parameter_and_shapes(
    llama: Path, open_engine: Any, edit_json: Any, copied: Any, lora: Path
) -> None:
    """The message speaks the adapter's and the model's own names."""
    from safetensors.torch import load_file, save_file

    folder = copied(lora)
    weights = load_file(folder / "adapter_model.safetensors")
    name = next(name for name in sorted(weights) if "q_proj.lora_A" in name)
    weights[name] = weights[name][:, :16].contiguous()
    save_file(weights, folder / "adapter_model.safetensors")
    edit_json(folder / "adapter_config.json", base_model_name_or_path="org/other")
    with pytest.raises(FtevalsError) as caught:
        open_engine(llama, narrow=folder)
    message = str(caught.value)
    assert "narrow" in message
    assert "q_proj.lora_A.weight has shape (4, 32) here, (4, 16) in the adapter" in message
    assert "org/other" in message
    assert "ftevals0" not in message


def test_adapter_for_other_modules_names_them(gpt2: Path, lora: Path, open_engine: Any) -> None:
    """A LoRA for Llama's projections finds none in GPT-2."""
    with pytest.raises(FtevalsError, match=r"does not fit this base.*q_proj"):
        open_engine(gpt2, lora=lora)


def test_adapter_of_a_deeper_model_is_refused(
    llama: Path, lora: Path, open_engine: Any, copied: Any
) -> None:
    """Weights that have no place are dropped by peft without a word."""
    from safetensors.torch import load_file, save_file

    folder = copied(lora)
    weights = load_file(folder / "adapter_model.safetensors")
    extra = {
        name.replace("layers.1.", "layers.7."): tensor.clone() for name, tensor in weights.items()
    }
    save_file({**extra, **weights}, folder / "adapter_model.safetensors")
    with pytest.raises(FtevalsError, match=r"no place in this base.*layers\.7"):
        open_engine(llama, deep=folder)


def test_adapter_that_lacks_weights_is_refused(
    llama: Path, lora: Path, open_engine: Any, copied: Any
) -> None:
    """Here peft only warns, and runs on with random numbers."""
    from safetensors.torch import load_file, save_file

    folder = copied(lora)
    weights = load_file(folder / "adapter_model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layers.1." not in name}
    save_file(kept, folder / "adapter_model.safetensors")
    with pytest.raises(FtevalsError, match=r"lacks weights.*4 in all.*layers\.1"):
        open_engine(llama, shallow=folder)


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_broken_weights_are_named_with_their_file(
    llama: Path, lora: Path, open_engine: Any, copied: Any, value: str
) -> None:
    """The tensor and the file, before anything is attached."""
    from safetensors.torch import load_file, save_file

    folder = copied(lora)
    weights = load_file(folder / "adapter_model.safetensors")
    name = min(weights)
    weights[name][0, 0] = float(value)
    save_file(weights, folder / "adapter_model.safetensors")
    with pytest.raises(FtevalsError, match="NaN or infinite") as caught:
        open_engine(llama, broken=folder)
    assert name in str(caught.value)
    assert "adapter_model.safetensors" in str(caught.value)


def test_truncated_weights_cannot_be_read(
    llama: Path, lora: Path, open_engine: Any, copied: Any
) -> None:
    """A file that was cut off is named."""
    folder = copied(lora)
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FtevalsError, match="cannot be read"):
        open_engine(llama, cut=folder)


def test_classifier_adapter_is_refused(
    llama: Path, lora: Path, open_engine: Any, copied: Any, edit_json: Any
) -> None:
    """An adapter for classification has no text to generate."""
    folder = copied(lora)
    edit_json(folder / "adapter_config.json", task_type="SEQ_CLS")
    with pytest.raises(FtevalsError, match="trained for SEQ_CLS"):
        open_engine(llama, classifier=folder)


def test_unknown_adapter_type_is_refused(
    llama: Path, lora: Path, open_engine: Any, copied: Any, edit_json: Any
) -> None:
    """A type that this peft does not know is named by peft."""
    folder = copied(lora)
    edit_json(folder / "adapter_config.json", peft_type="TOMORROW")
    with pytest.raises(FtevalsError, match="peft cannot read it"):
        open_engine(llama, future=folder)


def test_adapter_with_added_tokens_is_refused_with_advice(
    llama: Path, make_model: Any, make_adapter: Any, open_engine: Any
) -> None:
    """Embeddings of another vocabulary do not fit; merging does."""
    bigger = make_model("llama", rows=8)
    folder = make_adapter(bigger, lora_config(modules_to_save=["embed_tokens", "lm_head"]))
    with pytest.raises(FtevalsError, match="added tokens") as caught:
        open_engine(llama, grown=folder)
    assert "(360, 32) here, (368, 32) in the adapter" in " ".join(str(caught.value).split())


def test_pickled_adapter_loads_once_allowed(
    llama: Path, lora: Path, open_engine: Any, copied: Any, replies: Any
) -> None:
    """The same weights answer the same, pickled or not."""
    import torch
    from safetensors.torch import load_file

    from pytest_ftevals.engines.settings import EngineSettings

    folder = copied(lora)
    torch.save(load_file(folder / "adapter_model.safetensors"), folder / "adapter_model.bin")
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(FtevalsError, match="--ftevals-allow-pickle old"):
        open_engine(llama, old=folder)
    settings = EngineSettings(device="cpu", allow_pickle=frozenset({"old"}))
    engine = open_engine(llama, settings, old=folder)
    assert replies(engine, "old") == replies(open_engine(llama, lora=lora), "lora")


def test_window_leaves_room_for_virtual_tokens(
    llama: Path, make_adapter: Any, open_engine: Any, ask: Any, answer: Any
) -> None:
    """Virtual tokens take their places in the context window."""
    engine = open_engine(llama, tuned=make_adapter(llama, prompt_config()))
    (encoded,) = engine.encode([ask("yes", max_new_tokens=252)])
    room = 256 - len(encoded.prompt_ids)
    (encoded,) = engine.encode([ask("yes", max_new_tokens=room)])
    (response,) = answer(engine, "tuned", [encoded])
    assert response.error is not None
    assert "context window is 251" in response.error
