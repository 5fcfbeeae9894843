"""One base model and the PEFT adapters that are switched on it.

An adapter shares the base only if, with every adapter off, the base's logits stay what they were
before, bit for bit: the canary. docs/design/001-one-base-many-adapters.md says why.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

from peft import PeftConfig, PeftModel, PeftType
from peft.tuners.lora import LoraLayer
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor
from transformers import PreTrainedModel

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Variant
from pytest_ftevals.engines.transformers.adapter_files import adapter_config
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.probe import probe_logits, same, with_tokens
from pytest_ftevals.engines.transformers.quiet import quiet

_LOADED_OTHERWISE = (
    "vblora_vector_bank",
    ".tinylora_v.",
    ".unilora_theta_d.",
    "prompt_encoder",
    "prompt_embeddings",
    "prefix_task_",
)
"""Parts of keys that peft reports though it shares these weights or loads them by another way."""

_MISMATCH = re.compile(
    r"size mismatch for (?P<name>\S+?):? copying a param with shape"
    r" torch\.Size\(\[(?P<theirs>.*?)\]\) from checkpoint,"
    r" the shape in current model is torch\.Size\(\[(?P<ours>.*?)\]\)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attached:
    variant: Variant
    config: PeftConfig
    key: str
    """The adapter's name inside peft, where a candidate's own could be no module's name."""
    ids: Tensor
    """The probe that it was tried on."""
    logits: Tensor
    """What it answered when it was attached."""


class AdaptedBase:
    """A base model in memory and its adapters, one of them (or none) switched on at a time."""

    def __init__(self, base: Variant, model: PreTrainedModel, *, marks: bool) -> None:
        """`marks`: see `network.supports_marks`."""
        self._base = base
        self._model = model
        self._marks = marks
        self._peft: PeftModel | None = None
        self._attached: dict[str, _Attached] = {}
        self._active: str | None = None

    @property
    def adapters(self) -> list[Variant]:
        """The attached adapters, in order."""
        return [attached.variant for attached in self._attached.values()]

    def accepts(self, variant: Variant) -> bool:
        """Whether peft can put this adapter beside those that are there: one type a wrapper."""
        return self._peft is None or self._peft.peft_type == adapter_config(variant).peft_type

    def plain(self) -> Network:
        """Switch every adapter off and return the base."""
        if self._peft is not None and self._active is not None:
            _set_layers(self._peft, enabled=False)
            self._active = None
        return Network(variant=self._base, first=self._model, inner=self._model, marks=self._marks)

    def switched(self, name: str) -> Network:
        """Switch the adapter called `name` on and return it."""
        attached = self._attached[name]
        self._switch(name, attached.key)
        return self._network(attached.variant, attached.config)

    def mixes(self, name: str) -> bool:
        """Whether a pass may have rows with this adapter beside others: plain LoRA, or none.

        peft's `adapter_names` knows no DoRA, on some kinds of quantised layers nothing, and modules
        saved whole only where every adapter of the pass has them.
        """
        if self._peft is None or not _layers_take_names(self._peft):
            return False
        configs = {one: each.config for one, each in self._attached.items()}
        if any(
            _has(each, "modules_to_save", "trainable_token_indices") for each in configs.values()
        ):
            return False
        config = configs.get(name)
        return config is None or not _has(
            config, "use_dora", "target_parameters", "alora_invocation_tokens"
        )

    def mixed(self, names: Sequence[str]) -> tuple[Network, list[str]]:
        """Switch adapters on for a pass of rows of several; return what peft calls each of them."""
        some = next(name for name in names if name != self._base.name)
        network = self.switched(some)
        keys = {name: attached.key for name, attached in self._attached.items()}
        return network, [keys.get(name, "__base__") for name in names]

    def attach(self, variant: Variant, ids: Tensor) -> bool:
        """Load an adapter; return whether everything that was there answers as before.

        `ids` is the probe. Where it returns False, this object holds a changed base that is right
        for the new adapter only. Raises FtevalsError for an adapter that does not fit, has NaN
        weights or changes nothing; this object is of no use after that.
        """
        config = adapter_config(variant)
        ids = with_tokens(ids, _trained_tokens(config))
        before = probe_logits(self.plain(), ids)
        key = f"ftevals{len(self._attached)}"
        self._load(variant, config, key)
        self._switch(variant.name, key)
        logits = probe_logits(self._network(variant, config), ids)
        if same(before, logits):
            raise FtevalsError(
                "changes nothing: on the probe its logits equal the base's bit for bit",
                where=f"{variant.name} ({variant.folder})",
                fix="Was it trained and saved? An untrained LoRA adapter is zero.",
            )
        unchanged = same(before, probe_logits(self.plain(), ids)) and self._others_unchanged()
        self._attached[variant.name] = _Attached(
            variant=variant, config=config, key=key, ids=ids, logits=logits
        )
        return unchanged

    def _others_unchanged(self) -> bool:
        return all(
            same(attached.logits, probe_logits(self.switched(name), attached.ids))
            for name, attached in self._attached.items()
        )

    def _switch(self, name: str, key: str) -> None:
        if self._active == name or self._peft is None:
            return
        _set_layers(self._peft, enabled=True)
        self._peft.set_adapter(key, inference_mode=True)
        self._active = name

    def _network(self, variant: Variant, config: PeftConfig) -> Network:
        virtual: int = getattr(config, "num_virtual_tokens", None) or 0
        in_cache = config.peft_type in (PeftType.PREFIX_TUNING, PeftType.CARTRIDGE)
        return Network(
            variant=variant,
            first=self._peft or self._model,
            inner=self._model,
            marks=self._marks,
            virtual_tokens=virtual,
            virtual_columns=0 if in_cache else virtual,
            whole_passes=bool(getattr(config, "alora_invocation_tokens", None)),
        )

    def _load(self, variant: Variant, config: PeftConfig, key: str) -> None:
        # float32 copies of a half-precision adapter would run beside a half-precision base.
        options: dict[str, Any] = {"autocast_adapter_dtype": False, "torch_device": "cpu"}
        folder = str(variant.folder)
        first = self._peft is None
        try:
            with quiet():
                if self._peft is None:
                    self._peft = PeftModel.from_pretrained(
                        self._model, folder, adapter_name=key, config=config, **options
                    )
                if not (first and _offloaded(self._model)):
                    # For a first adapter it only loads the weights again, but from_pretrained
                    # keeps to itself which keys did not load.
                    report = self._peft.load_adapter(folder, key, **options)
                    _check_keys(report.missing_keys, report.unexpected_keys, variant, key)
        except FtevalsError:
            raise
        except Exception as error:
            raise _explained(error, variant, key) from error
        self._peft.eval()
        self._active = None


