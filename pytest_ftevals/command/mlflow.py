"""``pytest-ftevals mlflow``: send a report to an MLflow store; nothing else ever does."""

import argparse
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_ftevals.command.address import shown_address, without_secrets
from pytest_ftevals.command.tracked import Tracked, times, tracked_runs
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.quiet import quietly
from pytest_ftevals.core.record import Record
from pytest_ftevals.reports.clean import clean
from pytest_ftevals.reports.english import named
from pytest_ftevals.reports.folder import RECORD, read_record
from pytest_ftevals.reports.formats import FORMATS
from pytest_ftevals.reports.model_card.candidate import candidates
from pytest_ftevals.reports.model_card.files import card_names

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "pytest-ftevals"
DIGEST = "ftevals.record"
"""Tag of every run: SHA-256 of the record that it was made of."""
_PARENT = "mlflow.parentRunId"
_COMMAND = "pytest-ftevals mlflow"
_LONGEST_NAME = 500
_PATIENCE = 10
"""Seconds in which a server must answer; MLflow itself would try again for minutes."""

_ABOUT = "Send a report to MLflow: values, settings, verdicts and files."
_DESCRIPTION = """\
Send a report that a run wrote with --ftevals-report DIR to MLflow: every value of the delta table
as a metric, settings as parameters, verdicts as tags, the report's files as artefacts. Several
candidates are runs of their own below one. A report that is there already is not sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """Where a report goes, and what every run of it has."""

    client: "MlflowClient"
    uri: str
    experiment: str
    """Its id."""
    digest: str
    times: tuple[int, int] | None


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command to the command's parser."""
    parser = commands.add_parser(
        "mlflow",
        help=_ABOUT,
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_send)
    parser.add_argument("report", type=Path, metavar="REPORT", help="a report's folder")
    parser.add_argument(
        "--tracking-uri",
        metavar="URI",
        help="an MLflow server or store (default: MLflow's own, MLFLOW_TRACKING_URI for example)",
    )
    parser.add_argument(
        "--experiment",
        default=EXPERIMENT,
        metavar="NAME",
        help=f"made where it does not exist (default: {EXPERIMENT})",
    )
    parser.add_argument(
        "--run-name", metavar="NAME", help="default: the candidate's, or the candidates' names"
    )


def _send(chosen: argparse.Namespace) -> Iterator[str]:
    record = read_record(chosen.report)
    folder = chosen.report if chosen.report.is_dir() else chosen.report.parent
    _check_name("--experiment", chosen.experiment)
    whole, below = tracked_runs(record)
    if chosen.run_name is not None:
        _check_name("--run-name", chosen.run_name)
        whole = replace(whole, name=chosen.run_name)
    to = _opened(chosen, (folder / RECORD).read_bytes(), times(record))
    yield f"experiment  {clean(chosen.experiment)} in {shown_address(to.uri)}"
    with _mistakes(to.uri):
        if (there := _sent_before(to)) is not None:
            yield f"nothing to send: run {clean(str(there.info.run_name))} ({there.info.run_id})"
            yield "holds this report already"
            return
        yield from _runs(to, whole, below, _files(folder, record))


def _runs(
    to: _Sending, whole: Tracked, below: Sequence[Tracked], files: Sequence[Path]
) -> Iterator[str]:
    """Send a run and those below it; the first is finished last, so that it vouches for all."""
    parent = _started(to, whole, {})
    try:
        for one in below:
            child = _started(to, one, {_PARENT: parent})
            _finish(to, child)
            yield _line(to, one, child, indent="  ")
        for path in files:
            to.client.log_artifact(parent, str(path))
    except BaseException:
        with suppress(Exception):
            to.client.set_terminated(parent, status="FAILED")
        raise
    _finish(to, parent)
    yield _line(to, whole, parent, files=len(files))


def _started(to: _Sending, tracked: Tracked, tags: Mapping[str, str]) -> str:
    """Make a run with everything but its end; return its id."""
    from mlflow.entities import Metric, Param

    start = to.times[0] if to.times else None
    run = to.client.create_run(
        to.experiment,
        start_time=start,
        tags={**tracked.tags, **tags, DIGEST: to.digest},
        run_name=tracked.name,
    )
    at = run.info.start_time
    to.client.log_batch(
        run.info.run_id,
        metrics=[Metric(key, value, at, 0) for key, value in tracked.metrics.items()],
        params=[Param(key, value) for key, value in tracked.params.items()],
    )
    return str(run.info.run_id)


def _finish(to: _Sending, run: str) -> None:
    with quietly():  # MLflow prints the address, as we do
        to.client.set_terminated(run, end_time=to.times[1] if to.times else None)


def _sent_before(to: _Sending) -> "Run | None":
    """Return the run that holds this report whole; what was broken off half-way is removed."""
    found = to.client.search_runs([to.experiment], f"tags.`{DIGEST}` = '{to.digest}'")
    for run in found:
        if _PARENT not in run.data.tags and run.info.status == "FINISHED":
            return run
    for run in found:
        to.client.delete_run(run.info.run_id)
    return None


