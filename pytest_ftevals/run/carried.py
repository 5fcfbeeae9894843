"""What the record of a replay takes over from the run that it decides again."""

from collections.abc import Mapping
from dataclasses import replace

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.record import Record
from pytest_ftevals.run.facts import model_options, shown_path
from pytest_ftevals.run.replay import Replay
from pytest_ftevals.run.settings import Settings
from pytest_ftevals.store.keys import LIBRARIES


def carried_over(record: Record, replay: Replay, settings: Settings) -> Record:
    """Return a replay's record with everything that speaks of the models as the run found them.

    Those are the variants and what they were chosen by, the hardware, the numerics, the self-check,
    the notes, the versions of what computes answers, and the options that shape them.
    """
    earlier = replay.record.run
    path = shown_path(replay.folder, settings.root)
    versions = {name: _object(earlier, "versions").get(name) for name in LIBRARIES}
    known = _object(earlier, "options")
    chosen = {name: known[name] for name in model_options(settings) if name in known}
    run: dict[str, JSON] = {
        **record.run,
        "versions": {**_object(record.run, "versions"), **versions},
        "hardware": _object(earlier, "hardware"),
        "options": {**_object(record.run, "options"), **chosen},
        "numerics": earlier.get("numerics"),
        "self_check": _object(earlier, "self_check"),
        "notes": _notes(record, earlier, _notice(path, replay.started)),
        "replayed": {"path": path, "started": replay.started},
        "changed": earlier.get("changed"),
    }
    return replace(record, run=run, variants=replay.record.variants)


def _notes(record: Record, earlier: Mapping[str, JSON], notice: str) -> list[JSON]:
    """Return what the reader should know: of the replay first, then of the models."""
    own = _object(earlier, "replayed")
    before = _notice(str(own.get("path")), str(own.get("started"))) if own else None
    theirs = [note for note in _list(earlier, "notes") if note != before]
    return [notice, *theirs, *(one for one in _list(record.run, "notes") if one not in theirs)]


def _notice(path: str, started: str) -> str:
    return f"decided again from {path}, a run of {started or 'unknown date'}: no model was asked"


def _object(run: Mapping[str, JSON], name: str) -> dict[str, JSON]:
    value = run.get(name)
    return value if isinstance(value, dict) else {}


def _list(run: Mapping[str, JSON], name: str) -> list[JSON]:
    value = run.get(name)
    return value if isinstance(value, list) else []
