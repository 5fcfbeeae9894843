"""Timings: what one request took that was measured by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a request took from token ids to its last token, alone on the device."""

    seconds: float
    """Until the reply was whole."""
    first_token_seconds: float
    """Until its first token was known."""
    new_tokens: int
    """How many tokens were generated, end token included."""
    device: str
    """Device type: ``cuda``, ``mps`` or ``cpu``."""
    host_peak: int | None = None
    """Most bytes of host memory that the process held meanwhile; None where the system does not
    tell."""
    device_peak: int | None = None
    """Most bytes of device memory that were in use meanwhile, over all devices; None on a
    processor, and where the device does not tell."""
