"""Full models as candidates, and loading: what is refused and why."""

import json
import logging as levels
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Numerics
from pytest_ftevals.engines.models import locate
from pytest_ftevals.engines.settings import EngineSettings

SETTINGS = EngineSettings(device="cpu")


def test_full_candidate_answers_as_itself(
    llama: Path, make_model: Any, open_engine: Any, ask: Any, answer: Any
) -> None:
    """Beside the base it says what it says alone."""
    other = make_model("llama", seed=7)
    engine = open_engine(llama)
    assert not engine.attach(locate(str(other), name="tuned", role="candidate"))
    encoded = engine.encode([ask("The quick brown fox")])
    assert answer(engine, "tuned", encoded) == answer(open_engine(other), "base", encoded)
    assert answer(engine, "tuned", encoded) != answer(engine, "base", encoded)


def test_end_tokens_of_a_full_candidate_are_its_own(
    llama: Path,
    make_model: Any,
    open_engine: Any,
    ask: Any,
    edit_json: Any,
    copied: Any,
    answer: Any,
) -> None:
    """Its generation_config ends its replies beside the base's, and none but its own."""
    other = make_model("llama", seed=7)
    engine = open_engine(llama, tuned=other)
    encoded = engine.encode([ask("The quick brown fox")])
    (free,) = answer(engine, "tuned", encoded)
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(llama)
    ids = tokenizer(free.text, add_special_tokens=False)["input_ids"]
    edit_json(other / "generation_config.json", eos_token_id=ids)
    engine = open_engine(llama, tuned=other)
    assert answer(engine, "tuned", encoded)[0].finish == "stop"
    assert answer(engine, "base", encoded) == answer(open_engine(llama), "base", encoded)
    base = copied(llama)
    edit_json(base / "generation_config.json", eos_token_id=ids)
    edit_json(other / "generation_config.json", eos_token_id=1)
    assert answer(open_engine(base, tuned=other), "tuned", encoded)[0].finish == "stop"


def test_same_weights_change_nothing(llama: Path, copied: Any, open_engine: Any) -> None:
    """A copy of the base is no candidate."""
    with pytest.raises(FtevalsError, match=r"same .*: changes nothing"):
        open_engine(llama, same=copied(llama))


def test_other_vocabulary_is_refused(llama: Path, make_model: Any, open_engine: Any) -> None:
    """The same ids would mean other words."""
    other = make_model("llama", seed=7, extra=("<|tool|>",))
    with pytest.raises(FtevalsError, match="its vocabulary is another one") as caught:
        open_engine(llama, grown=other)
    assert f"--ftevals-tokenizer {other}" in str(caught.value)


def test_padding_token_of_its_own_is_no_other_vocabulary(
    llama: Path, make_model: Any, open_engine: Any, edit_json: Any, rate: Any, answer: Any
) -> None:
    """Training scripts add one so often, and it is never fed."""
    other = make_model("llama", seed=7, extra=("<|pad|>",))
    padding = {"pad_token": "<|pad|>"}
    edit_json(other / "tokenizer_config.json", **padding)
    path = other / "tokenizer.json"
    raw = json.loads(path.read_text())
    plain = json.loads((llama / "tokenizer.json").read_text())
    raw["model"] = plain["model"]
    raw["added_tokens"] = plain["added_tokens"] + [
        token | {"id": len(plain["model"]["vocab"])}
        for token in raw["added_tokens"]
        if token["content"] == "<|pad|>"
    ]
    path.write_text(json.dumps(raw))
    engine = open_engine(llama, padded=other)
    (response,) = answer(engine, "padded", engine.encode([rate("Answer:", " A")]))
    assert response.error is None


def test_pickled_weights_are_not_a_fallback(llama: Path, copied: Any) -> None:
    """Even where nothing looked at the folder before."""
    import torch
    from safetensors.torch import load_file

    from pytest_ftevals.engines.transformers.load import load_model

    folder = copied(llama)
    base = locate(str(folder), name="base", role="base")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(FtevalsError, match="transformers cannot load it"):
        load_model(base, SETTINGS)
    allowed = EngineSettings(device="cpu", allow_pickle=frozenset({"base"}))
    assert load_model(base, allowed).dtype == torch.float32


def test_smaller_embedding_is_refused(llama: Path, make_model: Any, open_engine: Any) -> None:
    """Ids beyond its rows would fail in the middle of a run."""
    other = make_model("llama", seed=7, rows=-8)
    with pytest.raises(FtevalsError, match="has 352 embeddings, but the tokenizer"):
        open_engine(llama, small=other)


def test_nan_weights_are_refused(llama: Path, make_model: Any, open_engine: Any) -> None:
    """Whichever model has them is named."""
    from safetensors.torch import load_file, save_file

    other = make_model("llama", seed=7)
    weights = load_file(other / "model.safetensors")
    weights["model.norm.weight"][3] = float("nan")
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FtevalsError, match=r"broken .*: its logits are NaN"):
        open_engine(llama, broken=other)
    with pytest.raises(FtevalsError, match=r"base .*: its logits are NaN"):
        open_engine(other)


def test_missing_weights_are_refused(llama: Path, copied: Any, open_engine: Any) -> None:
    """Otherwise transformers would fill them with random numbers and only log it."""
    from safetensors.torch import load_file, save_file

    folder = copied(llama)
    weights = load_file(folder / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FtevalsError, match=r"1 weights are missing.*lm_head\.weight"):
        open_engine(folder)


