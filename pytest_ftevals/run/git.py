"""What git knows of a folder: read through the program, by names that end in NUL, without a shell.

Nothing is written: no locks are taken, no index is refreshed.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError

_FETCH = (
    "This clone is shallow. Fetch its history: git fetch --unshallow, or in GitHub Actions "
    "fetch-depth: 0 of actions/checkout."
)
_PLAINLY = (
    *("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"),
    *("--ignore-submodules=none", f"-O{os.devnull}"),
)
"""A comparison that neither the user's configuration nor the repository's changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A work tree, seen from one folder in it."""

    program: str
    folder: Path
    """Where commands run: paths and globs are relative to it."""
    top: Path
    """The root of the work tree, without links."""

    @classmethod
    def of(cls, folder: Path, *, where: str) -> "Repository":
        """Return the repository that a folder lies in.

        `where` is what messages name. Raises FtevalsError without git, and outside of any.
        """
        program = shutil.which("git")
        if program is None:
            raise FtevalsError(
                "git is not installed", where=where, fix="It says which files changed: install it."
            )
        found = _run(program, folder, "rev-parse", "--show-toplevel")
        if found.returncode:
            raise FtevalsError(
                f"git finds no repository at {folder}: {_said(found)}",
                where=where,
                fix=_trust(folder)
                if b"safe.directory" in found.stderr
                else "Run it in a clone with its history.",
            )
        top = Path(os.fsdecode(found.stdout).removesuffix("\n")).resolve()
        return cls(program=program, folder=folder, top=top)

    def merge_base(self, rev: str, *, where: str) -> str:
        """Return the last commit that HEAD and `rev` have in common, in hexadecimal digits.

        Raises FtevalsError where git does not know `rev` or no such commit.
        """
        commits = []
        for name in (rev, "HEAD"):
            # A revision that begins with a dash would be an option.
            found = self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
            if found.returncode or name.startswith("-"):
                raise FtevalsError(
                    f"git knows no commit {name!r} here",
                    where=where,
                    fix=_FETCH
                    if self._is_shallow()
                    else "Give a branch, a tag or a commit. A branch of a remote is known "
                    "as origin/NAME once it was fetched.",
                )
            commits.append(found.stdout.decode().strip())
        found = self._git("merge-base", *commits)
        if found.returncode:
            raise FtevalsError(
                f"{rev!r} and HEAD have no commit in common",
                where=where,
                fix=_FETCH if self._is_shallow() else "Give a revision of the same history.",
            )
        return found.stdout.decode().strip()

    def changed(self, commit: str, specs: Sequence[str]) -> tuple[str, ...]:
        """Return the files under `specs` that differ from `commit`, relative to the root.

        Committed, staged, changed in the work tree, new or deleted; of a renamed file both names.
        """
        differ = self._names(*_PLAINLY, commit, "--", *specs)
        new = self._names(
            "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", *specs
        )
        return (*differ, *new)

    def known(self, specs: Sequence[str]) -> tuple[str, ...]:
        """Return the files under `specs` that are tracked, or would be if they were added."""
        flags = ("--cached", "--others", "--exclude-standard", "--full-name", "-z")
        return self._names("ls-files", *flags, "--", *specs)

    def ignored(self, specs: Sequence[str]) -> tuple[str, ...]:
        """Return the files under `specs` that are there, and that git leaves out."""
        flags = ("--others", "--ignored", "--exclude-standard", "--full-name", "-z")
        return self._names("ls-files", *flags, "--", *specs)

    def text(self, commit: str, path: Path) -> str | None:
        """Return what a file held at a commit; None where it was not there, or is no text."""
        name = path.resolve().relative_to(self.top).as_posix()
        found = self._git("cat-file", "blob", f"{commit}:{name}")
        try:
            return None if found.returncode else found.stdout.decode()
        except UnicodeDecodeError:
            return None

    def _is_shallow(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def _names(self, *arguments: str) -> tuple[str, ...]:
        found = self._git(*arguments)
        if found.returncode:
            raise FtevalsError(f"git {arguments[0]} failed: {_said(found)}", where=str(self.top))
        return tuple(os.fsdecode(name) for name in found.stdout.split(b"\0") if name)

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return _run(self.program, self.folder, *arguments)


def _run(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - a list without a shell; revisions and paths are arguments
        [program, "--no-optional-locks", "-c", "diff.relative=false", *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
    )


def _trust(folder: Path) -> str:
    """Return how a repository of another owner is made known as a safe one."""
    here = folder.resolve()
    top = next((one for one in (here, *here.parents) if (one / ".git").exists()), here)
    return (
        "It belongs to another account, as in a container. If you trust it: "
        f"git config --global --add safe.directory {shlex.quote(str(top))}"
    )


def _said(found: subprocess.CompletedProcess[bytes]) -> str:
    """Return the first line of what git complained."""
    lines = found.stderr.decode(errors="replace").splitlines() or [f"status {found.returncode}"]
    return lines[0].removeprefix("fatal: ")
