"""The models in memory: one shared base with its adapters, and what cannot share it."""

from collections.abc import Sequence

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.variant import Numerics, Variant
from pytest_ftevals.engines.models import tokenizer_files
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.engines.transformers.adapter_files import check_weights
from pytest_ftevals.engines.transformers.adapters import AdaptedBase
from pytest_ftevals.engines.transformers.load import load_model, load_tokenizer
from pytest_ftevals.engines.transformers.memory import fits, weights_bytes
from pytest_ftevals.engines.transformers.network import (
    Network,
    context_window,
    embeddings,
    supports_marks,
)
from pytest_ftevals.engines.transformers.numerics import resolve_device, resolved
from pytest_ftevals.engines.transformers.probe import probe_ids, probe_logits, same
from pytest_ftevals.engines.transformers.vocabulary import (
    check_embeddings,
    check_vocabulary,
    end_tokens,
)


class Fleet:
    """Every variant of a session, found by name and ready to compute."""

    def __init__(self, base: Variant, settings: EngineSettings) -> None:
        """Load the base and the session's tokenizer; raises FtevalsError where that fails."""
        self._base_variant = base
        self._settings = settings
        self.tokenizer = load_tokenizer(settings.tokenizer or base.folder, settings)
        model = load_model(base, settings)
        check_embeddings(model, self.tokenizer, f"{base.name} ({base.folder})")
        self.numerics: Numerics = resolved(model, settings.quantization)
        self.window = context_window(model)
        self.rows = embeddings(model).shape[0]
        self._dtype = model.dtype
        self._ends = {base.name: end_tokens(model, self.tokenizer)}
        self._marks = supports_marks(model)
        self._probe = probe_ids(model, self.tokenizer)
        self._shared: AdaptedBase | None = AdaptedBase(base, model, marks=self._marks)
        self._canary = probe_logits(self._shared.plain(), self._probe)
        self._sharing: list[Variant] = []
        self._own: dict[str, AdaptedBase] = {}
        self._full: dict[str, Network] = {}

    def network(self, name: str) -> Network:
        """Return the variant called `name`, switched on."""
        if name in self._full:
            return self._full[name]
        if name in self._own:
            return self._own[name].switched(name)
        shared = self._shared_base()
        return shared.plain() if name == self._base_variant.name else shared.switched(name)

    def mixes(self, name: str) -> bool:
        """Whether a variant's rows may share a pass with other variants', see `mixed`."""
        on_base = name not in self._full and name not in self._own
        return on_base and self._shared_base().mixes(name)

    def mixed(self, names: Sequence[str]) -> tuple[Network, list[str]]:
        """Return the shared base for rows of several variants, and peft's names for them."""
        return self._shared_base().mixed(names)

    def end_tokens(self, name: str) -> frozenset[int]:
        """Return the ids that end the variant's replies."""
        return self._ends.get(name, self._ends[self._base_variant.name])

    def attach_adapter(self, variant: Variant) -> bool:
        """Load an adapter; return whether it shares the base. Raises FtevalsError, see `Engine`."""
        check_weights(variant, allow_pickle=variant.name in self._settings.allow_pickle)
        shared = self._shared_base()
        if not shared.accepts(variant):
            own = self._fresh_base()
            own.attach(variant, self._probe)
            self._own[variant.name] = own
            return False
        # Until the adapter has proved harmless the base counts as lost, and is loaded anew by
        # whoever needs it next: after an error it may hold half an adapter.
        self._shared = None
        if shared.attach(variant, self._probe):
            self._shared = shared
            self._sharing.append(variant)
            return True
        self._own[variant.name] = shared
        return False

    def attach_full(self, variant: Variant) -> None:
        """Load a full model beside the base. Raises FtevalsError, see `Engine`."""
        where = f"{variant.name} ({variant.folder})"
        if tokenizer_files(variant.folder):
            own_tokenizer = load_tokenizer(variant.folder, self._settings)
            check_vocabulary(own_tokenizer, self.tokenizer, variant.folder, variant.name)
        model = load_model(variant, self._settings, self._dtype)
        check_embeddings(model, self.tokenizer, where)
        network = Network(variant=variant, first=model, inner=model, marks=supports_marks(model))
        if same(self._canary, probe_logits(network, self._probe)):
            raise FtevalsError(
                "changes nothing: on the probe its logits equal the base's bit for bit",
                where=where,
                fix="Give the fine-tuned model; these are the base's weights.",
            )
        base_ends = self._ends[self._base_variant.name]
        self._ends[variant.name] = base_ends | end_tokens(model, self.tokenizer)
        self._full[variant.name] = network

    def holds(self, candidates: Sequence[Variant]) -> bool:
        """Return whether these candidates fit into memory beside the base, see `Engine`."""
        if self._settings.device_map is not None:
            return True  # it says what goes where
        base = weights_bytes(self._base_variant, self._dtype)
        shared = ""
        needed = 0 if self._shared else base  # it may have been released
        for one in candidates:
            if one.name in self._full or one.name in self._own:
                continue
            needed += weights_bytes(one, self._dtype)
            kind = str(one.adapter.get("peft_type"))
            if one.kind == "adapter" and kind != (shared or kind):
                needed += base  # peft puts adapters of one type on a model
            shared = shared or kind if one.kind == "adapter" else shared
        return fits(needed, resolve_device(self._settings.device, self._settings.rank))

    def release(self, name: str) -> None:
        """Free what a variant has for itself; the base comes back when it is asked next."""
        if name == self._base_variant.name:
            self._shared = None
        self._full.pop(name, None)
        self._own.pop(name, None)

    def _shared_base(self) -> AdaptedBase:
        if self._shared is None:
            shared = self._fresh_base()
            for variant in self._sharing:
                if not shared.attach(variant, self._probe):
                    raise self._unsteady()
            self._shared = shared
        return self._shared

    def _fresh_base(self) -> AdaptedBase:
        """Load the base once more and make sure that it is the one that was recorded."""
        base = self._base_variant
        model = load_model(base, self._settings)
        fresh = AdaptedBase(base, model, marks=self._marks)
        if not same(self._canary, probe_logits(fresh.plain(), self._probe)):
            raise self._unsteady()
        return fresh

    def _unsteady(self) -> FtevalsError:
        base = self._base_variant
        return FtevalsError(
            "loaded twice, it does not give the same logits on the same tokens, so that base and"
            " candidates cannot be compared",
            where=f"{base.name} ({base.folder})",
            fix="Its files changed during the run, or a kernel is not deterministic: try another"
            " --ftevals-attention, or no quantisation.",
        )
