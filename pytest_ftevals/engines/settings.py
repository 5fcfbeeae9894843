"""How an engine loads models: plain values, so that settings exist without torch."""

from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.canonical import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What the user chose about loading and numerics; handed to `from_pretrained` as is."""

    device: str = "auto"
    """``auto`` (cuda, else mps, else cpu) or a torch device such as ``cuda:1``."""
    dtype: str = "auto"
    """``auto`` (the checkpoint's own) or a torch dtype's name such as ``bfloat16``."""
    attention: str = "auto"
    """``auto`` (what transformers picks) or an attention implementation such as ``sdpa``."""
    device_map: str | dict[str, int | str] | None = None
    """``auto``, ``balanced``, ... or module -> device; replaces `device` where set."""
    quantization: dict[str, JSON] | None = None
    """As a config.json's ``quantization_config``, ``quant_method`` included."""
    trust_remote_code: bool = False
    """Whether Python files that come with a model may run."""
    allow_pickle: frozenset[str] = frozenset()
    """Names of the variants whose pickled weights may be loaded."""
    offline: bool = False
    """No network: hub ids are taken from the local cache only."""
    threads: int | None = None
    """Processor threads of this process; None: the library's own choice."""
    rank: int = 0
    """Which of several processes this is: process k computes on accelerator k."""
    batch_tokens: int | None = None
    """Tokens per batch, new ones included; None: as many as suit the device."""
    window: int | None = None
    """Most tokens of a window over a long text: what every variant of the run can read, so that all
    are asked in the same; None: the base's own."""
    prefix_memory: int | None = None
    """Most bytes of shared prefixes' keys and values; None: a quarter of what is free."""
    tokenizer: Path | None = None
    """Folder of the tokenizer that all variants are asked through; None: the base's."""
