"""Reports read back from the folder that a run wrote: the record, and its samples line by line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.record import Record, Sample
from pytest_ftevals.reports.record_json import record_from_json
from pytest_ftevals.reports.samples import sample_from_json

RECORD, SAMPLES = "record.json", "samples.jsonl"
GIVE = "Give a folder that a run wrote with --ftevals-report DIR."
AGAIN = "Run again with --ftevals-report DIR."


def read_report(report: Path) -> tuple[Record, tuple[Sample, ...]]:
    """Return the record of a report's folder and all its samples, in the order of the file.

    Raises FtevalsError as `read_record` and `read_samples` do.
    """
    record = read_record(report)
    return record, tuple(_sharing(sample for _, sample in read_samples(report, record)))


def _sharing(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Yield samples that hold one prompt where they stand beside each other with the same one.

    All variants are asked a case alike, and prompts are most of what samples take.
    """
    prompt: JSON = None
    for one in samples:
        same = one.prompt == prompt
        prompt = prompt if same else one.prompt
        yield replace(one, prompt=prompt) if same else one


def read_record(report: Path, *, where: str = "", fix: str = GIVE) -> Record:
    """Return the record of a report: its folder, or the path of a record.json.

    `where` names a missing one in messages, its path by default. Raises FtevalsError where it is
    missing, cannot be read, is no JSON or no record, or is one of another version.
    """
    path = report / RECORD if report.is_dir() else report
    if not path.is_file():
        missing = path.name == RECORD and (report.is_dir() or report.parent.is_dir())
        what = f"there is no {RECORD}" if missing else "there is no such report"
        raise FtevalsError(what, where=where or str(report), fix=fix)
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FtevalsError(f"cannot be read: {error}", where=str(path), fix=fix) from error
    try:
        return record_from_json(data)
    except FtevalsError as error:
        raise FtevalsError(str(error), where=str(path)) from None


def samples_file(report: Path) -> Path:
    """Return where the samples of a report lie: in its folder, or beside its record.json."""
    return (report if report.is_dir() else report.parent) / SAMPLES


def read_samples(report: Path, record: Record, *, fix: str = AGAIN) -> Iterator[tuple[str, Sample]]:
    """Yield the samples of a report, each after its ``FILE:LINE``; one is in memory at a time.

    `record` is the report's own. Raises FtevalsError where there are none and, naming the line, for
    one that is torn, no sample, there twice, or of a task or variant that the record does not have.
    """
    path = samples_file(report)
    if not path.is_file():
        raise FtevalsError(f"there is no {SAMPLES}", where=str(path.parent), fix=fix)
    tasks = {one.name for one in record.tasks}
    variants = {one.name for one in record.variants}
    seen: set[tuple[str, str, str, int]] = set()
    for number, line in _lines(path, fix):
        where = f"{path}:{number}"
        sample = _sample(line, where, fix)
        asked = (sample.task, sample.variant, sample.case, sample.sample)
        if sample.task not in tasks or sample.variant not in variants or asked in seen:
            raise FtevalsError(
                f"task {sample.task!r}, case {sample.case!r}, {sample.variant!r}: "
                + ("is there twice" if asked in seen else "is not in the record beside it"),
                where=where,
                fix=f"{RECORD} and {SAMPLES} are one run's. {fix}",
            )
        seen.add(asked)
        yield where, sample


def _sample(line: str, where: str, fix: str) -> Sample:
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FtevalsError(f"this is no JSON: {error}", where=where, fix=fix) from error
    try:
        return sample_from_json(data)
    except FtevalsError as error:
        raise FtevalsError(str(error), where=where) from None


def _lines(path: Path, fix: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file with their numbers, from 1; raises FtevalsError."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from enumerate(file, 1)
    except (OSError, UnicodeDecodeError) as error:
        raise FtevalsError(f"cannot be read: {error}", where=str(path), fix=fix) from error