def _opened(chosen: argparse.Namespace, record: bytes, span: tuple[int, int] | None) -> _Sending:
    client = _client(chosen.tracking_uri)
    uri = str(client.tracking_uri)
    with _mistakes(uri):
        experiment = client.get_experiment_by_name(chosen.experiment)
        if experiment is not None and experiment.lifecycle_stage == "deleted":
            raise FtevalsError(
                f"the experiment {named(chosen.experiment)} is deleted",
                where=shown_address(uri),
                fix="Restore it in MLflow, or give another name with --experiment.",
            )
        made = (
            experiment.experiment_id if experiment else client.create_experiment(chosen.experiment)
        )
    return _Sending(
        client=client,
        uri=uri,
        experiment=str(made),
        digest=hashlib.sha256(record).hexdigest(),
        times=span,
    )


def _client(given: str | None) -> "MlflowClient":
    """Return MLflow's client for a store; raises FtevalsError where there is none."""
    try:
        with quietly():
            import mlflow
    except ImportError as error:
        raise FtevalsError(
            "MLflow is not installed",
            where=_COMMAND,
            fix="pip install 'pytest-ftevals[mlflow]'",
        ) from error
    _without_telemetry()
    uri = mlflow.get_tracking_uri() if given is None else given
    _check_answers(uri)
    with _mistakes(uri):
        return mlflow.MlflowClient(tracking_uri=uri)


def _without_telemetry() -> None:
    """Keep MLflow from reporting its use to its makers: it would from the first call on."""
    with suppress(ImportError):  # versions before 3.2 have none
        from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY
        from mlflow.telemetry import set_telemetry_client

        MLFLOW_DISABLE_TELEMETRY.set(True)  # type: ignore[no-untyped-call]
        set_telemetry_client()  # type: ignore[no-untyped-call]


def _check_answers(uri: str) -> None:
    """Raise FtevalsError where a server does not answer at all, whatever it would say."""
    if not uri.startswith(("http://", "https://")):
        return
    import requests

    try:
        requests.get(f"{uri.rstrip('/')}/health", timeout=_PATIENCE)
    except requests.exceptions.SSLError:
        return  # MLflow's own settings say which certificates do
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.InvalidURL) as error:
        raise FtevalsError(
            "the MLflow server does not answer",
            where=shown_address(uri),
            fix="Start it, or give the address of another with --tracking-uri.",
        ) from error


@contextmanager
def _mistakes(uri: str) -> Iterator[None]:
    """Turn what MLflow raises into one message."""
    where = shown_address(uri)
    try:
        yield
    except _of_stores() as error:
        what, fix = _said(without_secrets(str(error), uri))
        raise FtevalsError(what, where=where, fix=fix) from error
    except ImportError as error:
        raise FtevalsError(
            f"this store needs more than mlflow-skinny: {clean(without_secrets(str(error), uri))}",
            where=where,
            fix="pip install mlflow, or give a server with --tracking-uri.",
        ) from error
    except OSError as error:
        raise FtevalsError(
            f"cannot be written: {clean(without_secrets(str(error), uri))}",
            where=where,
            fix="Give a store that this process may write to with --tracking-uri.",
        ) from error


def _of_stores() -> tuple[type[Exception], ...]:
    """Return what MLflow raises, and what databases do: it lets some of theirs through."""
    from mlflow.exceptions import MlflowException

    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        return (MlflowException,)
    return MlflowException, SQLAlchemyError


def _said(message: str) -> tuple[str, str]:
    """Return what is wrong and what to do, where MLflow says it at length."""
    if "MLFLOW_ALLOW_FILE_STORE" in message:
        return (
            "this MLflow writes to a folder only where it is allowed to",
            "Set MLFLOW_ALLOW_FILE_STORE=true, or give a server with --tracking-uri.",
        )
    if "unsupported URI" in message:
        return (
            "the MLflow installed here knows no such store",
            "Give a server with --tracking-uri; for a database pip install mlflow.",
        )
    return clean(message.strip().split("\n", 1)[0]), "Look at --tracking-uri and --experiment."


def _check_name(option: str, name: str) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or clean(name) != name:
        raise FtevalsError(
            f"{named(name)} is no name that MLflow takes",
            where=option,
            fix=f"Give 1 to {_LONGEST_NAME} visible characters.",
        )


def _files(folder: Path, record: Record) -> list[Path]:
    """Return the files of a report that are there; nothing else of the folder is sent."""
    cards = card_names([one.name for one in candidates(record)])
    names = [*(one.file for one in FORMATS), *cards]
    return [folder / name for name in names if (folder / name).is_file()]


def _line(to: _Sending, tracked: Tracked, run: str, *, files: int = 0, indent: str = "") -> str:
    counts = [(len(tracked.metrics), "metrics"), (len(tracked.params), "parameters")]
    shown = [f"{count:,} {what}" for count, what in [*counts, (files, "files")] if count]
    where = f"{shown_address(to.uri).rstrip('/')}/#/experiments/{to.experiment}/runs/{run}"
    link = where if to.uri.startswith("http") else run
    return f"{indent}run  {clean(tracked.name)}  {link}  {', '.join(shown)}"
