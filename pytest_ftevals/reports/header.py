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
    for variant in in_order(record):
        parts = map(page.clean, facts_of(variant, record))
        if variant.kind == "base":
            texts += page.joined("base".ljust(_LABEL), parts, indent=_LABEL)
        else:
            head = f"{'candidate'.ljust(_LABEL)}{page.clean(variant.name)}  "
            indent = min(display_width(head), page.width // 2)
            texts += page.joined(head, parts, indent=indent)
    return page.lines(texts)


def in_order(record: Record) -> list[VariantRow]:
    """Return the variants, the base first."""
    return sorted(record.variants, key=lambda variant: variant.kind != "base")


def facts_of(variant: VariantRow, record: Record) -> list[str]:
    """Return what tells a variant from others: its source, kind, numerics and size."""
    if variant.kind == "base":
        parts = [short_source(variant), variant.dtype, *_numerics(record.run)]
    else:
        base = next((one for one in record.variants if one.kind == "base"), None)
        dtype = variant.dtype if base is None or variant.dtype != base.dtype else ""
        parts = [short_source(variant), kind_of(variant), dtype, numbers.size(variant.size)]
    return list(filter(None, parts))


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


def kind_of(variant: VariantRow) -> str:
    """Return what a candidate is: ``full model``, ``LoRA r=8 q_proj,v_proj``, ..."""
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
