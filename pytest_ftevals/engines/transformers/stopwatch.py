"""Time and memory of one request: wall clock, once the device is done, and peaks begun anew.

Linux keeps the most memory that a process has held (VmHWM) and begins anew when 5 is written to
clear_refs (proc(5)). Other systems tell a peak since the process began, which loading models made.
"""

from pathlib import Path
from time import perf_counter

import torch

from pytest_ftevals.core.timing import Timing

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_HIGHEST = "VmHWM:"
_KIB = 1024


class Stopwatch:
    """Measures one request; made anew for each."""

    def __init__(self, device: torch.device) -> None:
        """Begin: peaks first, the clock last."""
        self._device = device
        self._tells_host = _host_begins()
        if device.type == "cuda":
            for one in range(torch.cuda.device_count()):
                torch.cuda.reset_peak_memory_stats(one)
        self._wait()
        self._first: float | None = None
        self._began = perf_counter()

    def first(self) -> None:
        """Note that the first token is known."""
        self._first = perf_counter()

    def timing(self, new_tokens: int) -> Timing:
        """Return what the request took; called once, as soon as the reply is whole."""
        self._wait()
        ended = perf_counter()
        return Timing(
            seconds=ended - self._began,
            first_token_seconds=(self._first or ended) - self._began,
            new_tokens=new_tokens,
            device=self._device.type,
            host_peak=_host_peak() if self._tells_host else None,
            device_peak=self._device_peak(),
        )

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        elif self._device.type == "mps":
            torch.mps.synchronize()

    def _device_peak(self) -> int | None:
        if self._device.type != "cuda":
            return None
        return sum(
            int(torch.cuda.max_memory_allocated(one)) for one in range(torch.cuda.device_count())
        )


def _host_begins() -> bool:
    """Begin the peak of this process anew; return whether the system does that."""
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return False
    return _host_peak() is not None


def _host_peak() -> int | None:
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(_HIGHEST)]
    return int(found[0]) * _KIB if found else None