def _set_layers(model: PeftModel, *, enabled: bool) -> None:
    """Switch the layers that adapters put into the model; prompt learning puts none there."""
    if model.active_peft_config.is_prompt_learning:
        return
    tuner: Any = model.base_model
    with warnings.catch_warnings():
        # Of adapters with biases peft says that this does not restore the base; the canary tells.
        warnings.simplefilter("ignore")
        if enabled:
            tuner.enable_adapter_layers()
        else:
            tuner.disable_adapter_layers()


def _has(config: PeftConfig, *options: str) -> bool:
    return any(getattr(config, option, None) for option in options)


def _layers_take_names(model: PeftModel) -> bool:
    """Whether all adapted layers are LoRA's, and may be told each row's adapter."""
    layers = [one for one in model.modules() if isinstance(one, BaseTunerLayer)]
    return all(
        isinstance(one, LoraLayer) and "kwargs" in signature(one.forward).parameters
        for one in layers
    )


def _offloaded(model: PreTrainedModel) -> bool:
    """Whether part of the model lies in CPU memory or on disk, where peft re-dispatches it."""
    devices = set((getattr(model, "hf_device_map", None) or {}).values())
    return bool(devices & {"cpu", "disk"})


def _trained_tokens(config: PeftConfig) -> list[int]:
    """Return the ids of the tokens that an adapter trains one by one, or waits for."""
    indices = getattr(config, "trainable_token_indices", None) or getattr(
        config, "token_indices", None
    )
    lists = indices.values() if isinstance(indices, Mapping) else [indices or []]
    # Activated LoRA does nothing before its invocation.
    invocation = getattr(config, "alora_invocation_tokens", None) or []
    return [*invocation, *(index for each in lists for index in each)]


def _check_keys(missing: list[str], unexpected: list[str], variant: Variant, key: str) -> None:
    """Refuse an adapter of which a part did not load: it would be random numbers, or lost."""
    for reported, what in (
        (missing, "its file lacks weights that its adapter_config.json calls for"),
        (unexpected, "its file has weights that have no place in this base"),
    ):
        names = [name for name in reported if not any(part in name for part in _LOADED_OTHERWISE)]
        if names:
            raise _wrong_base(variant, f"{what}, {len(names)} in all: {_spelled(names[0], key)}")


def _explained(error: Exception, variant: Variant, key: str) -> FtevalsError:
    found = _MISMATCH.search(str(error))
    if found is None:
        text = str(error).strip().splitlines() or [type(error).__name__]
        kind = "lacks" if isinstance(error, KeyError) else "says"
        return _wrong_base(variant, f"peft cannot attach it ({kind}: {_spelled(text[0], key)})")
    name = _spelled(found["name"], key)
    return _wrong_base(
        variant, f"{name} has shape ({found['ours']}) here, ({found['theirs']}) in the adapter"
    )


def _wrong_base(variant: Variant, what: str) -> FtevalsError:
    trained_on = variant.adapter.get("base_model_name_or_path") or "nothing"
    return FtevalsError(
        f"does not fit this base; was it trained on another one? {what}; its adapter_config.json"
        f" names {trained_on} as its base",
        where=f"{variant.name} ({variant.folder})",
        fix="Give the base that it was trained on with --ftevals-base. If its training added"
        " tokens to the vocabulary, merge it and give the full model as the candidate.",
    )


def _spelled(name: str, key: str) -> str:
    """Return a parameter's name as the adapter's file and the model's author know it."""
    return name.removeprefix("base_model.model.").replace(f".{key}", "")
