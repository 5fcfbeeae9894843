"""What of a candidate's own files was not used, or speaks of another base: said, not refused."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pytest_ftevals.core.variant import BASE
from pytest_ftevals.run.models import Models


def model_notes(models: Models, tokenizer: Path | None) -> Iterator[str]:
    """Yield a line for each thing a reader should know of; `tokenizer` is the user's own choice."""
    base = models.variants[BASE]
    asked_through = _chat_template(tokenizer or base.folder)
    for variant in models.variants.values():
        trained_on = variant.adapter.get("base_model_name_or_path")
        if isinstance(trained_on, str) and _short(trained_on) != _short(base.source):
            yield (
                f"{variant.name} was trained on {trained_on}, by its adapter_config.json, and ran "
                f"on {base.source}"
            )
        own = None if variant is base else _chat_template(variant.folder)
        if own is not None and own != asked_through:
            yield (
                f"{variant.name} comes with another chat template, which was not used: every "
                "variant is asked through one (--ftevals-tokenizer names it)"
            )


def _short(source: str) -> str:
    """Return the last part of a hub id or path, its revision left off."""
    return source.rstrip("/\\").replace("\\", "/").rpartition("/")[2].partition("@")[0].lower()


def _chat_template(folder: Path) -> str | None:
    """Return the chat template in a folder, from its own file or from the tokenizer's config."""
    with suppress(OSError, ValueError):
        return (folder / "chat_template.jinja").read_text(encoding="utf-8")
    with suppress(OSError, ValueError, AttributeError):
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        template = config.get("chat_template")
        return template if isinstance(template, str) else None
    return None
