"""Which adapters of a repository changed since a revision: they are what a pull request tests."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.adapters_file import Adapter, parse_adapters, read_adapters
from pytest_ftevals.run.git import Repository

_READ = (".safetensors", ".bin", ".json", ".model")
"""Endings of the files that a model is loaded from."""
_WEIGHTS = (".safetensors", ".bin")
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The adapters of a file, by whether their files changed."""

    since: str
    """The revision, as given."""
    commit: str
    """What was compared with: the last commit in common with it."""
    file: Path
    """The file of adapters."""
    adapters: tuple[Adapter, ...]
    """Those that changed: the candidates."""
    unchanged: tuple[str, ...]
    gone: tuple[str, ...]
    """Names of those whose entries were deleted."""

    @property
    def nothing(self) -> str:
        """Why there is no candidate, where there is none."""
        return nothing_changed(self.file.name, self.since, self.gone)

    @property
    def note(self) -> str:
        """What was chosen, for the report."""
        parts = {
            "changed": [one.name for one in self.adapters],
            "unchanged, not tested": self.unchanged,
            "gone": self.gone,
        }
        told = "; ".join(f"{what}: {', '.join(names)}" for what, names in parts.items() if names)
        return f"adapters of {self.file.name} since {self.since}: {told}"

    def to_json(self) -> dict[str, JSON]:
        """Return it as the record has it."""
        return {
            "since": self.since,
            "commit": self.commit,
            "file": self.file.name,
            "adapters": [one.name for one in self.adapters],
            "unchanged": list(self.unchanged),
            "gone": list(self.gone),
        }


def nothing_changed(file: str, since: str, gone: Sequence[str]) -> str:
    """Return why tests have no candidate; `gone` are adapters that were deleted."""
    deleted = f"; gone: {', '.join(gone)}" if gone else ""
    return f"no adapter of {file} changed since {since}{deleted}"


def changed_adapters(file: Path, since: str, *, option: str) -> Changed:
    """Return which adapters of `file` changed since the merge base with `since`.

    An adapter changed where its folder or a file that it watches did, where its entry is new, or
    where the entry's path is another. `option` is what messages name. Raises FtevalsError for every
    mistake in the file, without git, for a revision that is not known, for a path that is not there
    or not git's, and for weights that were not fetched.
    """
    adapters = read_adapters(file)
    repository = Repository.of(file.resolve().parent, where=option)
    commit = repository.merge_base(since, where=f"{option} {since}")
    before = {one.name: one for one in _before(repository, commit, file)}
    changed = {one.name: _has_changed(one, before, repository, commit, file) for one in adapters}
    return Changed(
        since=since,
        commit=commit,
        file=file,
        adapters=tuple(one for one in adapters if changed[one.name]),
        unchanged=tuple(name for name in changed if not changed[name]),
        gone=tuple(name for name in before if name not in changed),
    )


def _has_changed(
    adapter: Adapter,
    before: Mapping[str, Adapter],
    repository: Repository,
    commit: str,
    file: Path,
) -> bool:
    """Return whether an adapter that the file lists changed."""
    where = f"{file}: [adapters.{adapter.name}]"
    specs = _specs(adapter, repository, where)
    own = repository.changed(commit, specs)
    if not (repository.folder / adapter.path).exists():
        raise FtevalsError(
            f"there is no {adapter.path!r}{' any more' if own else ''}",
            where=where,
            fix="Delete the entry, too, or give it the folder's new path."
            if own
            else "path is relative to the file.",
        )
    _check_known(repository, specs, where)
    watched = _watched(adapter, repository, commit, where)
    known = before.get(adapter.name)
    if not (own or watched or known is None or known.path != adapter.path):
        return False
    _check_fetched(repository.folder / adapter.path, where)
    return True


def _before(repository: Repository, commit: str, file: Path) -> Sequence[Adapter]:
    """Return the adapters at a commit; none where the file was not there, or was broken."""
    text = repository.text(commit, file)
    try:
        return () if text is None else parse_adapters(text, where=str(file))
    except FtevalsError:
        return ()


def _specs(adapter: Adapter, repository: Repository, where: str) -> list[str]:
    """Return the path for git, and where a link points to.

    Raises FtevalsError for what lies outside of the repository, which git says nothing of.
    """
    real = (repository.folder / adapter.path).resolve()
    if not real.is_relative_to(repository.top):
        raise FtevalsError(
            f"{adapter.path!r} lies outside of the repository {repository.top}",
            where=where,
            fix="Give a folder that git tracks: of others it cannot say whether they changed.",
        )
    written = os.path.relpath(repository.folder / adapter.path, repository.folder)
    names = dict.fromkeys([written, os.path.relpath(real, repository.folder)])
    return [f":(literal){name}" for name in names]


def _check_known(repository: Repository, specs: Sequence[str], where: str) -> None:
    """Raise FtevalsError where git cannot see a change: ignored files always look unchanged."""
    unseen = [name for name in repository.ignored(specs) if name.endswith(_WEIGHTS)]
    if unseen:
        raise FtevalsError(
            f"git ignores {unseen[0]!r}, so it cannot say whether it changed",
            where=where,
            fix="Take it out of .gitignore, or track it with Git LFS.",
        )
    if not repository.known(specs):
        raise FtevalsError(
            "git knows no file there, so it cannot say whether one changed",
            where=where,
            fix="Take the path out of .gitignore and commit it, large files with Git LFS.",
        )


def _watched(adapter: Adapter, repository: Repository, commit: str, where: str) -> bool:
    """Return whether a watched file changed; raises FtevalsError for a glob of nothing."""
    found = False
    for glob in adapter.watch:
        if Path(glob).is_absolute() or glob.startswith(":"):
            raise FtevalsError(
                f"watch {glob!r} is no glob relative to the file", where=where, fix="As data/**."
            )
        specs = [f":(glob){glob}"]
        changed = repository.changed(commit, specs)
        if not changed and not repository.known(specs):
            raise FtevalsError(
                f"watch {glob!r} matches no file that git knows",
                where=where,
                fix="Globs are git's, relative to the file: * stays in a folder, ** does not.",
            )
        found = found or bool(changed)
    return found


def _check_fetched(path: Path, where: str) -> None:
    """Raise FtevalsError where a model's file is a pointer of Git LFS: there is nothing to load."""
    for one in sorted(_files(path)):
        if one.name.endswith(_READ) and _is_pointer(one):
            raise FtevalsError(
                f"{one.name!r} is a Git LFS pointer: the file itself was not fetched",
                where=where,
                fix="Fetch it: git lfs pull, or in GitHub Actions lfs: true of actions/checkout.",
            )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name) for name in names)


def _is_pointer(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_POINTER)) == _POINTER
    except OSError:
        return False
