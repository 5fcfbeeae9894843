"""What a reader should know of the models: another base, another chat template."""

from pathlib import Path

import pytest

from pytest_ftevals.core.variant import BASE, Variant
from pytest_ftevals.run.model_notes import model_notes
from pytest_ftevals.run.models import Models


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """A base with a chat template, and an adapter trained on it."""
    for name in ("base", "r8"):
        (tmp_path / name).mkdir()
    (tmp_path / "base" / "chat_template.jinja").write_text("{{ messages }}")
    base = Variant(name=BASE, kind="base", source="ORG/Llama@main", folder=tmp_path / "base")
    adapter = Variant(
        name="r8",
        kind="adapter",
        source="out/r8",
        folder=tmp_path / "r8",
        adapter={"base_model_name_or_path": "models/llama/"},
    )
    return Models(variants={BASE: base, "r8": adapter}, tokenizer="")


def test_a_fitting_adapter_needs_no_note(models: Models) -> None:
    """The same name on the hub and in a folder is the same base, as far as names tell."""
    assert list(model_notes(models, None)) == []


def test_another_base_is_said(models: Models) -> None:
    """An adapter of the same shapes, trained on another model, loads: names alone tell."""
    trained_on = {"base_model_name_or_path": "ORG/Llama-Instruct"}
    adapter = models.variants["r8"]
    other = Variant(
        name="r8", kind="adapter", source="r8", folder=adapter.folder, adapter=trained_on
    )
    found = Models(variants={BASE: models.variants[BASE], "r8": other}, tokenizer="")
    (note,) = model_notes(found, None)
    assert "r8 was trained on ORG/Llama-Instruct" in note
    assert "ran on ORG/Llama@main" in note


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("chat_template.jinja", "{{ other }}"),
        ("tokenizer_config.json", '{"chat_template": "{{ other }}"}'),
    ],
)
def test_a_chat_template_of_its_own_is_said(models: Models, file: str, text: str) -> None:
    """It is not used: base and candidates see the same tokens."""
    (models.variants["r8"].folder / file).write_text(text)
    (note,) = model_notes(models, None)
    assert "r8 comes with another chat template, which was not used" in note


def test_the_users_own_tokenizer_decides(models: Models, tmp_path: Path) -> None:
    """Asked through the adapter's own template, there is nothing to say of it."""
    (models.variants["r8"].folder / "chat_template.jinja").write_text("{{ other }}")
    assert list(model_notes(models, models.variants["r8"].folder)) == []
    assert len(list(model_notes(models, tmp_path / "base"))) == 1
