"""lm-eval's generation settings as ours; what ours cannot say is an error, never left out.

The names and defaults are those of lm-eval 0.4.13 (`normalize_gen_kwargs` and `HFLM`).
"""

from collections.abc import Mapping
from typing import Any

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Decode

_LENGTHS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
"""Names of one setting; the first that is given counts."""
_DEFAULT_LENGTH = 256
_SAMPLED_TOP_K = 50
"""What transformers keeps of the tokens where lm-eval samples and says nothing."""
_NEUTRAL: Mapping[str, tuple[object, ...]] = {
    "num_beams": (1,),
    "num_return_sequences": (1,),
    "repetition_penalty": (1,),
    "no_repeat_ngram_size": (0,),
    "length_penalty": (1,),
    "use_cache": (True, False),
}
"""Settings of transformers, with the values that change nothing here."""
_READ = ("until", *_LENGTHS, "do_sample", "temperature", "top_p", "top_k")


def decode_of(settings: Mapping[str, Any], where: str) -> Decode:
    """Return what a task's `generation_kwargs` say; greedy unless they sample.

    Raises FtevalsError, naming the setting, for what cannot be said here.
    """
    for key, value in settings.items():
        if key not in _READ and value is not None and value not in _NEUTRAL.get(key, ()):
            raise FtevalsError(
                f"generation_kwargs sets {key} to {value!r}, which this engine cannot do",
                where=where,
                fix=f"It can do: {', '.join(_READ)}.",
            )
    lengths = [settings[key] for key in _LENGTHS if settings.get(key) is not None]
    temperature = _temperature(settings, where)
    until = settings.get("until") or []
    return Decode(
        max_new_tokens=int(lengths[0]) if lengths else _DEFAULT_LENGTH,
        temperature=temperature,
        top_p=float(settings.get("top_p") or 1.0) if temperature else 1.0,
        top_k=int(settings.get("top_k", _SAMPLED_TOP_K) or 0) if temperature else 0,
        stop=(until,) if isinstance(until, str) else tuple(map(str, until)),
    )


def _temperature(settings: Mapping[str, Any], where: str) -> float:
    """Return the temperature that counts: 0 where `do_sample` is false, or not said with 0."""
    temperature = float(settings.get("temperature") or 0.0)
    samples = settings.get("do_sample")
    if samples and not temperature:
        raise FtevalsError(
            "generation_kwargs has do_sample without a temperature above 0",
            where=where,
            fix="lm-eval itself cannot run that: set `temperature`, or `do_sample: false`.",
        )
    return 0.0 if samples is False else temperature
