"""Fingerprints: contents and names below the root, remembered while a file stays as it is."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.store import fingerprint as module
from pytest_ftevals.store.fingerprint import file_digest, fingerprint, is_gone
from pytest_ftevals.store.responses import Store

LATER = 2_000_000_000_000_000_000


class Notes:
    """A memory that counts."""

    def __init__(self) -> None:
        self.kept: dict[str, JSON] = {}
        self.hits = 0

    def note(self, key: str) -> JSON:
        """Return what was remembered."""
        self.hits += key in self.kept
        return self.kept.get(key)

    def remember(self, key: str, value: JSON) -> None:
        """Remember."""
        self.kept[key] = value


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of two files."""
    folder = tmp_path / "weights"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "sub" / "config.json").write_bytes(b"{}")
    return folder


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _print(folder: Path, memory: Notes | None = None) -> str:
    return fingerprint(_files(folder), folder, memory)


def test_a_copy_elsewhere_and_later_is_the_same(weights: Path, tmp_path: Path) -> None:
    """Neither the folder's path, nor times, nor the files' order is content."""
    copy = tmp_path / "elsewhere" / "deep"
    shutil.copytree(weights, copy)
    os.utime(copy / "model.safetensors", ns=(LATER, LATER))
    assert _print(copy) == _print(weights)
    assert fingerprint(reversed(_files(copy)), copy) == _print(weights)


