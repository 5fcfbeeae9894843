"""``pytest-ftevals mlflow`` against real local stores of MLflow: what arrives, and mistakes."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_ftevals.command import main
from pytest_ftevals.command.tracked import tracked_runs
from pytest_ftevals.core.quiet import quietly
from pytest_ftevals.reports.folder import read_record
from pytest_ftevals.reports.write import write_report
from tests.reports.conftest import Build
from tests.reports.hostile import HOSTILE

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

# What MLflow does with the libraries that it stands on is its own affair.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Return a report's folder: two candidates, everything that can go wrong in it."""
    folder = tmp_path / "report"
    write_report(folder, Build().two_candidates(), Build().samples())
    (folder / "private.txt").write_text("no part of the report")
    return folder


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow stores in folders, keep the switch of telemetry to a test, and its files to its own."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """Return the address of an empty store in a folder."""
    return (tmp_path / "mlruns").as_uri()


def send(folder: Path, uri: str, *more: str) -> int:
    """Run the command; return its exit status."""
    return main(["mlflow", str(folder), "--tracking-uri", uri, *more])


def client(uri: str) -> "MlflowClient":
    """Return MLflow's own client, to read what has arrived."""
    with quietly():
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=uri)


def sent(uri: str, experiment: str = "pytest-ftevals") -> list["Run"]:
    """Return the runs of an experiment, the first one below which others stand first."""
    reader = client(uri)
    found = reader.get_experiment_by_name(experiment)
    assert found is not None
    listed = list(reader.search_runs([found.experiment_id]))
    return sorted(listed, key=lambda run: "mlflow.parentRunId" in run.data.tags)


