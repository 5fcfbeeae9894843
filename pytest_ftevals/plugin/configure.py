"""Options as given -> the run's settings, checked; the only reader of pytest's configuration."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.plugin.options import OPTIONS, Option, keeps_nothing
from pytest_ftevals.run.settings import EngineSettings, Settings, parse_candidates

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(|KB|MB|GB)")
_UNITS = {"": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}
_BY_NAME = {option.name: option for option in OPTIONS}


def read_settings(
    config: pytest.Config, *, shared_store: Path | None = None, workers: int = 1, rank: int = 0
) -> Settings:
    """Return the settings; `shared_store` is what the controller tells its workers to use.

    `workers` share the machine's processors: more threads than processors slow all of them down;
    `rank` is which of them this is.

    Raises FtevalsError, naming the option, for a value that is not valid.
    """
    given = _Given(config)
    # Without an ini file pytest's root is whatever the arguments have in common, maybe "/".
    root = config.rootpath if config.inipath else config.invocation_params.dir
    store = given.path("store") or root / ".ftevals"
    return Settings(
        root=root,
        base=given.model("base"),
        candidates=parse_candidates(given.models("candidate")),
        engine=given.text("engine") or "transformers",
        loading=_loading(given, workers, rank),
        store=shared_store or (None if given.keeps_nothing() else store),
        report=given.path("report"),
        sequential=given.flag("sequential"),
        confidence=_confidence(given),
        cases=tuple(given.texts("case")),
    )


def _loading(given: "_Given", workers: int, rank: int) -> EngineSettings:
    quantization = given.json("quantization")
    if not isinstance(quantization, dict | None):
        raise FtevalsError(
            "is no JSON object",
            where=f"--ftevals-quantization {given.text('quantization')}",
            fix='Write it as in config.json: {"quant_method": "bitsandbytes", ...}',
        )
    return EngineSettings(
        device=given.text("device") or "auto",
        dtype=given.text("dtype") or "auto",
        attention=given.text("attention") or "auto",
        device_map=_device_map(given),
        quantization=quantization,
        trust_remote_code=given.flag("trust-remote-code"),
        allow_pickle=frozenset(given.texts("allow-pickle")),
        offline=given.flag("offline"),
        threads=max(1, (os.cpu_count() or 1) // workers) if workers > 1 else None,
        rank=rank,
        batch_tokens=_batch_tokens(given),
        prefix_memory=_prefix_memory(given),
        tokenizer=given.path("tokenizer"),
    )


def _confidence(given: "_Given") -> float:
    confidence = given.number("confidence", 0.95)
    if not 0.5 < confidence < 1:  # noqa: PLR2004 - a coin toss proves nothing, nothing is certain
        raise FtevalsError(
            f"{given.text('confidence')!r} is no number between 0.5 and 1",
            where=given.where("confidence"),
            fix="0.95 is usual.",
        )
    return confidence


def _batch_tokens(given: "_Given") -> int | None:
    if not given.text("batch-tokens"):
        return None
    tokens = given.number("batch-tokens", 0)
    if not tokens.is_integer() or tokens < 1:
        raise FtevalsError(
            f"{given.text('batch-tokens')!r} is no whole number of 1 or more",
            where=given.where("batch-tokens"),
            fix="It is how many tokens are computed at a time; left out, what suits the device.",
        )
    return int(tokens)


def _prefix_memory(given: "_Given") -> int | None:
    text = given.text("prefix-memory")
    found = _SIZE.fullmatch(text.upper())
    if text and found is None:
        raise FtevalsError(
            f"{text!r} is no size",
            where=given.where("prefix-memory"),
            fix="Write a number with a unit, such as 500MB or 2GB; 0 keeps none.",
        )
    return None if found is None else int(float(found[1]) * _UNITS[found[2]])


def _device_map(given: "_Given") -> str | dict[str, int | str] | None:
    text = given.text("device-map")
    if not text.startswith("{"):
        return text or None
    value = given.json("device-map")
    if not isinstance(value, dict):
        raise FtevalsError("is no JSON object", where=f"--ftevals-device-map {text}")
    return {name: place if isinstance(place, int) else str(place) for name, place in value.items()}


class _Given:
    """What the user gave: command line first, ini file second."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ini_folder = config.inipath.parent if config.inipath else config.rootpath

    def _raw(self, name: str) -> tuple[Any, bool]:
        """Return the value and whether the ini file gave it."""
        option: Option = _BY_NAME[name]
        value = self._config.getoption(option.key)
        if value is not None or not option.ini:
            return value, False
        try:
            return self._config.getini(option.key), True
        except (ValueError, pytest.UsageError) as error:
            raise FtevalsError(str(error), where=f"{option.key} in the ini file") from error

    def text(self, name: str) -> str:
        return str(self._raw(name)[0] or "").strip()

    def texts(self, name: str) -> Sequence[str]:
        return [str(one) for one in self._raw(name)[0] or ()]

    def flag(self, name: str) -> bool:
        return bool(self._raw(name)[0])

    def keeps_nothing(self) -> bool:
        self._raw("no-store")  # names the key of a value that is no truth value
        return keeps_nothing(self._config)

    def path(self, name: str) -> Path | None:
        value, from_ini = self._raw(name)
        if not value:
            return None
        folder = self._ini_folder if from_ini else self._config.invocation_params.dir
        return folder / Path(str(value)).expanduser()

    def model(self, name: str) -> str | None:
        value, from_ini = self._raw(name)
        return self._source(str(value), from_ini=from_ini) if value else None

    def models(self, name: str) -> list[str]:
        value, from_ini = self._raw(name)
        found = []
        for text in value or ():
            head, equals, source = str(text).partition("=")
            if equals and "/" not in head:
                found.append(f"{head}={self._source(source, from_ini=from_ini)}")
            else:
                found.append(self._source(str(text), from_ini=from_ini))
        return found

    def _source(self, source: str, *, from_ini: bool) -> str:
        """Return a model's source: an ini file's folder is relative to it, a hub id is neither."""
        path = self._ini_folder / source.strip()
        if not from_ini or not path.exists():
            return source
        here = self._config.invocation_params.dir
        return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)

    def where(self, name: str) -> str:
        """Return how messages call an option: by its flag, or by its key in the ini file."""
        option = _BY_NAME[name]
        if not self._raw(name)[1] or self._config.inipath is None:
            return option.flag
        return f"{option.key} in {self._config.inipath.name}"

    def number(self, name: str, default: float) -> float:
        """Return NaN for what is no number."""
        text = self.text(name)
        try:
            return float(text or default)
        except ValueError:
            return float("nan")

    def json(self, name: str) -> JSON:
        text = self.text(name)
        if not text:
            return None
        where = f"{self.where(name)} {text}"
        try:
            if not text.startswith("{"):
                path = self.path(name)
                text = path.read_text(encoding="utf-8") if path else ""
            value: JSON = json.loads(text)
        except (OSError, ValueError) as error:
            raise FtevalsError(
                f"cannot be read: {error}", where=where, fix="Give JSON, or a JSON file."
            ) from error
        return value