def test_a_digest_is_the_files_sha256(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in chunks or at once."""
    path = weights / "model.safetensors"
    assert file_digest(path) == hashlib.sha256(b"weights").hexdigest()
    monkeypatch.setattr(module, "_CHUNK", 3)
    assert file_digest(path) == hashlib.sha256(b"weights").hexdigest()


@given(before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_contents_decide(
    before: bytes, after: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two files have one fingerprint exactly where their bytes are equal."""
    one, other = (tmp_path_factory.mktemp("one") / "f" for _ in range(2))
    one.write_bytes(before)
    other.write_bytes(after)
    equal = fingerprint([one], one.parent) == fingerprint([other], other.parent)
    assert equal == (before == after)


def _rename(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")


def _move(folder: Path) -> None:
    (folder / "sub" / "config.json").rename(folder / "config.json")


def _swap(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"{}")
    (folder / "sub" / "config.json").write_bytes(b"weights")


def _add(folder: Path) -> None:
    (folder / "empty").touch()


def _remove(folder: Path) -> None:
    (folder / "sub" / "config.json").unlink()


@pytest.mark.parametrize("change", [_rename, _move, _swap, _add, _remove])
def test_every_change_of_the_folder_shows(weights: Path, change: Callable[[Path], None]) -> None:
    """A renamed, moved, added or removed file and exchanged contents are another fingerprint."""
    before = _print(weights)
    change(weights)
    assert _print(weights) != before


def test_an_unchanged_file_is_not_read_again(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Path, size, time and inode stand for the contents; another spelling is the same path."""
    memory, path = Notes(), weights / "model.safetensors"
    first = file_digest(path, memory)
    monkeypatch.setattr(Path, "open", None)  # the proof that it is not read
    assert file_digest(weights / "sub" / ".." / "model.safetensors", memory) == first
    assert memory.hits == 1


def _rewrite(path: Path) -> None:
    path.write_bytes(b"other!!")  # as many bytes; the modification time tells
    os.utime(path, ns=(LATER, LATER))


def _forge(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"forged!")  # as many bytes and the old time; the time of change tells
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _grow(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"weights and more")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replace(path: Path) -> None:
    before = path.stat()
    beside = path.with_name("new")
    beside.write_bytes(b"other!!")
    beside.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [_rewrite, _forge, _grow, _replace])
def test_a_changed_file_is_read_again(weights: Path, change: Callable[[Path], None]) -> None:
    """Another time, another size or another file in its place: each is seen alone."""
    memory, path = Notes(), weights / "model.safetensors"
    file_digest(path, memory)
    change(path)
    assert file_digest(path, memory) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_large_files_are_not_read_where_that_is_forbidden(weights: Path) -> None:
    """Over `largest` bytes only a remembered digest will do; up to it the file is read."""
    memory, path = Notes(), weights / "model.safetensors"
    assert file_digest(path, memory, largest=7)
    with pytest.raises(LookupError, match=r"model\.safetensors is not remembered"):
        file_digest(path, largest=6)
    with pytest.raises(LookupError):
        fingerprint([path], weights, Notes(), largest=6)
    assert fingerprint([path], weights, memory, largest=6) == fingerprint([path], weights)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store."""
    store = Store(tmp_path / "store")
    yield store
    store.close()


@pytest.mark.parametrize("name", [b"plain", "naïve ü 模型".encode(), b"not \xff unicode"])
def test_the_store_remembers_any_path(store: Store, tmp_path: Path, name: bytes) -> None:
    """The store's notes take file names that are no valid Unicode, too."""
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(b"weights")
    first = file_digest(path, store)
    assert file_digest(path, store, largest=0) == first


def test_a_damaged_note_is_as_none(store: Store, weights: Path) -> None:
    """A remembered digest that cannot be read makes the file be read again."""
    path = weights / "model.safetensors"
    first = file_digest(path, store)
    with store.transaction() as connection:
        connection.execute("UPDATE notes SET value = '{torn'")
    assert file_digest(path, store) == first


GIT_NAME = hashlib.sha1(b"blob 2\x00{}", usedforsecurity=False).hexdigest()
SHA_NAME = hashlib.sha256(b"weights").hexdigest()
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A model in the hub's cache: a large file and, in a folder below, a small one."""
    repository = tmp_path / "hub" / "models--org--name"
    folder = repository / "snapshots" / REVISION
    (folder / "sub").mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(REVISION)
    (repository / "blobs" / SHA_NAME).write_bytes(b"weights")
    (repository / "blobs" / GIT_NAME).write_bytes(b"{}")
    (folder / "model.safetensors").symlink_to(f"../../blobs/{SHA_NAME}")
    (folder / "sub" / "config.json").symlink_to(f"../../../blobs/{GIT_NAME}")
    return folder


def test_the_layout_is_the_hubs(snapshot: Path) -> None:
    """huggingface_hub itself finds the model there, and each file at its blob."""
    from huggingface_hub import scan_cache_dir, try_to_load_from_cache

    cache = snapshot.parents[2]
    (found,) = scan_cache_dir(cache).repos
    assert (found.repo_id, found.nb_files) == ("org/name", 2)
    path = try_to_load_from_cache("org/name", "model.safetensors", cache_dir=cache)
    assert path == str(snapshot / "model.safetensors")


@pytest.mark.parametrize("through", ["folder", "link", "outer link"])
def test_a_large_file_of_the_hub_is_named_by_its_digest(
    snapshot: Path, tmp_path: Path, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the folder is reached, it is not read, nor looked up, whatever its size."""
    if through == "link":
        (tmp_path / "link").symlink_to(snapshot)
        snapshot = tmp_path / "link"
    elif through == "outer link":
        (tmp_path / "outer").symlink_to(tmp_path / "hub")
        snapshot = tmp_path / "outer" / snapshot.relative_to(tmp_path / "hub")
    memory = Notes()
    monkeypatch.setattr(Path, "open", None)  # the proof that it is not read
    assert file_digest(snapshot / "model.safetensors", memory, largest=0) == SHA_NAME
    assert memory.kept == {}


def test_a_small_file_of_the_hub_is_read(snapshot: Path) -> None:
    """Git's digest is of other bytes; the contents' own is taken."""
    digest = file_digest(snapshot / "sub" / "config.json")
    assert digest == hashlib.sha256(b"{}").hexdigest()


def test_the_hubs_files_have_the_fingerprint_of_a_copy(snapshot: Path, weights: Path) -> None:
    """What is not read counts as what is."""
    assert _print(snapshot) == _print(weights)


def _no_link(snapshot: Path) -> Path:
    path = snapshot.parents[1] / "blobs" / SHA_NAME
    path.write_bytes(b"others!")
    return path


def _outside(snapshot: Path) -> Path:
    path = snapshot.parents[3] / "model.safetensors"
    path.symlink_to(_no_link(snapshot))
    return path


def _other_name(snapshot: Path) -> Path:
    _no_link(snapshot)
    repository = snapshot.parents[1]
    repository.rename(repository.with_name("my-model"))
    return repository.with_name("my-model") / "snapshots" / REVISION / "model.safetensors"


def _other_folder(snapshot: Path) -> Path:
    blob = _no_link(snapshot)
    (blob.parents[1] / "other").mkdir()
    path = snapshot / "model.safetensors"
    path.unlink()
    path.symlink_to(blob.rename(blob.parents[1] / "other" / SHA_NAME))
    return path


def _other_digits(snapshot: Path) -> Path:
    blob = _no_link(snapshot)
    path = snapshot / "model.safetensors"
    path.unlink()
    path.symlink_to(blob.rename(blob.with_name(f"{SHA_NAME}.incomplete")))
    return path


@pytest.mark.parametrize("path_of", [_no_link, _outside, _other_name, _other_folder, _other_digits])
def test_what_only_resembles_the_hubs_cache_is_read(
    snapshot: Path, path_of: Callable[[Path], Path]
) -> None:
    """A name is believed where the hub's client gave it, and nowhere else."""
    path = path_of(snapshot)
    assert file_digest(path) == hashlib.sha256(b"others!").hexdigest()


def test_a_broken_link_is_no_digest(snapshot: Path) -> None:
    """A blob that was deleted is a missing file."""
    (snapshot.parents[1] / "blobs" / SHA_NAME).unlink()
    with pytest.raises(FileNotFoundError):
        file_digest(snapshot / "model.safetensors")


@pytest.mark.parametrize("change", [_rewrite, _grow, _replace, Path.unlink])
def test_the_note_of_a_file_that_is_no_more_is_known(
    weights: Path, change: Callable[[Path], None]
) -> None:
    """Deleted or changed: its digest will never be asked for again; others are left alone."""
    memory, path = Notes(), weights / "model.safetensors"
    file_digest(path, memory)
    file_digest(weights / "sub" / "config.json", memory)
    gone, kept = memory.kept
    assert not is_gone(gone)
    change(path)
    assert is_gone(gone)
    assert not is_gone(kept)


@pytest.mark.parametrize(
    ("note", "gone"),
    [
        ("numerics 0123", False),
        ("file", False),
        ("file 'a", True),
        ("file 3 1 2 3 4", True),
        (f"file '/{'a' * 300}' 1 2 3 4", False),
    ],
)
def test_other_notes_are_no_files(note: str, *, gone: bool) -> None:
    """They stay; a file's note that cannot be read goes, that of one out of reach stays."""
    assert is_gone(note) == gone