@pytest.mark.slow
def test_values_arrive_as_they_are(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bit for bit, with settings, verdicts, times, and the files of the report alone.

    In a database, as MLflow itself chooses; the other tests use folders, which are faster to make.
    """
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert send(report, uri) == 0
    whole, below = tracked_runs(read_record(report))
    parent, *children = sent(uri)
    assert parent.info.run_name == "trec and r16"
    by_name = {run.info.run_name: run for run in children}
    assert set(by_name) == {"trec", "r16"}
    for tracked, run in [(whole, parent), *((one, by_name[one.name]) for one in below)]:
        assert run.data.metrics == tracked.metrics
        assert run.data.params == tracked.params
        assert {key: run.data.tags[key] for key in tracked.tags} == tracked.tags
        assert run.info.status == "FINISHED"
        assert run.info.start_time == 1746515289000
        assert run.info.end_time == 1746515301345
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    reader = client(uri)
    files = {one.path for one in reader.list_artifacts(parent.info.run_id)}
    assert files == {path.name for path in report.iterdir()} - {"private.txt"}
    copy = Path(reader.download_artifacts(parent.info.run_id, "record.json"))
    assert copy.read_bytes() == (report / "record.json").read_bytes()
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"experiment  pytest-ftevals in {uri}"
    assert [line.split()[1] for line in out[1:]] == ["trec", "r16", "trec"]


def test_one_candidate_is_one_run(tmp_path: Path) -> None:
    """Under the name that was given, in the experiment that was given."""
    write_report(tmp_path / "report", Build().passing(), ())
    uri = (tmp_path / "mlruns").as_uri()
    record = tmp_path / "report" / "record.json"
    assert send(record, uri, "--experiment", "Nightly runs", "--run-name", "trec v2") == 0
    (run,) = sent(uri, "Nightly runs")
    assert run.info.run_name == "trec v2"
    assert run.data.metrics["tickets/accuracy"] == 0.526
    assert run.data.tags["ftevals.verdict"] == "PASS"


def test_a_report_is_sent_once(report: Path, uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time says so and changes nothing; another record is another run."""
    send(report, uri)
    before = {run.info.run_id for run in sent(uri)}
    capsys.readouterr()
    assert send(report, uri, "--run-name", "other") == 0
    assert "nothing to send: run trec and r16 (" in capsys.readouterr().out
    assert {run.info.run_id for run in sent(uri)} == before
    write_report(report, Build().passing(), ())
    assert send(report, uri) == 0
    assert len(sent(uri)) == len(before) + 1


def test_what_was_broken_off_is_sent_anew(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run without its files is no report: it goes, and whole ones take its place."""
    uri = (tmp_path / "mlruns").as_uri()
    with quietly():
        from mlflow import MlflowClient

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "log_artifact", full)
        assert send(report, uri) == 1
    assert [run.info.status for run in sent(uri)] == ["FAILED", "FINISHED", "FINISHED"]
    assert send(report, uri) == 0
    assert [run.info.status for run in sent(uri)] == ["FINISHED"] * 3


def test_hostile_names_arrive(tmp_path: Path) -> None:
    """Whatever tasks, metrics and candidates are called, a store takes it."""
    build = Build()
    record = build.passing()
    rows = tuple(
        replace(record.comparisons[0], task=name, metric=name, slice=name) for name in HOSTILE
    )
    tasks = tuple(replace(record.tasks[0], name=name, about=name) for name in HOSTILE)
    trec = replace(record.variants[1], adapter={name: name for name in HOSTILE})
    record = replace(record, comparisons=rows, tasks=tasks, variants=(record.variants[0], trec))
    folder = tmp_path / "report"
    write_report(folder, record, ())
    uri = (tmp_path / "mlruns").as_uri()
    assert send(folder, uri) == 0
    (run,) = sent(uri)
    assert run.data.metrics == tracked_runs(read_record(folder))[0].metrics
    assert len(run.data.metrics) == 6 * len(HOSTILE)


def mistake(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    """Return the one message of a run that fails."""
    assert main(["mlflow", str(folder), *arguments]) == 1
    return capsys.readouterr().err


def test_mistakes_about_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No such folder, and one without a record."""
    said = mistake(capsys, tmp_path / "nowhere")
    assert said.startswith(f"pytest-ftevals: {tmp_path}/nowhere: there is no such report")
    assert "there is no record.json" in mistake(capsys, tmp_path)


@pytest.mark.parametrize(
    ("option", "name"), [("--experiment", ""), ("--experiment", "x" * 501), ("--run-name", "a\nb")]
)
def test_names_that_cannot_be(
    report: Path, capsys: pytest.CaptureFixture[str], option: str, name: str
) -> None:
    """Said before anything is sent."""
    assert "is no name that MLflow takes" in mistake(capsys, report, option, name)


def test_a_server_that_does_not_answer(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At once: MLflow itself tries again for minutes."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said = mistake(capsys, report, "--tracking-uri", uri)
    assert said.startswith(f"pytest-ftevals: {uri}: the MLflow server does not answer")


@pytest.mark.parametrize("kind", ["http", "nonsense", "sqlite"])
def test_passwords_are_not_shown(
    report: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    """Neither by our messages nor by what MLflow and its libraries say."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        uri = f"{kind}://somebody:s3cret@{host}/x?token=s3cret"
        said = mistake(capsys, report, "--tracking-uri", uri)
    assert f"{kind}://{host}/x" in said
    assert "s3cret" not in said
    assert "somebody" not in said


def test_lines_of_success_show_no_password(
    report: Path, uri: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's address in them is one that can be opened by others."""
    reader = client(uri)
    monkeypatch.setattr("pytest_ftevals.command.mlflow._client", lambda _: reader)
    given = "http://somebody:s3cret@host:5000?token=s3cret"
    monkeypatch.setattr(type(reader), "tracking_uri", given)
    assert send(report, given) == 0
    out = capsys.readouterr().out
    assert out.startswith("experiment  pytest-ftevals in http://host:5000\n")
    assert out.count("  http://host:5000/#/experiments/") == 3
    assert "s3cret" not in out
    assert "somebody" not in out


def test_stores_that_cannot_be(
    report: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An unknown kind, a folder that is a file, folders where MLflow does not allow them."""
    assert "knows no such store" in mistake(capsys, report, "--tracking-uri", "nonsense://x")
    (tmp_path / "file").write_text("")
    below = (tmp_path / "file" / "mlruns").as_uri()
    assert "cannot be written: " in mistake(capsys, report, "--tracking-uri", below)
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    said = mistake(capsys, report, "--tracking-uri", (tmp_path / "mlruns").as_uri())
    assert "only where it is allowed to" in said
    assert "Set MLFLOW_ALLOW_FILE_STORE=true, or give a server" in said


def test_a_deleted_experiment(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """MLflow keeps its name, and takes no run for it."""
    uri = (tmp_path / "mlruns").as_uri()
    reader = client(uri)
    reader.delete_experiment(reader.create_experiment("old"))
    said = mistake(capsys, report, "--tracking-uri", uri, "--experiment", "old")
    assert "the experiment old is deleted" in said


def test_without_mlflow(
    report: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the extra."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    said = mistake(capsys, report)
    assert "MLflow is not installed" in said
    assert "pip install 'pytest-ftevals[mlflow]'" in said


_WATCHED = """
import json, socket, sys, threading
tried = []
def refuse(self, address):
    tried.append(str(address))
    raise OSError("no network here")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *a, **k: tried.append(str(a)) or []
from pytest_ftevals.command import main
code = main(["mlflow", *sys.argv[1:]])
names = [one.name for one in threading.enumerate() if "elemetry" in one.name]
from mlflow.telemetry import get_telemetry_client
print(json.dumps({"code": code, "tried": tried, "threads": names,
                  "telemetry": get_telemetry_client() is not None}))
"""


@pytest.mark.slow
def test_nothing_leaves_the_machine(report: Path, tmp_path: Path) -> None:
    """A store on disk needs no network, and MLflow's telemetry is off, outside of CI too."""
    # MLflow keeps it off by itself under CI and pytest.
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, report, "--tracking-uri", (tmp_path / "mlruns").as_uri()],
        env={**kept, "MLFLOW_ALLOW_FILE_STORE": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"code": 0, "tried": [], "threads": [], "telemetry": False}
