"""The first lines of a report: what was compared, in the words that reproduce it."""

from collections.abc import Mapping

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record, VariantRow
from pytest_ftevals.reports import numbers
from pytest_ftevals.reports.clean import display_width
from pytest_ftevals.reports.page import Line, Page

_LABEL = len("candidate") + 2
_MOST_MODULES = 4
_REVISION = 7
_KINDS = {"LORA": "LoRA", "IA3": "IA3", "ADALORA": "AdaLoRA", "LOHA": "LoHa", "LOKR": "LoKr"}


def header_lines(record: Record, page: Page) -> list[Line]:
    """Return one entry for the base and one for every candidate."""
    texts: list[str] = []
    bases = [variant for variant in record.variants if variant.kind == "base"]
    for base in bases:
        parts = [short_source(base), base.dtype, *_numerics(record.run)]
        texts += page.joined(
            "base".ljust(_LABEL), map(page.clean, filter(None, parts)), indent=_LABEL
        )
    for variant in record.variants:
        if variant.kind != "base":
            head = f"{'candidate'.ljust(_LABEL)}{page.clean(variant.name)}  "
            dtype = variant.dtype if not bases or variant.dtype != bases[0].dtype else ""
            parts = [short_source(variant), _kind(variant), dtype, numbers.size(variant.size)]
            indent = min(display_width(head), page.width // 2)
            texts += page.joined(head, map(page.clean, filter(None, parts)), indent=indent)
    return page.lines(texts)


def short_source(variant: VariantRow) -> str:
    """Return the model's name for a hub id, with its revision; a folder's last two parts."""
    parts = [part for part in variant.source.replace("\\", "/").split("/") if part]
    if variant.revision:
        return f"{parts[-1] if parts else ''}@{variant.revision[:_REVISION]}"
    return "/".join(parts[-2:])


def _numerics(run: Mapping[str, JSON]) -> list[str]:
    numerics = run.get("numerics")
    if not isinstance(numerics, dict):
        return []
    quantization = numerics.get("quantization")
    method = quantization.get("quant_method") if isinstance(quantization, dict) else None
    quantized = f"quantized {method or ''}".rstrip() if quantization else ""
    return [quantized, str(numerics.get("device") or "")]


def _kind(variant: VariantRow) -> str:
    if variant.kind == "full":
        return "full model"
    config = variant.adapter or {}
    kind = str(config.get("peft_type") or "adapter")
    kind = _KINDS.get(kind, kind.lower().replace("_", " "))
    if config.get("use_dora"):
        kind = "DoRA"
    rank = f" r={config['r']}" if isinstance(config.get("r"), int) else ""
    return f"{kind}{rank} {_modules(config.get('target_modules'))}".rstrip()


def _modules(modules: JSON) -> str:
    if not isinstance(modules, list):
        return str(modules or "")
    names = sorted(map(str, modules))
    more = f",+{len(names) - _MOST_MODULES}" if len(names) > _MOST_MODULES else ""
    return ",".join(names[:_MOST_MODULES]) + more
