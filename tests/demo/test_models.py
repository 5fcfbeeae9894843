"""The bundled models are small, safe to load, and free of traces of the machine they come from."""

import json
import re
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "evalsuites" / "demo"
MODELS = DEMO / "models"
LARGEST = 10_000_000
ADAPTERS = ("good", "forgetful")


def files() -> list[Path]:
    """List all files of all models."""
    return [path for path in sorted(MODELS.rglob("*")) if path.is_file()]


def test_all_models_together_are_small() -> None:
    """A clone of the repository stays quick."""
    assert 0 < sum(path.stat().st_size for path in files()) <= LARGEST


def test_weights_are_safetensors_only() -> None:
    """Nothing here can run code when it is loaded."""
    suffixes = {path.suffix for path in files()}
    assert suffixes <= {".safetensors", ".json", ".jinja", ".md"}
    for folder in ("base", *ADAPTERS):
        assert list((MODELS / folder).glob("*.safetensors")), folder


def test_no_file_names_an_absolute_path() -> None:
    """Configurations are the same wherever they were made."""
    for path in files():
        if path.suffix != ".safetensors":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r'"(/[\w.-]+){2,}|"[A-Za-z]:\\\\|/(home|root|tmp|work)/', text), (
                path
            )


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapter_names_its_base_by_place(name: str) -> None:
    """The base of an adapter is a folder of this repository."""
    config = json.loads((MODELS / name / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == "evalsuites/demo/models/base"
    assert (DEMO.parents[1] / config["base_model_name_or_path"] / "config.json").is_file()
    assert config["target_modules"] == sorted(config["target_modules"])


@pytest.mark.slow
def test_tokenizer_puts_one_bos_before_a_text() -> None:
    """Plain text gets one BOS from the tokenizer, a chat gets it from the template."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODELS / "base")
    assert tokenizer.is_fast
    assert tokenizer("Question: who?")["input_ids"].count(tokenizer.bos_token_id) == 1
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Who?"}], tokenize=False, add_generation_prompt=True
    )
    assert chat == "<|bos|><|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.decode([tokenizer.eos_token_id]) == "<|im_end|>"
    assert tokenizer.decode(tokenizer("Grüße, Ø 5 €!", add_special_tokens=False)["input_ids"]) == (
        "Grüße, Ø 5 €!"
    )
