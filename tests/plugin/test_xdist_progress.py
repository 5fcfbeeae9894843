"""Under xdist the controller's terminal shows the workers' progress, and nothing else does."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

BAR = re.compile(
    r"ftevals: (\d) workers?, (base|good|base and good) (\d+)/(\d+) requests, \d+% of [\d,]+ "
    r"tokens, [\d,]+/s, [\d,]+ s left"
)
SUITE = """
    @pytest.mark.evaluates(words)
    def test_kept(compare):
        assert compare(words).drop <= 3
    def test_plain(): pass
"""


class Screen:
    """A pytest run whose output is a terminal of 110 columns."""

    def __init__(self, project: "Project", *arguments: str) -> None:
        self.temporary = project.path / "temporary"
        self.temporary.mkdir()
        self.reader, writer = pty.openpty()
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=project.path,
            stdout=writer,
            stderr=subprocess.STDOUT,
            # A process that ignores Ctrl-C, as xdist's workers do, hands that on to its children.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one call
            env={
                **os.environ,
                "COLUMNS": "110",
                "TERM": "xterm",
                "NO_COLOR": "1",
                "TMPDIR": str(self.temporary),
            },
        )
        os.close(writer)

    def read(self, until: str | None = None) -> None:
        """Read on until something is shown, or to the end."""
        while until is None or not re.search(until, self.text()):
            try:
                part = os.read(self.reader, 65536)
            except OSError:  # how Linux says that the other end is closed
                part = b""
            if not part:
                assert until is None, self.text()
                return
            self.seen += part

    def end(self) -> int:
        """Read all; return the exit code."""
        self.read()
        os.close(self.reader)
        return self.process.wait(timeout=60)

    def text(self) -> str:
        """Return everything that was written."""
        return self.seen.decode()

    def bars(self) -> list[re.Match[str]]:
        """Return the progress lines, in order."""
        parts = self.text().replace("\n", "\r").split("\r")
        return [found for part in parts if (found := BAR.fullmatch(part.rstrip()))]

    def shown(self) -> list[str]:
        """Return the lines as they stand in the end: a carriage return writes over."""
        lines = []
        for written in self.text().replace("\r\n", "\n").split("\n"):
            line = ""
            for part in written.split("\r"):
                line = part + line[len(part) :]
            lines.append(line.rstrip())
        return lines

    def left(self) -> list[str]:
        """Return what this plugin left among the temporary files."""
        return [path.name for path in self.temporary.iterdir() if path.name.startswith("ftevals")]


@pytest.fixture
def start(project: "Project") -> Iterator[Callable[..., Screen]]:
    """Return what starts a run; none outlives its test."""
    screens: list[Screen] = []

    def start(*arguments: str) -> Screen:
        screens.append(Screen(project, *arguments))
        return screens[-1]

    yield start
    for screen in screens:
        screen.process.kill()
        screen.process.wait()


@pytest.fixture(autouse=True)
def suite(project: "Project") -> None:
    """Write a suite whose twelve requests take some seconds."""
    project.task()
    project.model("base", seconds=0.3)
    project.adapter("good", seconds=0.3)
    project.tests(SUITE)


@pytest.mark.parametrize(
    "options",
    [("-n2",), ("-n2", "--ftevals-no-store", "-v"), ("-n1", "-q"), ("-n2", "--dist=each")],
    ids=" ".join,
)
def test_a_terminal_shows_it(start: Callable[..., Screen], options: tuple[str, ...]) -> None:
    """One line says what all workers have done together; it is gone before the tests are told."""
    screen = start(*options, "--ftevals-batch-tokens=1")
    assert screen.end() == 0, screen.text()
    bars = screen.bars()
    assert len(bars) >= 3, screen.text()
    assert {bar[1] for bar in bars} == {options[0][-1]}
    done = [int(bar[3]) for bar in bars]
    assert done == sorted(done)
    assert len(set(done)) >= 3
    assert {bar[4] for bar in bars} == {"12"}
    assert not [line for line in screen.shown() if "ftevals: " in line and "requests, " in line]
    plain = [line for line in screen.shown() if "test_plain" in line or line.startswith("..")]
    assert plain, screen.text()
    assert screen.left() == []


def test_loading_is_shown(project: "Project", start: Callable[..., Screen]) -> None:
    """A model takes minutes to load: the line says which one."""
    (project.path / "slow.py").write_text(
        "import time, fakes\n"
        "class Engine(fakes.Engine):\n"
        "    def open(self, base):\n"
        "        time.sleep(1.5)\n"
        "        return super().open(base)\n"
    )
    project.ini(engine="slow:Engine")
    screen = start("-n2")
    assert screen.end() == 0, screen.text()
    assert re.search(r"\rftevals: 2 workers, loading base *\r", screen.text()), screen.text()


def test_nothing_to_answer_shows_nothing(project: "Project", start: Callable[..., Screen]) -> None:
    """Neither where all is stored, nor where no test asks models."""
    project.record()
    stored = start("-n2")
    assert stored.end() == 0
    assert "ftevals: 2 workers" not in stored.text()
    assert stored.left() == []


def test_no_evaluations_show_nothing(project: "Project", start: Callable[..., Screen]) -> None:
    """A project without evaluations sees and keeps nothing of this plugin."""
    (project.path / "test_evals.py").write_text("def test_plain(): pass\n")
    screen = start("-n2")
    assert screen.end() == 0
    assert "ftevals: " not in screen.text()
    assert screen.left() == []


def test_no_terminal_shows_nothing(project: "Project") -> None:
    """Logs hold no line that rewrites itself, and workers tell nothing."""
    result = project.spawn("-n2", "--ftevals-batch-tokens=1")
    assert result.ret == 0
    assert "requests, " not in result.stdout.str()
    assert "\r" not in result.stdout.str()


def test_ends_with_an_interrupted_run(start: Callable[..., Screen]) -> None:
    """Ctrl-C in the middle of the answering: no thread writes on, nothing is left."""
    screen = start("-n2", "--ftevals-batch-tokens=1")
    screen.read(until=BAR.pattern)
    screen.process.send_signal(signal.SIGINT)
    assert screen.end() == pytest.ExitCode.INTERRUPTED, screen.text()
    assert "Exception in thread" not in screen.text()
    assert "ftevals: " not in screen.shown()[-1]
    assert screen.left() == []


def test_goes_on_without_a_worker_that_died(
    project: "Project", start: Callable[..., Screen]
) -> None:
    """What it did still counts; xdist's own words stand on lines of their own."""
    screen = start("-n2", "--ftevals-batch-tokens=1")
    screen.read(until=r" [4-8]/12 requests")
    own = screen.process.pid
    (doomed, *_) = sorted({entry["pid"] for entry in project.log()} - {own})
    os.kill(doomed, signal.SIGKILL)
    assert screen.end() == 1, screen.text()
    done = [int(bar[3]) for bar in screen.bars()]
    assert done == sorted(done)
    down = [line for line in screen.shown() if "node down" in line]
    assert [line[:4] for line in down] in (["[gw0"], ["[gw1"])
    asked = project.asked()
    assert sorted(asked) == sorted(set(asked))


def test_stays_out_of_a_project_without_evaluations(project: "Project") -> None:
    """Under xdist too, such a project loads neither the vocabulary nor the conductor."""
    (project.path / "test_evals.py").write_text("def test_plain(): pass\n")
    (project.path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    ours = [name for name in sys.modules if name.startswith('pytest_ftevals.')]\n"
        "    print('loaded', *(name for name in ours if '.plugin' not in name), sep=':')\n"
    )
    result = project.spawn("-n2", "-s")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["loaded"])
