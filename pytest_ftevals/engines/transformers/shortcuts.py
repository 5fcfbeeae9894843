"""Which variants are answered in packed passes, and the prefixes that are held for them."""

from pytest_ftevals.core.encoded import Batch
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.engines.transformers.memory import prefix_limit
from pytest_ftevals.engines.transformers.network import Network
from pytest_ftevals.engines.transformers.packed import Past
from pytest_ftevals.engines.transformers.packing import token_bytes
from pytest_ftevals.engines.transformers.prefixes import Prefixes


class Shortcuts:
    """The fast path's state; without it every request is computed from its start."""

    def __init__(self, settings: EngineSettings) -> None:
        """Hold nothing yet."""
        self._settings = settings
        self._token_bytes: dict[str, int] = {}
        """By variant; 0 where it takes no packed passes."""
        self._avoided: set[str] = set()
        self._prefixes: Prefixes | None = None

    def taken_by(self, network: Network) -> bool:
        """Return whether a variant takes packed passes; tried once, when it is first asked."""
        name = network.variant.name
        if name in self._avoided:
            return False
        if name not in self._token_bytes:
            self._token_bytes[name] = token_bytes(network)
        return self._token_bytes[name] > 0

    def past(self, network: Network, batch: Batch) -> Past | None:
        """Return keys and values of a batch's prefix; None where it has none or they do not fit."""
        if not batch.prefix:
            return None
        bytes_each = self._token_bytes[network.variant.name]
        return self._held(network).past(network, batch.segments[0].ids, token_bytes=bytes_each)

    def hold_together(self, network: Network, batch: Batch, variants: int) -> bool:
        """Return whether so many variants' prefixes of a batch fit at one time."""
        if not batch.prefix:
            return True
        return self._held(network).hold(
            batch.segments[0].ids,
            token_bytes=self._token_bytes[network.variant.name],
            variants=variants,
        )

    def avoid(self, variant: str) -> None:
        """Take no shortcuts for a variant any more."""
        self.forget(variant)
        self._avoided.add(variant)

    def _held(self, network: Network) -> Prefixes:
        if self._prefixes is None:
            self._prefixes = Prefixes(prefix_limit(network.device, self._settings.prefix_memory))
        return self._prefixes

    def forget(self, variant: str) -> None:
        """Free what is held for a variant, which may be loaded anew."""
        self._token_bytes.pop(variant, None)
        if self._prefixes is not None:
            self._prefixes.forget(variant)

    def free(self) -> None:
        """Free all prefixes."""
        self._prefixes = None
