"""Loads models and tokenizers as their users do, and refuses what loaded only in part."""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.quantizers.auto import AutoQuantizationConfig

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.engines.transformers.linear import take_onednn
from pytest_ftevals.engines.transformers.numerics import resolve_device, resolve_dtype
from pytest_ftevals.engines.transformers.quiet import quiet

_SHOWN = 4


def load_model(
    variant: Variant, settings: EngineSettings, dtype: torch.dtype | None = None
) -> PreTrainedModel:
    """Return a full model in evaluation mode on its device.

    `dtype` overrides the settings' (candidates run in the dtype that the base resolved to). Raises
    FtevalsError where the model cannot be loaded or any of its weights is missing from its files.
    """
    where = f"{variant.name} ({variant.folder})"
    arguments = _arguments(variant, settings, dtype)
    try:
        with quiet():
            _check_kind(variant, settings, where)
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                variant.folder, output_loading_info=True, **arguments
            )
    except FtevalsError:
        raise
    except torch.OutOfMemoryError as error:
        raise FtevalsError(
            "does not fit into the memory of the device",
            where=where,
            fix="Use a smaller --ftevals-dtype, a device map or quantisation.",
        ) from error
    except Exception as error:
        raise FtevalsError(
            f"transformers cannot load it: {_first_line(error)}",
            where=where,
            fix="Check that AutoModelForCausalLM.from_pretrained loads it with the same options.",
        ) from error
    _check_report(loaded[1], where)
    model: Any = loaded[0]
    if settings.device_map is None and not _is_quantized(model):
        model.to(resolve_device(settings.device, settings.rank))
    take_onednn(model)
    evaluating: PreTrainedModel = model.eval()
    return evaluating


def load_tokenizer(folder: Path, settings: EngineSettings) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a folder; raises FtevalsError where there is none that loads."""
    try:
        with quiet():
            tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
                folder, trust_remote_code=settings.trust_remote_code, local_files_only=True
            )
    except Exception as error:
        raise FtevalsError(
            f"no tokenizer can be loaded from there: {_first_line(error)}",
            where=str(folder),
            fix="Name a folder that has one with --ftevals-tokenizer FOLDER.",
        ) from error
    return tokenizer


def _arguments(
    variant: Variant, settings: EngineSettings, dtype: torch.dtype | None
) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "dtype": dtype or resolve_dtype(settings.dtype) or "auto",
        "trust_remote_code": settings.trust_remote_code,
        # Without it, transformers prefers safetensors but would take pickled weights silently.
        "use_safetensors": None if variant.name in settings.allow_pickle else True,
        "local_files_only": True,
    }
    if settings.attention != "auto":
        arguments["attn_implementation"] = settings.attention
    if settings.device_map is not None:
        arguments["device_map"] = settings.device_map
    if settings.quantization is not None:
        arguments["quantization_config"] = _quantization(settings)
    return arguments


def _quantization(settings: EngineSettings) -> object:
    try:
        return AutoQuantizationConfig.from_dict(dict(settings.quantization or {}))
    except (ValueError, TypeError, ImportError) as error:
        raise FtevalsError(
            f"transformers does not accept it: {_first_line(error)}",
            where="--ftevals-quantization",
            fix="Give what a config.json has as quantization_config, quant_method included.",
        ) from error


def _check_kind(variant: Variant, settings: EngineSettings, where: str) -> None:
    config = AutoConfig.from_pretrained(
        variant.folder, trust_remote_code=settings.trust_remote_code, local_files_only=True
    )
    if config.is_encoder_decoder:
        raise FtevalsError(
            f"is an encoder-decoder model ({config.model_type}); only causal language models can"
            " be evaluated",
            where=where,
        )


def _check_report(report: dict[str, Any], where: str) -> None:
    """Refuse a model with weights that its files lack: they would be random numbers."""
    missing = sorted(report["missing_keys"])
    mismatched = sorted(entry[0] for entry in report["mismatched_keys"])
    for names, what in ((missing, "are missing from"), (mismatched, "have another shape in")):
        if names:
            shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
            raise FtevalsError(
                f"{len(names)} weights {what} its files: {shown}",
                where=where,
                fix="Save the model again; it would run with random numbers in their place.",
            )


def _is_quantized(model: PreTrainedModel) -> bool:
    return bool(getattr(model, "is_quantized", False) or getattr(model, "hf_quantizer", None))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