def test_model_that_does_not_load_says_why(
    llama: Path, copied: Any, open_engine: Any, edit_json: Any
) -> None:
    """The library's first line, and where."""
    folder = copied(llama)
    edit_json(folder / "config.json", model_type="tomorrow")
    with pytest.raises(FtevalsError, match=r"transformers cannot load it.*tomorrow|no tokenizer"):
        open_engine(folder)


def test_encoder_decoder_is_refused(llama: Path, copied: Any, open_engine: Any) -> None:
    """Only causal models can be asked."""
    from transformers import T5Config

    folder = copied(llama)
    T5Config(d_model=8, num_layers=1, num_heads=2).save_pretrained(folder)
    settings = EngineSettings(device="cpu", tokenizer=llama)
    with pytest.raises(FtevalsError, match="encoder-decoder model"):
        open_engine(folder, settings)


def test_folder_without_tokenizer_names_the_option(
    llama: Path, copied: Any, open_engine: Any, ask: Any, answer: Any
) -> None:
    """With the option the folder works."""
    folder = copied(llama)
    for path in folder.glob("*token*"):
        path.unlink()
    with pytest.raises(FtevalsError, match="--ftevals-tokenizer"):
        open_engine(folder)
    engine = open_engine(folder, EngineSettings(device="cpu", tokenizer=llama))
    encoded = engine.encode([ask("yes")])
    assert answer(engine, "base", encoded) == answer(open_engine(llama), "base", encoded)


def test_numerics_say_what_was_resolved(llama: Path) -> None:
    """Never `auto`."""
    from pytest_ftevals.engines.transformers.engine import TransformersEngine

    base = locate(str(llama), name="base", role="base")
    assert TransformersEngine(SETTINGS).open(base) == Numerics(
        device="cpu", dtype="float32", attention="sdpa"
    )
    chosen = EngineSettings(device="cpu", dtype="bfloat16", attention="eager")
    assert TransformersEngine(chosen).open(base) == Numerics(
        device="cpu", dtype="bfloat16", attention="eager"
    )


def test_candidates_run_in_the_base_dtype(
    llama: Path, lora: Path, make_model: Any, open_engine: Any, copied: Any
) -> None:
    """Base and candidates differ in one thing, whatever dtype a candidate was saved in."""
    import torch

    settings = EngineSettings(device="cpu", dtype="bfloat16")
    engine = open_engine(llama, settings, tuned=make_model("llama", seed=7), lora=lora)
    fleet = engine._open[0]
    assert fleet.network("tuned").inner.dtype == torch.bfloat16
    half = copied(fleet.network("tuned").variant.folder)
    fleet.network("tuned").inner.save_pretrained(half)
    assert json.loads((half / "config.json").read_text())["dtype"] == "bfloat16"
    own = open_engine(llama, tuned=half)._open[0].network("tuned")
    assert own.inner.dtype == torch.float32
    dtypes = {parameter.dtype for parameter in fleet.network("lora").first.parameters()}
    assert dtypes == {torch.bfloat16}


def test_device_map_is_passed_on(
    llama: Path, lora: Path, open_engine: Any, ask: Any, answer: Any
) -> None:
    """Placed by accelerate, the answers stay."""
    settings = EngineSettings(device_map={"": "cpu"})
    engine = open_engine(llama, settings, lora=lora)
    encoded = engine.encode([ask("yes")])
    assert answer(engine, "lora", encoded) == answer(open_engine(llama, lora=lora), "lora", encoded)


@pytest.mark.parametrize(
    ("changes", "piece"),
    [
        ({"device": "toaster"}, "--ftevals-device"),
        ({"device": "cuda:99"}, "--ftevals-device"),
        ({"dtype": "float3"}, "bfloat16"),
        ({"quantization": {"quant_method": "tomorrow"}}, "--ftevals-quantization"),
        ({"attention": "tomorrow"}, "tomorrow"),
    ],
)
def test_options_that_cannot_work(
    llama: Path, open_engine: Any, changes: dict[str, Any], piece: str
) -> None:
    """The option or its valid values are named."""
    with pytest.raises(FtevalsError, match=piece):
        open_engine(llama, EngineSettings(**{"device": "cpu", **changes}))


def test_close_frees_and_forgets(llama: Path, open_engine: Any) -> None:
    """A closed engine answers nothing."""
    engine = open_engine(llama)
    engine.close()
    with pytest.raises(RuntimeError, match="open"):
        engine.encode([])


def test_precision_of_the_user_comes_back(llama: Path, open_engine: Any) -> None:
    """float32 means float32 while the engine computes, and only then."""
    import torch

    from pytest_ftevals.engines.transformers.numerics import ieee_float32

    matmul: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    try:
        matmul.fp32_precision = "bf16"
        with ieee_float32():
            assert matmul.fp32_precision == "ieee"
        open_engine(llama)
        assert matmul.fp32_precision == "bf16"
    finally:
        matmul.fp32_precision = before


def test_loading_is_silent(
    llama: Path, lora: Path, open_engine: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """No bar, no line, and the user's own settings afterwards."""
    from transformers.utils import logging

    enable: Any = logging.enable_progress_bar
    enable()
    logging.set_verbosity(levels.INFO)
    try:
        capfd.readouterr()
        open_engine(llama, lora=lora)
        assert capfd.readouterr() == ("", "")
        assert logging.get_verbosity() == levels.INFO
        assert logging.is_progress_bar_enabled()
    finally:
        logging.set_verbosity(levels.WARNING)
