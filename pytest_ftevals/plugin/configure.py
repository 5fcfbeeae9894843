"""Options as given -> the run's settings, checked; the only reader of pytest's configuration."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.sizes import read_size
from pytest_ftevals.core.threshold import Decide, read_mode
from pytest_ftevals.plugin.changed import candidates_of, read_changed
from pytest_ftevals.plugin.options import OPTIONS, Option, keeps_nothing
from pytest_ftevals.plugin.replaying import UNHEEDED, replayed_candidates, replayed_run
from pytest_ftevals.run.adapters_file import NAME as ADAPTERS
from pytest_ftevals.run.baseline_file import baseline_name
from pytest_ftevals.run.replay import Replay
from pytest_ftevals.run.settings import (
    DataAccess,
    EngineSettings,
    Settings,
    listed_seeds,
    parse_candidates,
)

_LEAST_ERROR = 1e-9
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
    replay, confidence = _replay(given), _confidence(given)
    changed = read_changed(
        config.getoption("ftevals_changed_since"),
        typed=[name for name in ("candidate", "adapters") if given.was_typed(name)],
        file=given.path("adapters") or root / ADAPTERS,
    )
    # A replay takes scores that are stored, and needs none.
    keeps_none = given.keeps_nothing() or (replay is not None and not store.exists())
    return Settings(
        root=root,
        base=given.model("base") if replay is None else replay.base_source,
        candidates=candidates_of(changed, config.invocation_params.dir)
        if changed is not None
        else parse_candidates(given.models("candidate"))
        if replay is None
        else replayed_candidates(replay),
        engine=given.text("engine") or "transformers",
        loading=_loading(given, workers, rank),
        store=shared_store or (None if keeps_none else store),
        report=given.path("report"),
        workers=workers,
        sequential=given.flag("sequential"),
        confidence=confidence,
        decide=_decide(given),
        early_stop=given.flag("early-stop"),
        family=_family(given, confidence),
        save=baseline_name(given.text("save"), where=given.where("save")),
        against=baseline_name(given.text("against"), where=given.where("against")),
        baselines=given.path("baselines") or root / "ftevals-baselines",
        data=_data(given),
        cases=tuple(given.texts("case")),
        changed=changed,
        replay=replay,
    )


def _replay(given: "_Given") -> Replay | None:
    """Return the run that is decided again, if one is."""
    folder = given.path("replay")
    if folder is None:
        return None
    return replayed_run(
        folder,
        typed=[_BY_NAME[name].flag for name in UNHEEDED if given.was_typed(name)],
        report=given.path("report"),
        report_option=given.where("report"),
    )


def _data(given: "_Given") -> DataAccess:
    folder = given.path("data")
    if folder is not None and not folder.is_dir():
        raise FtevalsError(
            f"there is no folder {folder}",
            where=given.where("data"),
            fix="It holds data sets as ORG/NAME/SPLIT.jsonl: see docs/data.md.",
        )
    return DataAccess(folder=folder, offline=given.flag("offline"))


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
        batch_tokens=_whole(
            given,
            "batch-tokens",
            "It is how many tokens are computed at a time; left out, what suits the device.",
        ),
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


def _family(given: "_Given", confidence: float) -> int | None:
    """Return how many thresholds share the error of refuting; None where the tests say it."""
    family = _whole(given, "family", "It is how many thresholds share the error of refuting.")
    if (1 - confidence) / (family or 1) < _LEAST_ERROR:
        raise FtevalsError(
            f"an error of {1 - confidence:.2g}, shared by {family or 1:,} thresholds, leaves each "
            "less than any number of cases could show",
            where=given.where("family" if family else "confidence"),
            fix="Ask for less confidence, or for a smaller family.",
        )
    return family


def _decide(given: "_Given") -> Decide:
    text = given.text("decide") or "point"
    return read_mode(text, wrong=f"there is no mode {text!r}", where=given.where("decide"))


def _whole(given: "_Given", name: str, meaning: str) -> int | None:
    """Return a whole number of 1 or more; None where none is given."""
    if not given.text(name):
        return None
    number = given.number(name, 0)
    if not number.is_integer() or number < 1:
        raise FtevalsError(
            f"{given.text(name)!r} is no whole number of 1 or more",
            where=given.where(name),
            fix=meaning,
        )
    return int(number)


def _prefix_memory(given: "_Given") -> int | None:
    text = given.text("prefix-memory")
    try:
        return read_size(text) if text else None
    except ValueError as error:
        raise FtevalsError(
            str(error), where=given.where("prefix-memory"), fix="0 keeps none."
        ) from error


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

    def was_typed(self, name: str) -> bool:
        """Return whether an option is on the command line."""
        return self._config.getoption(_BY_NAME[name].key) is not None

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
                seeds = listed_seeds(source)
                paths = [self._source(one, from_ini=from_ini) for one in seeds or [source]]
                listed = ",".join(paths)
                found.append(f"{head}={listed if seeds is None else f'[{listed}]'}")
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
