"""Hub ids: from the local cache, and each of the hub's answers as one message. Loopback only."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.engines.models import locate

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub cache that holds org/tiny, laid out as huggingface_hub does."""
    from huggingface_hub import constants

    repository = tmp_path / "hub" / "models--org--tiny"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text('{"model_type": "llama"}')
    (snapshot / "model.safetensors").write_bytes(b"weights")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return snapshot


class Refusing(http.server.BaseHTTPRequestHandler):
    """A hub that answers every request with the error that the test chose."""

    answer = (404, "")

    def do_GET(self) -> None:
        """Answer with the chosen error."""
        status, code = self.answer
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stub hub on loopback."""
    from huggingface_hub import constants

    assert cache.exists()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("source", ["org/tiny", f"org/tiny@{COMMIT}", "org/tiny@main"])
def test_cached_model_is_found_offline(cache: Path, source: str) -> None:
    """By its default branch, a branch and a commit."""
    found = locate(source, name="base", role="base", offline=True)
    assert found.folder.resolve() == cache.resolve()
    assert (found.revision, found.source) == (COMMIT, source)


@pytest.mark.parametrize("source", ["org/absent", "org/tiny@v9"])
def test_uncached_model_is_refused_offline(cache: Path, source: str) -> None:
    """Nothing is asked of the network."""
    assert cache.exists()
    with pytest.raises(FtevalsError, match="--ftevals-offline") as caught:
        locate(source, name="mine", role="candidate", offline=True)
    assert f"mine ({source})" in str(caught.value)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("answer", "piece"),
    [
        ((404, "RepoNotFound"), "neither such a folder nor such a repository"),
        ((404, "RevisionNotFound"), "no such revision"),
        ((403, "GatedRepo"), "hf auth login"),
        ((400, ""), "cannot be read from the hub"),
    ],
)
def test_what_the_hub_says_is_one_message(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str], piece: str
) -> None:
    """Who, what and what to do."""
    monkeypatch.setattr(Refusing, "answer", answer)
    with pytest.raises(FtevalsError, match=piece) as caught:
        locate("org/absent@v2", name="mine", role="candidate")
    assert "mine (org/absent@v2)" in str(caught.value)


def test_no_network_is_one_message(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that cannot be reached."""
    from huggingface_hub import constants

    assert cache.exists()
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FtevalsError, match="Check the network"):
        locate("org/absent", name="mine", role="candidate")


@pytest.mark.parametrize("source", ["", "org/na me", "-x/y"])
def test_neither_path_nor_hub_id(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be neither is never asked of the hub."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FtevalsError, match="mine"):
        locate(source, name="mine", role="candidate")
